import { http2Target } from '@zhongheng/gateway/testing/http2.ts'
import { Scene } from '@zhongheng/gateway/testing/scene.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, whyNoBrowser } from '../browser/open-browser.ts'

/* A browser of a tester, with the gateway as its proxy, on a site that speaks HTTP/2. */
describe.skipIf(whyNoBrowser() !== undefined)('a browser', () => {
  let scene: Scene
  let site: string
  beforeAll(async () => {
    scene = await Scene.open()
    const pictures = Array.from({ length: 60 }, (_, at) => `<img src="/pixel/${at}.svg" alt="">`).join('')
    const { port } = await http2Target(scene, (server) =>
      server.on('request', (request, response) => {
        const { url, httpVersion } = request
        if (url.startsWith('/pixel/')) {
          response.setHeader('content-type', 'image/svg+xml')
          return response.end('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>')
        }
        if (url === '/events') {
          response.setHeader('content-type', 'text/event-stream')
          return response.write('data: live\n\n')
        }
        if (url === '/upload') {
          let bytes = 0
          request.on('data', (chunk: Buffer) => {
            bytes += chunk.length
          })
          return request.on('end', () => response.end(String(bytes)))
        }
        response.setHeader('content-type', 'text/html')
        response.end(`<title>${httpVersion}</title>${pictures}`)
      }),
    )
    site = `https://shop.example:${port}`
  })
  afterAll(async () => {
    expect(scene.faults).toEqual([])
    await scene.close()
  })

  it('loads a page of many parts, follows events and uploads over HTTP/2, and leaves the scope for nothing', async () => {
    const browser = await openBrowser({
      ignoreHTTPSErrors: true,
      proxy: { server: `http://127.0.0.1:${scene.gateway.port}`, username: 'li', password: scene.secret },
    })
    try {
      const page = await browser.context.newPage()
      await page.goto(site, { waitUntil: 'load' })
      expect(await page.title()).toBe('2.0')
      expect(
        await page
          .locator('img')
          .evaluateAll((all) => all.every((one) => (one as HTMLImageElement).naturalWidth === 8)),
      ).toBe(true)
      const event = await page.evaluate(
        () =>
          new Promise((resolve) => new EventSource('/events').addEventListener('message', ({ data }) => resolve(data))),
      )
      expect(event).toBe('live')
      const uploaded = await page.evaluate(async () =>
        (await globalThis.fetch('/upload', { method: 'POST', body: new Uint8Array(1_000_000) })).text(),
      )
      expect(uploaded).toBe('1000000')
      const protocols = await page.evaluate(() =>
        performance.getEntriesByType('resource').map((one) => (one as PerformanceResourceTiming).nextHopProtocol),
      )
      expect(new Set(protocols)).toEqual(new Set(['h2']))
    } finally {
      await browser.close()
    }
    const own = scene.memory.exchanges.filter(({ head }) => head.host === 'shop.example')
    expect(own.length).toBeGreaterThan(62)
    expect(own.every(({ head }) => head.httpVersion === '2')).toBe(true)
    expect(scene.memory.exchanges).toEqual(own)
  })
})

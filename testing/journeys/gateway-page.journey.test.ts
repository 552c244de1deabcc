import { Scene } from '@zhongheng/gateway/testing/scene.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, whyNoBrowser } from '../browser/open-browser.ts'

/* The self-test on the gateway's page, as Ms Li's browser shows it while she sets up her machine. */
describe.skipIf(whyNoBrowser() !== undefined)('the self-test of the gateway', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await Scene.open()
  })
  afterAll(() => scene.close())

  /** Name and mark of each line: a tick is a picture that loaded, or the page's own word. */
  async function marks(address: string, options: Parameters<typeof openBrowser>[0]): Promise<string[]> {
    const browser = await openBrowser({ locale: 'en', ...options })
    try {
      const page = await browser.context.newPage()
      await page.goto(address, { waitUntil: 'load' })
      return await page.locator('section:nth-of-type(2) dd').evaluateAll((all) =>
        all.map((one) => {
          const image = one.querySelector('img')
          return image === null ? (one.textContent ?? '') : image.naturalWidth > 0 ? '✓' : image.alt
        }),
      )
    } finally {
      await browser.close()
    }
  }
  const proxy = () => ({ server: `http://127.0.0.1:${scene.gateway.port}`, username: 'li', password: scene.secret })

  it('ticks off account, proxy and certificate one after the other', async () => {
    const no = '✗ not yet'
    expect(await marks(`http://127.0.0.1:${scene.gateway.port}/`, {})).toEqual([no, no, no])
    expect(await marks('http://heng.gateway/', { proxy: proxy() })).toEqual(['✓', '✓', no])
    expect(await marks('http://heng.gateway/', { proxy: proxy(), ignoreHTTPSErrors: true })).toEqual(['✓', '✓', '✓'])
    expect(await marks('https://heng.gateway/', { proxy: proxy(), ignoreHTTPSErrors: true })).toEqual(['✓', '✓', '✓'])
  })
})

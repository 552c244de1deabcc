import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { ensureWebPages } from '@zhongheng/tools/start/web-pages.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenBrowser, openBrowser, whyNoBrowser } from '../browser/open-browser.ts'
import { assemble, inTesting } from '../scenes/crowd-test.ts'
import { cookieOf } from '../scenes/http-client.ts'
import { recordedTraffic } from '../scenes/recorded-traffic.ts'
import { type Stage, openStage } from '../scenes/stage.ts'

const noBrowser = whyNoBrowser()
if (noBrowser) console.log(`hostile answers are not looked at: ${noBrowser}`)
const root = fileURLToPath(new URL('../../', import.meta.url))

/** What a target answers that wants to act in the browser of whoever looks into the recording. */
const attack = '<script>canary(1)</script><img src="http://canary.invalid/x" onerror=canary(2)>'
const answers: readonly (readonly [what: string, text: string, bytes: Buffer])[] = [
  [
    'a script in head and body',
    'canary(1)',
    Buffer.from(
      `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Name: ${attack}\r\nRefresh: 0; url=http://canary.invalid/\r\nLink: <http://canary.invalid/a.js>; rel=preload; as=script\r\n\r\n<!doctype html>${attack}`,
    ),
  ],
  [
    'a picture that holds a script',
    'onload=canary(3)',
    Buffer.from(
      'HTTP/1.1 200 OK\r\nContent-Type: image/svg+xml\r\n\r\n<svg xmlns="http://www.w3.org/2000/svg" onload=canary(3)><script>canary(4)</script></svg>',
    ),
  ],
  [
    'a page that unpacks to 64 MiB',
    'gzip',
    Buffer.concat([
      Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n'),
      gzipSync(Buffer.alloc(64 * 2 ** 20)),
    ]),
  ],
]

describe.skipIf(noBrowser)('a hostile answer in the recording', () => {
  let stage: Stage
  let engagementId: string
  let ids: readonly string[]
  let browser: OpenBrowser
  beforeAll(async () => {
    await ensureWebPages(root, () => undefined)
    stage = await openStage({ settings: { webFolder: `${root}web/dist` } })
    const cast = await assemble(stage, 'a')
    engagementId = await inTesting(stage, cast)
    const request = Buffer.from('GET /page HTTP/1.1\r\nHost: shop.practice.test\r\n\r\n')
    const sides = answers.map(([, , response]) => ({ request, response }))
    ids = await recordedTraffic(stage, engagementId, cast.tester, sides)
    browser = await openBrowser()
  }, 300_000)
  afterAll(async () => {
    await browser?.close()
    await stage?.close()
  })

  it('PUB-GW-10: is text to whoever looks at it: nothing of it runs, nothing is fetched, and no bomb unpacks', async () => {
    const { context } = browser
    const acted: string[] = []
    await context.exposeFunction('canary', (mark: unknown) => void acted.push(`ran ${String(mark)}`))
    context.on('request', (one) => {
      if (!one.url().startsWith(`${stage.base}/`) && !one.url().startsWith('data:')) acted.push(one.url())
    })
    const [name = '', value = ''] = (await cookieOf(stage.base, 'chen-a')).split('=')
    await context.addCookies([{ name, value, url: stage.base }])
    const page = await context.newPage()
    for (const [at, [what, text]] of answers.entries()) {
      await page.goto(`${stage.base}/engagements/${engagementId}/traffic/${ids[at]}`)
      await page.getByRole('tab', { name: '响应' }).click()
      await expect.poll(() => page.textContent('body'), { message: what, timeout: 20_000 }).toContain(text)
      const url = `${stage.base}/api/engagements/${engagementId}/exchanges/${ids[at]}/response`
      const file = await context.request.get(url)
      expect(file.headers()).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': expect.stringMatching(/^attachment/),
        'x-content-type-options': 'nosniff',
      })
    }
    expect(acted).toEqual([])
    expect(page.url()).toContain(ids.at(-1))
  })
})

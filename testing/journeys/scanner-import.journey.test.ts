import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type openBrowser, whyNoBrowser } from '../browser/open-browser.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '../scenes/crowd-test.ts'
import { type Screens, openScreens } from '../scenes/screens.ts'
import type { Stage } from '../scenes/stage.ts'

/* Mr Chen brings a file of his scanner and makes a draft of one of its results, in a real browser. */
const noBrowser = whyNoBrowser()
if (noBrowser) console.log(`the import of scanner results is not looked at: ${noBrowser}`)

describe.skipIf(noBrowser)('a scanner’s file on the screens', () => {
  let screens: Screens
  let stage: Stage
  let cast: Cast
  let engagementId: string
  let host: string

  beforeAll(async () => {
    screens = await openScreens()
    stage = screens.stage
    cast = await assemble(stage, 'a')
    engagementId = await inTesting(stage, cast)
    await submittedFinding(stage, engagementId, cast.tester)
    const { assets } = await cast.tester.call('GET /api/engagements/:engagementId/scope', { params: { engagementId } })
    host = /^(?:https?:\/\/)?[^/]+/.exec(assets[0] ?? '')?.[0] ?? ''
  }, 300_000)
  afterAll(() => screens.close())

  async function pageOf(options: Parameters<typeof openBrowser>[0] = {}): Promise<Page> {
    const context = await screens.browserOf(cast.tester, options)
    return context.newPage()
  }
  const issue = (name: string, at: string, severity: string) =>
    `<issue><name>${name}</name><host>${at}</host><path>/login</path><severity>${severity}</severity><issueDetail><![CDATA[<p>It <b>reflects</b>.</p>]]></issueDetail></issue>`
  const burp = () =>
    `<?xml version="1.0"?>\n<!DOCTYPE issues [\n<!ELEMENT issues (issue*)>\n<!ATTLIST issues burpVersion CDATA "">\n]>\n<issues burpVersion="2025.1">${issue('Cross-site scripting (reflected)', host.startsWith('http') ? host : `http://${host}`, 'High')}${issue('SQL injection', 'https://elsewhere.example', 'High')}<issue><severity>Low</severity></issue></issues>`

  it('is read without the harmless DOCTYPE of its scanner; what lies outside cannot be chosen; a draft begins a finding', async () => {
    const page = await pageOf()
    await page.goto(`${stage.base}/engagements/${engagementId}/findings/import`)
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'burp.xml', mimeType: 'text/xml', buffer: Buffer.from(burp()) })
    const inside = page.getByRole('checkbox', { name: /reflected/ })
    await inside.waitFor()
    expect(await page.getByRole('checkbox', { name: /SQL/ }).isDisabled()).toBe(true)
    await inside.check()
    await page.locator('.imported-act button').click()
    await page.locator('.imported li').waitFor()
    await page.locator('.imported li a').click()
    await page.locator('#title').waitFor()
    expect(await page.locator('#title').inputValue()).toBe('Cross-site scripting (reflected)')
  })
})

import { copyMarksIn } from '@zhongheng/contracts/records/copy-marks.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../browser/open-browser.ts'
import { type Cast, assemble, inTesting, recordedExchange, findingDraft } from '../scenes/crowd-test.ts'
import { type Screens, openScreens } from '../scenes/screens.ts'

/* What somebody copies out of a finding's page in a real browser, and what the audit administrator makes of it. */
const noBrowser = whyNoBrowser()
if (noBrowser) console.log(`copies from pages are not looked at: ${noBrowser}`)

describe.skipIf(noBrowser)('a text copied from a page', () => {
  let screens: Screens
  let cast: Cast
  let page: Page
  let engagementId: string
  let findingId: string
  beforeAll(async () => {
    screens = await openScreens()
    cast = await assemble(screens.stage, 'a')
    engagementId = await inTesting(screens.stage, cast)
    const body = {
      ...findingDraft(screens.stage, [await recordedExchange(screens.stage, engagementId, cast.tester)]),
      steps: '1. 打开搜索页\n\n用下面的命令：\n\n```\ncurl -s http://shop.practice.test/\n```\n\n然后输入单引号。',
    }
    const made = await cast.tester.call('POST /api/engagements/:engagementId/findings', {
      params: { engagementId },
      body,
    })
    findingId = made.findingId
    const context = await screens.browserOf(cast.organizer2)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: screens.stage.base })
    page = await context.newPage()
    await page.goto(`${screens.stage.base}/engagements/${engagementId}/findings/${findingId}`)
    await page.locator('.finding-main .markdown').first().waitFor()
  }, 300_000)
  afterAll(() => screens?.close())

  const copied = async (selector: string): Promise<string> => {
    await page.evaluate((one) => {
      const node = document.querySelector(one)
      if (node) getSelection()?.selectAllChildren(node)
    }, selector)
    await page.keyboard.press('Control+C')
    return page.evaluate(() => navigator.clipboard.readText())
  }

  it('bears the code of the reading, also when one paragraph alone was taken', async () => {
    const whole = copyMarksIn(await copied('.finding-main'))
    expect(whole).toHaveLength(1)
    expect(copyMarksIn(await copied('.finding-main .markdown p'))).toEqual(whole)
    const { copies } = await cast.auditor.call('POST /api/copies/trace', { body: { codes: whole } })
    expect(copies).toMatchObject([{ personName: 'wu-cheng', what: 'finding', subject: findingId }])
  })
  it('is in a command as it was written: nothing unseen reaches a shell', async () => {
    expect(await copied('.finding-main .markdown pre')).toMatch(/^curl -s http:\/\/shop\.practice\.test\/\n?$/)
  })
  it('shows nothing of it, and reads as it was written for everybody who does not look for it', async () => {
    const paragraph = page.locator('.finding-main .markdown p').first()
    const [text, width] = await paragraph.evaluate((one) => {
      const mark = one.querySelector('span[aria-hidden]')
      return [one.textContent ?? '', mark?.getBoundingClientRect().width ?? -1] as const
    })
    expect(width).toBe(0)
    expect(text.replace(/\u200b|\u200c|\u200d|\u2060/gu, '')).toBe('搜索参数直接拼入查询语句，可以读取其他顾客的数据。')
  })
  it('is traced by the audit administrator on the page of the record, from what was pasted and from a file', async () => {
    const leak = await copied('.finding-main')
    const audit = await (await screens.browserOf(cast.auditor)).newPage()
    await audit.goto(`${screens.stage.base}/administration`)
    const asked: string[] = []
    audit.on('request', (one) => void (one.method() === 'POST' && asked.push(one.postData() ?? '')))
    await audit.getByRole('textbox', { name: '粘贴泄露的文字' }).fill(leak)
    await audit.getByRole('button', { name: '追查文字' }).click()
    await audit.getByText('wu-cheng').first().waitFor()
    // The text stays in the browser.
    expect(asked.join()).toMatch(/^\{"codes":\["[0-9A-Z]{8}"\]\}$/)
    const file = await cast.organizer.file('GET /api/engagements/:engagementId/captures', {
      params: { engagementId },
      query: { format: 'ndjson' },
    })
    await audit.setInputFiles('input[type=file]', { name: 'leak.ndjson', mimeType: 'text/plain', buffer: file })
    await audit.getByText('zhou-heng').first().waitFor()
  })
})

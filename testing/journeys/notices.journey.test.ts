import type { Person } from '@zhongheng/tools/demo/person.ts'
import { move } from '@zhongheng/tools/demo/prepare.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../browser/open-browser.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '../scenes/crowd-test.ts'
import { type Screens, openScreens } from '../scenes/screens.ts'
import type { Stage } from '../scenes/stage.ts'

const noBrowser = whyNoBrowser()
if (noBrowser) console.log(`the bell is not looked at: ${noBrowser}`)

describe.skipIf(noBrowser)('the bell in the browser', () => {
  let screens: Screens
  let stage: Stage
  let cast: Cast
  let engagementId: string

  beforeAll(async () => {
    screens = await openScreens()
    stage = screens.stage
    cast = await assemble(stage, 'a')
    engagementId = await inTesting(stage, cast, '商城众测')
    await cast.organizer.call('POST /api/notices/read', { body: { until: new Date().toISOString() } })
  }, 300_000)
  afterAll(() => screens.close())

  async function pageOf(person: Person, path: string): Promise<Page> {
    const context = await screens.browserOf(person)
    const page = await context.newPage()
    await page.goto(stage.base + path)
    return page
  }

  it('rings while the page is open, leads to what happened, and is quiet once that was read', async () => {
    const page = await pageOf(cast.organizer, '/')
    await page.getByRole('button', { name: '通知，没有未读' }).waitFor()
    await submittedFinding(stage, engagementId, cast.tester, { title: '商品搜索存在 SQL 注入' })
    await page.getByRole('button', { name: '通知，1 条未读' }).click()
    const panel = page.getByRole('dialog', { name: '通知' })
    const line = panel.getByRole('link', { name: /新提交漏洞/ })
    await line.waitFor()
    expect(await panel.textContent()).not.toContain('SQL')
    await line.click()
    await page.waitForURL(/\/findings\/fnd_/)
    await page.getByRole('button', { name: '通知，没有未读' }).waitFor()
  }, 120_000)

  it('lists everything on its own page, read and unread', async () => {
    await move(cast.auditor, engagementId, 'stop', '发现异常流量，先行暂停核实。')
    const page = await pageOf(cast.organizer, '/notices')
    await page.getByRole('button', { name: '全部标为已读' }).click()
    await page.getByRole('button', { name: '通知，没有未读' }).waitFor()
    // The bell and the list are asked again side by side; either may be told first.
    await page.locator('.told-unread').first().waitFor({ state: 'detached' })
    expect(await page.locator('.told').count()).toBeGreaterThan(1)
  }, 120_000)
})

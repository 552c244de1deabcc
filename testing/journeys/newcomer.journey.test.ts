import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { conductQuiz } from '@zhongheng/registers/catalogues/conduct-quiz.ts'
import { type Company, signInAll } from '@zhongheng/tools/demo/cast.ts'
import { findProgram, visit } from '@zhongheng/tools/demo/http-clients.ts'
import { move } from '@zhongheng/tools/demo/prepare.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenBrowser, openBrowser, whyNoBrowser } from '../browser/open-browser.ts'
import { type RunningPlatform, startPlatform } from './platform.ts'

/* A new tester, from the invitation's link to the first request through the gateway; then both reports: all by the screens. */
const noBrowser = whyNoBrowser()
if (noBrowser) console.log(`browser journeys do not run: ${noBrowser}`)

describe.skipIf(noBrowser)('a new tester', () => {
  let platform: RunningPlatform
  let company: Company
  let link: string
  const browsers: OpenBrowser[] = []
  const screens = new Map<string, Page>()

  beforeAll(async () => {
    platform = await startPlatform({ webPages: true })
    company = await signInAll(platform.stage.base, platform.stage.dataFolder)
    link = (
      await company.organizer.call('POST /api/organisations', {
        body: { name: '云雀安全', kind: 'tester', jurisdiction: 'CN', adminName: '韩雀' },
      })
    ).link
  })
  afterAll(async () => {
    for (const browser of browsers) await browser.close()
    await platform.stop()
  })

  async function screenOf(login: string): Promise<Page> {
    const known = screens.get(login)
    if (known) return known
    const browser = await openBrowser()
    browsers.push(browser)
    const page = await browser.context.newPage()
    page.setDefaultTimeout(20_000)
    screens.set(login, page)
    if (login === 'newcomer') return page
    await page.goto(`${platform.stage.base}/sign-in`)
    await page.getByLabel('登录名').fill(login)
    await page.getByLabel('密码').fill(await platform.password(login))
    await page.getByRole('button', { name: '登录', exact: true }).click()
    await page.getByRole('heading', { name: /您好/ }).waitFor()
    return page
  }
  const at = (path: string) => `${platform.stage.base}${path}`
  const engagement = (tab: string) => at(`/engagements/${platform.engagementId}${tab}`)

  it('accepts the invitation and is signed in', async () => {
    const page = await screenOf('newcomer')
    await page.goto(link)
    await page.getByLabel('登录名').fill('han-que')
    await page.getByLabel('密码').first().fill('Lark-in-the-sky-42')
    const again = page.getByLabel(/再|确认|重复/)
    if (await again.count()) await again.first().fill('Lark-in-the-sky-42')
    await page.getByRole('button', { name: '接受邀请并登录' }).click()
    await page.getByRole('heading', { name: '隐私告知' }).waitFor()
    expect(await page.getByRole('switch', { checked: true }).count()).toBe(0)
    await page.getByRole('button', { name: '我已阅读' }).click()
    await page.getByRole('heading', { name: /韩雀/ }).waitFor()
  })

  it('asks for verification; the organizer verifies and grades', async () => {
    const page = await screenOf('newcomer')
    await page.goto(at('/testers/me'))
    await page.getByLabel('真实姓名').fill('韩雀')
    await page.getByLabel('证件号码').fill('11010519491231002X')
    await page.getByRole('button', { name: '申请核验' }).click()
    await page.getByText('等待组织方核验').first().waitFor()
    const desk = await screenOf('organizer')
    await desk.goto(at('/testers'))
    await desk.getByRole('button', { name: '核验身份' }).click()
    const dialog = desk.getByRole('dialog')
    await dialog.getByText('通过', { exact: true }).first().click()
    await dialog.getByLabel('依据').fill('已核对身份证原件与本人')
    await dialog.locator('.ant-modal-footer button, button[type=submit]').last().click()
    await dialog.waitFor({ state: 'hidden' })
    const row = desk.getByRole('row').filter({ hasText: '韩雀' })
    await row.getByRole('button', { name: '分级' }).click()
    const grading = desk.getByRole('dialog')
    await grading.getByText('3', { exact: true }).click()
    await grading.getByText('历史表现').click()
    await grading.getByLabel('说明').fill('提交过有效漏洞')
    await grading.locator('.ant-modal-footer button, button[type=submit]').last().click()
    await grading.waitFor({ state: 'hidden' })
    const { testers } = await company.organizer.call('GET /api/testers', { query: { search: '韩雀' } })
    expect(testers[0]).toMatchObject({ identity: 'verified', grade: expect.any(Number) as unknown })
  })

  it('applies and is admitted', async () => {
    const page = await screenOf('newcomer')
    await page.goto(at('/offers'))
    await page.getByRole('button', { name: '报名' }).first().click()
    await page.getByLabel('自我介绍与经验').fill('三年 Web 测试经验，可全程参与。')
    await page.getByLabel('利益冲突声明').fill('无')
    await page.getByRole('dialog').locator('.ant-modal-footer button, button[type=submit]').last().click()
    await page.getByText('已报名，等待组织方').first().waitFor()
    const desk = await screenOf('organizer')
    await desk.goto(engagement('/people'))
    await desk.getByRole('button', { name: '准入' }).first().click()
    const dialog = desk.getByRole('dialog')
    await dialog.getByRole('textbox').fill('符合要求，同意参加')
    await dialog.locator('.ant-modal-footer button, button[type=submit]').last().click()
    await dialog.waitFor({ state: 'hidden' })
  })

  it('passes the quiz, signs the pledge and takes a lease that works', async () => {
    const page = await screenOf('newcomer')
    await page.goto(engagement('/quiz'))
    const questions = page.locator('.quiz-list fieldset')
    await questions.first().waitFor()
    for (const [place, question] of conductQuiz.entries())
      await questions.nth(place).locator('input[type=radio]').nth(question.right).check({ force: true })
    await page.getByRole('button', { name: '交卷' }).click()
    await page
      .getByText(/通过，12 分/)
      .first()
      .waitFor()
    await page.goto(engagement('/pledge'))
    await page.getByRole('checkbox').check()
    await page.getByRole('button', { name: '签署', exact: true }).click()
    await page.getByText('签署于').first().waitFor()
    await page.goto(engagement('/people'))
    await page.getByRole('button', { name: '领取凭证' }).click()
    await page.getByText('密码只显示这一次').waitFor()
    const shown = (await page.locator('body').innerText()).match(/http:\/\/t-[^\s]+@127\.0\.0\.1:\d+/)?.[0]
    expect(shown).toBeDefined()
    const ca = await (
      await fetch(at(`/api/engagements/${platform.engagementId}/ca.pem`), { headers: { cookie: await cookieOf(page) } })
    ).text()
    const caFile = join(platform.stage.workFolder, 'newcomer.pem')
    await writeFile(caFile, ca)
    const url = `https://${platform.stage.target.host}:${platform.stage.target.tlsPort}/`
    await expect
      .poll(() => visit(findProgram('curl'), { proxyUrl: shown ?? '', caFile }, url), { timeout: 10_000 })
      .toBe(200)
  })

  it('sees testing end; organizer and auditor write and sign their reports', async () => {
    await move(company.organizer, platform.engagementId, 'end_early', '测试目标均已完成，提前结束。')
    await move(company.organizer, platform.engagementId, 'begin_reporting')
    for (const [login, texts] of [
      [
        'organizer',
        ['整体防护情况良好，未发现有效漏洞。', '本次测试没有有效漏洞，分布分析从略。', '建议保持现有防护并定期复测。'],
      ],
      ['auditor', ['测试均在授权范围与时间内进行，未见违规。']],
    ] as const) {
      const desk = await screenOf(login)
      await desk.goto(engagement('/reports'))
      await desk.getByRole('button', { name: '开始编写' }).first().click()
      const boxes = desk.locator('textarea:visible')
      await boxes.first().waitFor()
      const count = await boxes.count()
      for (let n = 0; n < count; n++) await boxes.nth(n).fill(texts[Math.min(n, texts.length - 1)] ?? '')
      await desk.getByRole('button', { name: '保存章节' }).click()
      await desk.getByText('章节已保存').first().waitFor()
      await desk.getByRole('button', { name: '签署报告' }).first().click()
      await desk.getByRole('dialog').locator('.ant-modal-footer button, .ant-modal-confirm-btns button').last().click()
      await desk.getByText('已签署').first().waitFor()
    }
    await move(company.organizer, platform.engagementId, 'deliver')
    const page = await company.demand.call('GET /api/engagements/:engagementId', {
      params: { engagementId: platform.engagementId },
    })
    expect(page.state).toBe('delivered')
  })

  async function cookieOf(page: Page): Promise<string> {
    return (await page.context().cookies()).map((one) => `${one.name}=${one.value}`).join('; ')
  }
})

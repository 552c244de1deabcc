import { signInAll, type Company } from '@zhongheng/tools/demo/cast.ts'
import { findProgram, type Lease, visit } from '@zhongheng/tools/demo/http-clients.ts'
import { takeLease } from '@zhongheng/tools/demo/prepare.ts'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OpenBrowser, openBrowser, whyNoBrowser } from '../browser/open-browser.ts'
import { type RunningPlatform, startPlatform } from './platform.ts'

/* Four people at the real screens, in a real browser, against the whole running platform. */
const noBrowser = whyNoBrowser()
if (noBrowser) console.log(`browser journeys do not run: ${noBrowser}`)

describe.skipIf(noBrowser)('a crowd test at the screens', () => {
  let platform: RunningPlatform
  let company: Company
  let lease: Lease
  const open: { browser: OpenBrowser; page: Page; complaints: string[] }[] = []

  beforeAll(async () => {
    platform = await startPlatform({ webPages: true })
    company = await signInAll(platform.stage.base, platform.stage.dataFolder)
    lease = await takeLease(company.tester, platform.engagementId, join(platform.stage.workFolder, 'screens-ca.pem'))
  })
  afterAll(async () => {
    for (const { browser } of open) await browser.close()
    await platform.stop()
  })

  /** Signs somebody in through the page; what the browser's console complains of is kept. */
  async function atTheScreen(login: string, options: Parameters<typeof openBrowser>[0] = {}): Promise<Page> {
    const browser = await openBrowser(options)
    const page = await browser.context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    open.push({ browser, page, complaints })
    await page.goto(`${platform.stage.base}/sign-in`)
    await page.getByLabel('登录名').fill(login)
    await page.getByLabel('密码').fill(await platform.password(login))
    await page.getByRole('button', { name: '登录', exact: true }).click()
    await page.getByRole('heading', { name: /您好/ }).waitFor()
    return page
  }
  const engagement = (tab = '') => `${platform.stage.base}/engagements/${platform.engagementId}${tab}`
  const curl = findProgram('curl')
  const shop = () => `http://${platform.stage.target.host}:${platform.stage.target.port}`

  it('says which field is wrong when the password is wrong, and lets nobody in', async () => {
    const browser = await openBrowser()
    const page = await browser.context.newPage()
    await page.goto(`${platform.stage.base}/`)
    await page.getByLabel('登录名').fill('auditor')
    await page.getByLabel('密码').fill('Wrong-password-1')
    await page.getByRole('button', { name: '登录', exact: true }).click()
    await page.getByText('登录名或密码不正确').waitFor()
    expect(new URL(page.url()).pathname).toBe('/sign-in')
    await browser.close()
  })

  it('shows the auditor a request moments after it was sent', async () => {
    const page = await atTheScreen('auditor')
    await page.goto(engagement('/traffic'))
    await page.getByText('shop.practice.test').first().waitFor()
    expect(await visit(curl, lease, `${shop()}/products/3?seen=live`)).toBe(200)
    await page.getByText('/products/3?seen=live').first().waitFor({ timeout: 8000 })
  })

  it('lets the tester read their own exchange in full', async () => {
    const page = await atTheScreen('tester', { viewport: { width: 390, height: 844 } })
    await page.goto(engagement('/traffic?search=seen%3Dlive'))
    await page.getByText('seen=live').first().click()
    await page.getByText('GET /products/3?seen=live HTTP/1.1').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })

  it('keeps what a tester has not sent until they sign out, and shows it to nobody else at the same browser', async () => {
    const page = await atTheScreen('tester')
    const kept = () => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
    const write = async (): Promise<void> => {
      await page.goto(engagement('/findings/new'))
      await page.getByLabel('标题').fill('未提交的越权漏洞')
      await expect.poll(kept).toContain('未提交的越权漏洞')
    }
    const signInHere = async (login: string): Promise<void> => {
      await page.goto(`${platform.stage.base}/sign-in`)
      await page.getByLabel('登录名').fill(login)
      await page.getByLabel('密码').fill(await platform.password(login))
      await page.getByRole('button', { name: '登录', exact: true }).click()
      await page.getByRole('heading', { name: /您好/ }).waitFor()
    }
    await write()
    // The login lapses; the same person comes back.
    await page.context().clearCookies()
    await signInHere('tester')
    expect(await kept()).toContain('未提交的越权漏洞')
    // It lapses again, and a colleague signs in.
    await page.context().clearCookies()
    await signInHere('tester2')
    await expect.poll(kept).not.toContain('未提交的越权漏洞')
    await page.context().clearCookies()
    await signInHere('tester')
    await write()
    await page.getByRole('button', { name: /账户|帐户|账号/ }).click()
    await page.getByRole('button', { name: '退出登录' }).click()
    await page.getByText('尚未提交的漏洞草稿').waitFor()
    await page.getByRole('button', { name: '退出并清除草稿' }).click()
    await page.waitForURL(/\/sign-in/)
    expect(await kept()).not.toContain('未提交的越权漏洞')
  })

  it('lets the organizer stop the test, and the gateway obeys', async () => {
    const page = await atTheScreen('organizer')
    await page.goto(engagement())
    await page.getByRole('button', { name: '下达停止令' }).first().click()
    await page.getByRole('dialog').getByRole('textbox').fill('演练：核实一处异常请求，先行暂停。')
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /停止|确认|确定/ })
      .last()
      .click()
    await page.getByText('已暂停').first().waitFor()
    await expect.poll(() => visit(curl, lease, `${shop()}/`), { timeout: 5000 }).toBe(503)
  })

  it('checks an authorisation letter for anybody, without a login', async () => {
    const { letters } = await company.demand.call('GET /api/engagements/:engagementId/letters', {
      params: { engagementId: platform.engagementId },
    })
    const browser = await openBrowser({ locale: 'en-US' })
    const page = await browser.context.newPage()
    await page.goto(`${platform.stage.base}${letters[0]?.verifyPath ?? ''}`)
    await page
      .getByText(letters[0]?.number ?? '?')
      .first()
      .waitFor()
    await page.getByText('云帆商城').first().waitFor()
    await browser.close()
  })

  it('answers an address that does not exist with a page that helps', async () => {
    const page = await atTheScreen('demand', { colorScheme: 'dark' })
    await page.goto(`${platform.stage.base}/engagements/eng_00000000000000000000000000`)
    await page
      .getByText(/没有|不存在|找不到/)
      .first()
      .waitFor()
  })

  it('made no browser complain of a script or a blocked address', () => {
    // antd measures and locks the scrollbar by a style element without a nonce; the policy blocks it, which harms nothing.
    const known = /status of (401|404|409)|Applying inline style violates/
    const complaints = open.flatMap((one) => one.complaints).filter((text) => !known.test(text))
    expect(complaints).toEqual([])
  })
})

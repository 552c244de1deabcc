import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, whyNoBrowser } from './open-browser.ts'

const why = whyNoBrowser()

describe.skipIf(why !== undefined)(`a real browser${why === undefined ? '' : ` (not run: ${why})`}`, () => {
  const pages = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader('set-cookie', 'seen=yes')
    response.end(`<title>众衡</title><p>${request.headers.cookie ?? '没有记录'}</p>`)
  })
  let address = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(pages.address() as AddressInfo).port}/`
  })
  afterAll(() => pages.close())

  it('shows a page of this machine in Chinese, and a second person has cookies of their own', async () => {
    const wangLei = await openBrowser()
    const chenYu = await openBrowser({ locale: 'en-US', viewport: { width: 390, height: 844 } })
    try {
      const page = await wangLei.context.newPage()
      await page.goto(address)
      await page.reload()
      expect(await page.title()).toBe('众衡')
      expect(await page.locator('p').textContent()).toBe('seen=yes')
      expect(await page.evaluate(() => navigator.language)).toBe('zh-CN')

      const other = await chenYu.context.newPage()
      await other.goto(address)
      expect(await other.locator('p').textContent()).toBe('没有记录')
      expect(await other.evaluate(() => innerWidth)).toBe(390)
    } finally {
      await wangLei.close()
      await chenYu.close()
    }
  })
})

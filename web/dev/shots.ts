import { mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { serveMock } from './serve.ts'

/** Takes pictures of every screen: `node web/dev/shots.ts [words in the name …]`, after `vite build web`. */
const engagement = (n: number): string => `/engagements/eng_${String(n).padStart(26, '0')}`
const screens: [name: string, path: string, as: string | null][] = [
  ['sign-in', '/sign-in', null],
  ['setup', '/setup#token=abcdefghijklmnopqrstuvwxyz', null],
  ['invitation', '/invitations/accept#token=abcdefghijklmnopqrstuvwxyz', null],
  ['check-good', '/check?number=ZHL-2026-0001-2&code=7K2M-Q9XD', null],
  ['check-bad', '/check?number=ZHL-2026-0001-2&code=AAAA-AAAA', null],
  ['home', '/', 'demand'],
  ['home-tester', '/', 'tester'],
  ['engagements', '/engagements', 'organizer'],
  ['engagements-none', '/engagements?state=ready&search=x', 'organizer'],
  ['create', '/engagements/new', 'demand'],
  ['overview', engagement(0), 'demand'],
  ['overview-draft', engagement(1), 'demand'],
  ['overview-stopped', engagement(5), 'auditor'],
  ['edit', `${engagement(1)}/edit`, 'demand'],
  ['scope', `${engagement(0)}/scope`, 'organizer'],
  ['scope-draft', `${engagement(1)}/scope`, 'demand'],
  ['proofs', `${engagement(1)}/proofs`, 'demand'],
  ['records', `${engagement(0)}/records`, 'demand'],
  ['letters', `${engagement(0)}/letters`, 'demand'],
  ['rules', `${engagement(0)}/rules`, 'tester'],
  ['timeline', `${engagement(0)}/timeline`, 'auditor'],
  ['members', '/members', 'organizer'],
  ['missing', '/no/such/page', 'demand'],
]
const looks = [
  ['zh-light-wide', 'zh-CN', 'light', 1440, 900],
  ['en-dark-wide', 'en', 'dark', 1440, 900],
  ['zh-dark-narrow', 'zh-CN', 'dark', 390, 844],
  ['en-light-narrow', 'en', 'light', 390, 844],
] as const

const wanted = process.argv.slice(2)
const folder = join(tmpdir(), 'zhongheng-shots')
mkdirSync(folder, { recursive: true })
const server = serveMock()
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
for (const [look, locale, colorScheme, width, height] of looks) {
  const context = await browser.newContext({
    locale,
    colorScheme,
    viewport: { width, height },
    timezoneId: 'Asia/Shanghai',
  })
  await context.addInitScript((language) => localStorage.setItem('zh.language', language), locale)
  for (const [name, path, as] of screens) {
    if (wanted.length > 0 && !wanted.some((word) => `${name}-${look}`.includes(word))) continue
    await context.clearCookies()
    if (as) await context.addCookies([{ name: 'as', value: as, url: base }])
    const page = await context.newPage()
    const said: string[] = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !/401|404/.test(message.text()))
        said.push(message.text().slice(0, 300))
    })
    page.on('pageerror', (error) => said.push(String(error).slice(0, 500)))
    await page.goto(base + path, { waitUntil: 'networkidle' })
    await page.waitForTimeout(250)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true })
    if (wide > 0) said.push(`scrolls sideways by ${wide} px`)
    for (const line of new Set(said)) console.log(`${name}-${look}: ${line}`)
    await page.close()
  }
  await context.close()
}
await browser.close()
server.close()
console.log(folder)

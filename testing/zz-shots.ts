import { readFileSync } from 'node:fs'
import { openBrowser } from './browser/open-browser.ts'
const [, , data, base, role, mode, ...paths] = process.argv
const logins = JSON.parse(readFileSync(`${data}/first-logins.json`, 'utf8')) as { login: string; password: string }[]
const played = JSON.parse(readFileSync(`${data}/demo-played.json`, 'utf8')) as { closed: string; open: string }
const who = logins.find((one) => one.login === role)!
const narrow = mode!.includes('n'),
  dark = mode!.includes('d'),
  en = mode!.includes('e')
const browser = await openBrowser({
  viewport: narrow ? { width: 390, height: 844 } : { width: 1440, height: 900 },
  colorScheme: dark ? 'dark' : 'light',
  locale: en ? 'en-US' : 'zh-CN',
})
const page = await browser.context.newPage()
const errors: string[] = []
page.on('console', (m) => {
  if (m.type() === 'error' || m.type() === 'warning') errors.push(m.text().slice(0, 200))
})
page.on('pageerror', (e) => errors.push('PAGE ' + e.message.slice(0, 300)))
await page.goto(`${base}/sign-in`)
await page.waitForTimeout(500)
if (paths[0] === 'signin') {
  await page.screenshot({ path: `/tmp/shots/signin-${mode}.png` })
}
await page
  .getByLabel(/登录名|Login/i)
  .first()
  .fill(who.login)
await page
  .getByLabel(/口令|密码|Password/i)
  .first()
  .fill(who.password)
await page.keyboard.press('Enter')
await page
  .waitForURL((u) => !u.pathname.startsWith('/sign-in'), { timeout: 10000 })
  .catch(() => console.log('no redirect', page.url()))
await page.waitForTimeout(800)
for (const [i, p] of paths.entries()) {
  if (p === 'signin') continue
  const path = p.replace('CLOSED', played.closed).replace('OPEN', played.open)
  await page.goto(base + path)
  await page.waitForLoadState('networkidle', { timeout: 15000 }).catch(() => console.log('busy'))
  await page.waitForTimeout(900)
  const name = p.replace(/[^\w]+/g, '-').replace(/^-/, '') || 'home'
  await page.screenshot({ path: `/tmp/shots/${role}-${name}-${mode}.png`, fullPage: p.includes('#full') })
  console.log(`/tmp/shots/${role}-${name}-${mode}.png`)
}
console.log([...new Set(errors)].join('\n'))
await browser.close()

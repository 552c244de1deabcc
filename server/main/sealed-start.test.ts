import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '@zhongheng/tools/ports.ts'
import { split } from '../sealing/shamir.ts'
import { shareText } from '../sealing/share-text.ts'
import { askHolders } from './sealed-start.ts'

type Sealed = { base: string; key: Buffer; shares: string[]; opened: Promise<Buffer> }
const open: Sealed[] = []

/** A platform sealed with 2 of 3 shares: those of Chen, Ludwig and Amara. */
async function sealed(): Promise<Sealed> {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const key = randomBytes(32)
  const set = { set: randomBytes(4).toString('hex'), needed: 2, of: 3 }
  const shares = split(key, 2, 3).map((share) => shareText(set, share))
  const listens = Promise.withResolvers<void>()
  const settings = { host: '127.0.0.1', port, publicUrl: 'https://test.example.com', trustedProxies: ['127.0.0.1'] }
  const opened = askHolders(settings, () => listens.resolve())(set, (one) => one.equals(key))
  await listens.promise
  const made = { base, key, shares, opened }
  open.push(made)
  return made
}
const give = (base: string, share: unknown, headers = {}): Promise<Response> =>
  fetch(`${base}/unseal`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ share }),
  })
afterEach(async () => {
  for (const { base, shares, opened } of open.splice(0)) {
    for (const share of shares) await give(base, share, { 'x-forwarded-for': '192.0.2.77' }).catch(() => undefined)
    await opened
  }
})

describe('a sealed platform', () => {
  it('answers 503 to everything, with a reason in both languages, and health says how many shares are in', async () => {
    const { base, shares } = await sealed()
    for (const path of ['/api/me', '/api/findings', '/assets/main.js', '/ledger/checkpoint', '/api/sealing']) {
      const answer = await fetch(`${base}${path}`)
      expect(answer.status, path).toBe(503)
      expect(await answer.json()).toMatchObject({
        rule: 'SEAL-3',
        text: { zh: expect.stringContaining('2 份'), en: expect.stringContaining('2 of 3 shares') },
      })
    }
    const health = async () => (await fetch(`${base}/healthz`)).json()
    expect(await health()).toEqual({ ready: false, sealed: { given: 0, needed: 2 } })
    await give(base, shares[1])
    expect(await health()).toEqual({ ready: false, sealed: { given: 1, needed: 2 } })
  })
  it('shows a browser the form in Chinese and English wherever it asks, without script, under a strict policy', async () => {
    const { base } = await sealed()
    for (const [path, status] of [
      ['/', 503],
      ['/unseal', 200],
    ] as const) {
      const answer = await fetch(`${base}${path}`, { headers: { accept: 'text/html,*/*' } })
      const text = await answer.text()
      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; form-action 'self'/)
      expect(answer.headers.get('cache-control')).toContain('no-store')
      expect(text).toMatch(/已收到 0 \/ 2 份.*0 of 2 shares are in/s)
      expect(text).not.toContain('<script')
    }
  })
  it('opens with two of three holders, one by the form and one by a program, and lets the port go', async () => {
    const { base, key, shares, opened } = await sealed()
    const form = await fetch(`${base}/unseal`, {
      method: 'POST',
      body: new URLSearchParams({ share: ` ${shares[2]?.toUpperCase()} ` }),
    })
    expect(await form.text()).toContain('1 of 2 shares are in')
    expect(await (await give(base, shares[0])).json()).toEqual({ given: 2, needed: 2 })
    expect((await opened).equals(key)).toBe(true)
    await expect(fetch(`${base}/healthz`)).rejects.toThrow()
  })
  it('counts a holder once, refuses what is no share or another set’s, and repeats none of it', async () => {
    const { base, shares } = await sealed()
    const other = shareText({ set: '0badcafe', needed: 2 }, { x: 1, y: randomBytes(32) })
    for (const wrong of [other, `${shares[0]}0`, '<b>zhs1-canary</b>', '', 17, null]) {
      const answer = await give(base, wrong)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      const said = await answer.text()
      expect(said).toMatch(/"rule":"(SEAL-5|INPUT-3)"/)
      if (typeof wrong === 'string' && wrong !== '') expect(said).not.toContain(wrong.slice(0, 20))
    }
    const page = await fetch(`${base}/unseal`, {
      method: 'POST',
      body: new URLSearchParams({ share: '<img src=x>' }),
    })
    expect([page.status, await page.text()]).toEqual([422, expect.not.stringContaining('<img')])
    await give(base, shares[0])
    expect(await (await give(base, shares[0])).json()).toEqual({ given: 1, needed: 2 })
  })
  it('begins again when the shares do not open, and then opens with right ones', async () => {
    const { base, key, shares, opened } = await sealed()
    const forged = shareText({ set: shares[0]?.split('-')[1] ?? '', needed: 2 }, { x: 2, y: randomBytes(32) })
    await give(base, shares[0])
    expect(await (await give(base, forged)).json()).toMatchObject({
      rule: 'SEAL-5',
      text: { en: expect.stringContaining('begin again') },
    })
    await give(base, shares[0])
    await give(base, shares[1])
    expect((await opened).equals(key)).toBe(true)
  })
  it('gives one address 30 tries a minute, and others theirs', async () => {
    const { base, shares } = await sealed()
    const from = (address: string, share: unknown) => give(base, share, { 'x-forwarded-for': address })
    for (let at = 0; at < 30; at++) expect((await from('198.51.100.9', `wrong ${at}`)).status).toBe(422)
    const refused = await from('198.51.100.9', shares[0])
    expect([refused.status, await refused.json()]).toEqual([429, expect.objectContaining({ rule: 'SEAL-4' })])
    expect((await from('203.0.113.5', shares[0])).status).toBe(200)
  })
  it('answers under its own names only, and takes no long bodies', async () => {
    const { base } = await sealed()
    const long = await give(base, 'z'.repeat(9000))
    expect(long.status).toBeGreaterThanOrEqual(400)
    expect(long.status).toBeLessThan(500)
    const { request } = await import('node:http')
    const status = await new Promise((resolve, reject) =>
      request(`${base}/unseal`, { headers: { host: 'rebound.example' } }, (answer) => resolve(answer.statusCode))
        .on('error', reject)
        .end(),
    )
    expect(status).toBe(421)
  })
})

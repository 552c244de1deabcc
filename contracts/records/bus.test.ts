import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ensureRowStream, openBatch, sealBatch } from './bus.ts'
import { busOptions, readBusSettings } from './bus-settings.ts'

const key = randomBytes(32)
const row = (sequence: number): string => JSON.stringify({ sequence, host: 'shop.example' })
const batch = {
  node: 'recorder',
  after: 4,
  next: 8,
  rows: [row(5), row(8)],
  gaps: [{ first: 6, last: 7, reason: 'disposed' as const }],
}

/** A bus that answers so when asked for the stream; what was added to it is kept. */
const busThat = (answer: () => Promise<unknown>) => {
  const added: unknown[] = []
  return { added, info: answer, add: async (stream: unknown) => added.push(stream) }
}
const answersWith = (code: number) => async () => {
  throw Object.assign(new Error('the bus says no'), { code })
}

describe('the stream of rows', () => {
  it('is made where the bus says that there is none, and left alone where there is one', async () => {
    const empty = busThat(answersWith(10_059))
    await ensureRowStream(empty, 'heng', 3)
    expect(empty.added).toMatchObject([{ name: 'heng_rows', subjects: ['heng.rows.*'], num_replicas: 3 }])
    const kept = busThat(async () => ({}))
    await ensureRowStream(kept, 'heng', 3)
    expect(kept.added).toEqual([])
  })

  it.each([
    ['an answer of another kind', answersWith(10_008)],
    ['a lost connection', async () => Promise.reject(new Error('timeout'))],
  ])('is not made after %s, which says nothing of it', async (_what, answer) => {
    const bus = busThat(answer)
    await expect(ensureRowStream(bus, 'heng', 1)).rejects.toThrow()
    expect(bus.added).toEqual([])
  })
})

describe('a batch of rows on the bus', () => {
  it('opens to what was sealed, and to nothing for anybody else', () => {
    const sealed = sealBatch(key, batch)
    expect(openBatch(key, 'recorder', sealed)).toMatchObject({
      after: 4,
      next: 8,
      rows: [{ sequence: 5 }, { sequence: 8 }],
    })
    expect(openBatch(randomBytes(32), 'recorder', sealed)).toBeNull()
    expect(openBatch(key, 'recorder-2', sealed)).toBeNull()
    expect(sealBatch(key, batch).equals(sealed)).toBe(false)
  })

  it('is refused with any byte of it changed, or cut anywhere', () => {
    const sealed = sealBatch(key, batch)
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 0x10
      expect(openBatch(key, 'recorder', changed), `byte ${at}`).toBeNull()
      expect(openBatch(key, 'recorder', sealed.subarray(0, at)), `cut at ${at}`).toBeNull()
    }
  })

  it.each([
    ['a sequence that is missing', { ...batch, rows: [row(5)] }],
    ['one twice', { ...batch, rows: [row(5), row(5), row(8)] }],
    ['one beyond its end', { ...batch, rows: [row(5), row(8), row(9)] }],
    [
      'a gap that reaches beyond its end',
      { ...batch, rows: [row(5)], gaps: [{ first: 6, last: 9, reason: 'damaged' as const }] },
    ],
    ['a gap that ends before it begins', { ...batch, gaps: [{ first: 6, last: 5, reason: 'damaged' as const }] }],
    ['no sequences at all', { ...batch, next: 4, rows: [], gaps: [] }],
  ])('with %s is refused, whoever sealed it', (_what, wrong) => {
    expect(openBatch(key, 'recorder', sealBatch(key, wrong))).toBeNull()
  })
})

const folder = mkdtempSync(join(tmpdir(), 'zh-bus-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const file = (text: string): string => {
  const path = join(folder, String(++files))
  writeFileSync(path, text)
  return path
}
const goodKey = file(`${key.toString('hex')}\n`)
const secret = 'a-password-of-the-house'
const bus = (more: Record<string, string> = {}) => ({
  ZH_BUS: 'tls://nats.example.com',
  ZH_BUS_KEY_FILE: goodKey,
  ...more,
})

describe('the settings of the bus', () => {
  it('are none, or an address with a key; the client then asks for TLS and never reconnects by itself', () => {
    expect(readBusSettings({})).toBeNull()
    const settings = readBusSettings(bus({ ZH_BUS_LOGIN_FILE: file(`recorder\n${secret}\n`) }))
    expect(settings).toMatchObject({ servers: ['nats.example.com:4222'], tls: {}, name: 'zhongheng', replicas: 1 })
    expect(settings && busOptions(settings, 'server')).toMatchObject({ tls: {}, reconnect: false, user: 'recorder' })
    const local = readBusSettings(bus({ ZH_BUS: 'nats://127.0.0.1:4333,nats://[::1]:4334' }))
    expect(local).toMatchObject({ servers: ['127.0.0.1:4333', '[::1]:4334'], tls: null })
  })

  it.each<[string, Record<string, string>, string]>([
    ['another machine without TLS', bus({ ZH_BUS: 'nats://nats.example.com' }), 'ZH_BUS must'],
    ['a mixture', bus({ ZH_BUS: 'tls://a.example.com,nats://127.0.0.1' }), 'ZH_BUS must'],
    [
      'a password in the address',
      bus({ ZH_BUS: ['tls://reader', `${secret}@nats.example.com`].join(':') }),
      'ZH_BUS must',
    ],
    ['something else', bus({ ZH_BUS: 'https://nats.example.com' }), 'ZH_BUS must'],
    ['no key', { ZH_BUS: 'tls://nats.example.com' }, 'ZH_BUS_KEY_FILE is missing'],
    ['a short key', bus({ ZH_BUS_KEY_FILE: file('0011') }), 'ZH_BUS_KEY_FILE'],
    ['a key of one digit', bus({ ZH_BUS_KEY_FILE: file('0'.repeat(64)) }), 'ZH_BUS_KEY_FILE'],
    ['a key without a bus', { ZH_BUS_KEY_FILE: goodKey }, 'ZH_BUS_KEY_FILE means nothing'],
    ['half a certificate', bus({ ZH_BUS_CERT: goodKey }), 'ZH_BUS_CERT_KEY'],
    ['authorities that are none', bus({ ZH_BUS_CA: goodKey }), 'ZH_BUS_CA'],
    ['a login of one line', bus({ ZH_BUS_LOGIN_FILE: file(secret) }), 'ZH_BUS_LOGIN_FILE'],
    ['a name with dots', bus({ ZH_BUS_NAME: 'a.b' }), 'ZH_BUS_NAME'],
    ['nine copies', bus({ ZH_BUS_REPLICAS: '9' }), 'ZH_BUS_REPLICAS'],
  ])('%s: is refused by name, and no secret is repeated', (_what, env, named) => {
    let said = ''
    try {
      readBusSettings(env)
    } catch (fault) {
      said = String(fault)
    }
    expect(said).toContain(named)
    expect(said).not.toContain(secret)
    expect(said).not.toContain(key.toString('hex'))
  })
})

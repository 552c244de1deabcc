import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '@zhongheng/contracts/records/canonical-json.ts'
import type { ExchangeProof } from '@zhongheng/contracts/records/capture.ts'
import type { Log } from '../../log/open-log.ts'
import {
  contentsOf,
  entry,
  forged,
  inMemory,
  inputOf,
  logOf,
  packed,
  recordedExchanges,
  report,
  signer,
  storyOf,
} from '../../pack/pack-for-tests.ts'
import { commitTo, type Redacted } from '../../pack/redact.ts'
import type { PackInput } from '../../pack/write-pack.ts'
import { fromHex, utf8 } from '../bytes.ts'
import type { PartsFile } from './format.ts'
import { type PackVerdict, verifyPack } from './verify-pack.ts'

/*
 * Tester Wu's finding cites a request with a session cookie. The demand side gets a pack without the cookie; a court may
 * see it later. Whoever has only the pack cannot confirm a guess.
 */
const secret = 'sid=1234'
const sides = {
  request: utf8(`GET /orders/1 HTTP/1.1\r\nHost: shop.example\r\nCookie: ${secret}\r\nAccept: */*\r\n\r\n`),
  response: utf8(`HTTP/1.1 200 OK\r\nSet-Cookie: ${secret}\r\n\r\n{"name":"Lin"}`),
}
const [proof = fail()] = recordedExchanges([sides])
const whole = { request: () => [sides.request], response: () => [sides.response] }

let folder: string
let log: Log
let pack: Buffer
let input: PackInput

const verify = (bytes: Uint8Array): Promise<PackVerdict> => verifyPack(inMemory(bytes))
const sha256 = (...parts: Uint8Array[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
const redacted = (side: 'request' | 'response', withhold: Redacted['withhold'] = 'secrets'): Redacted => ({
  bytes: whole[side],
  withhold,
})
const reason = { zh: '凭证', en: 'credentials' }
const withheld = (['request', 'response'] as const).map((side) => ({
  what: `exchange.${side}.parts`,
  id: 'xch_0',
  reason,
}))

/** What an entry says of a side's parts. */
async function commitmentTo(...side: Parameters<typeof commitTo>): Promise<{ parts: number; root: string }> {
  const { parts, root } = await commitTo(...side)
  return { parts, root }
}

async function committed(
  of: ExchangeProof,
  number: number,
  side: 'request' | 'response',
): Promise<Parameters<typeof entry>> {
  const [salt, digest] =
    side === 'request' ? [of.requestSalt, of.leaf.requestDigest] : [of.responseSalt, of.leaf.responseDigest]
  const facts: { [name: string]: Json } = {
    exchangeId: of.leaf.exchangeId,
    side,
    digest,
    ...(await commitmentTo(whole[side], salt)),
  }
  return [number, 'exchange.committed', facts, { subject: of.leaf.exchangeId }]
}
const storyWith = async (change: (facts: { [name: string]: Json }) => { [name: string]: Json } = (facts) => facts) => {
  const commitments = [await committed(proof, 5, 'request'), await committed(proof, 6, 'response')]
  return [
    ...storyOf([proof, proof, proof]),
    ...commitments.map(([number, kind, facts, more]) => entry(number, kind, change(facts), more)),
  ]
}
const indexes = (of: Log): number[] => Array.from({ length: 7 }, (_, at) => of.size - 7 + at)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-parts-'))
  log = await logOf(join(folder, 'log'), await storyWith())
  input = {
    ...(await inputOf(log)),
    entries: indexes(log),
    documents: [{ name: 'test-report.pdf', bytes: () => [report] }],
    exchanges: [{ proof, request: redacted('request'), response: redacted('response') }],
    withheld,
    signer,
  }
  pack = (await packed(input)).bytes
})
afterAll(async () => {
  await log.close()
  await rm(folder, { recursive: true })
})

describe('a pack without the credentials', () => {
  it('verifies, shows everything else, and holds neither the secret nor a salt that would confirm a guess', async () => {
    expect(await verify(pack)).toMatchObject({ ok: true, counts: { exchanges: 1, redacted: 2, withheld: 2 } })
    expect(pack.includes(secret)).toBe(false)
    for (const salt of [proof.requestSalt, proof.responseSalt]) expect(pack.includes(salt)).toBe(false)
    const files = await contentsOf(pack)
    expect(String(files.get('exchanges/xch_0/request.shown.bin'))).toBe(
      'GET /orders/1 HTTP/1.1\r\nHost: shop.example\r\nCookie: *****\r\nAccept: */*\r\n\r\n',
    )
    expect(String(files.get('exchanges/xch_0/response.shown.bin'))).toContain('{"name":"Lin"}')
  })

  it('withholds bodies as well where that is asked for', async () => {
    const bodies = { proof, request: redacted('request', 'bodies'), response: redacted('response', 'bodies') }
    const { bytes } = await packed({ ...input, exchanges: [bodies] })
    expect(await verify(bytes)).toMatchObject({ ok: true })
    expect(bytes.includes('Lin')).toBe(false)
  })

  it('withholds all of a side that has no head to look into', async () => {
    const raw = { ...sides, request: utf8('\u0000\u0001 Cookie: sid=1234') }
    const [odd = fail()] = recordedExchanges([raw])
    const facts = { exchangeId: 'xch_0', side: 'request', digest: odd.leaf.requestDigest }
    const commitment = entry(5, 'exchange.committed', {
      ...facts,
      ...(await commitmentTo(() => [raw.request], odd.requestSalt)),
    })
    const second = await logOf(join(folder, 'raw'), [...storyOf([odd, odd, odd]), commitment])
    const { bytes } = await packed({
      ...(await inputOf(second)),
      entries: Array.from({ length: 6 }, (_, at) => second.size - 6 + at),
      documents: input.documents,
      exchanges: [
        { proof: odd, request: { bytes: () => [raw.request], withhold: 'secrets' }, response: whole.response },
      ],
      withheld: [{ what: 'exchange.request.parts', id: 'xch_0', reason }],
    })
    await second.close()
    expect(await verify(bytes)).toMatchObject({ ok: true, counts: { redacted: 1 } })
    expect(bytes.includes('sid=1234'.concat('\u0000'))).toBe(false)
    expect(String((await contentsOf(bytes)).get('exchanges/xch_0/request.shown.bin'))).toBe('*****')
  })
})

describe('a guess of what is withheld', () => {
  const partsOf = async (): Promise<PartsFile['parts']> =>
    (JSON.parse(String((await contentsOf(pack)).get('exchanges/xch_0/request.parts.json'))) as PartsFile).parts

  it('cannot be confirmed by anything in the pack, not even the right one', async () => {
    const files = await contentsOf(pack)
    const [, hidden] = await partsOf()
    expect(hidden).toMatchObject({ what: 'secret', salt: '', bytes: null })
    // Whoever guesses right has the digest, the commitment and every hex text of the pack to try as a salt.
    const salts = new Set([
      '',
      ...[...files.values()].flatMap((bytes) => String(bytes).match(/\b[0-9a-f]{64}\b/g) ?? []),
    ])
    expect(salts.size).toBeGreaterThan(20)
    for (const guess of [secret, 'sid=9999']) {
      const hits = [...salts].filter((salt) => {
        const key = fromHex(salt) ?? new Uint8Array(0)
        const request = Buffer.from(String(files.get('exchanges/xch_0/request.shown.bin')).replace('*****', guess))
        return sha256(key, utf8(guess)) === hidden?.commitment || sha256(key, request) === proof.leaf.requestDigest
      })
      expect(hits, guess).toEqual([])
    }
  })

  it('says nothing about its length', async () => {
    const [, hidden] = await partsOf()
    expect(hidden?.bytes).toBeNull()
  })
})

describe('disclosure later', () => {
  it('is a pack that holds the whole, and the commitments of the earlier one are held against it', async () => {
    const { bytes } = await packed({ ...input, exchanges: [{ proof, ...whole }], withheld: [] })
    expect(await verify(bytes)).toMatchObject({ ok: true, counts: { redacted: 0 } })
    expect(bytes.includes(secret)).toBe(true)
  })

  it('brings a false commitment to light', async () => {
    const lie = { ...sides, request: utf8('GET /admin HTTP/1.1\r\nCookie: sid=1234\r\n\r\n') }
    const story = await storyWith()
    const root = (await commitTo(() => [lie.request], proof.requestSalt)).root
    const lying = story.map((one) =>
      one.facts['side'] === 'request' ? { ...one, facts: { ...one.facts, root, parts: 4 } } : one,
    )
    const second = await logOf(join(folder, 'lie'), lying)
    const base = { ...input, ...(await inputOf(second)), entries: indexes(second), documents: input.documents }
    const shown = { bytes: () => [lie.request], withhold: 'secrets' } as const
    const { bytes } = await packed({
      ...base,
      exchanges: [{ proof, request: shown, response: redacted('response') }],
      withheld,
    })
    // Before disclosure the lie is consistent: that is why the verdict says that it is not proved yet.
    expect(await verify(bytes)).toMatchObject({ ok: true })
    const disclosed = await packed({ ...base, exchanges: [{ proof, ...whole }], withheld: [] })
    await second.close()
    expect(await verify(disclosed.bytes)).toMatchObject({
      ok: false,
      malformed: false,
      fault: { file: 'exchanges/xch_0/request.bin', entry: 305 },
    })
  })
})

describe('a pack in parts, forged by somebody who holds the signing key', () => {
  const name = 'exchanges/xch_0/request.'
  const swap = (files: Map<string, Buffer>, part: string, from: string | RegExp, to: string): void => {
    files.set(name + part, Buffer.from(String(files.get(name + part)).replace(from, to)))
  }
  it.each<[string, (files: Map<string, Buffer>) => void, { malformed: boolean; file: string }]>([
    [
      'another path',
      (files) => swap(files, 'shown.bin', 'orders/1', 'orders/2'),
      { malformed: false, file: `${name}shown.bin` },
    ],
    [
      'a longer mark',
      (files) => swap(files, 'shown.bin', '*****', '******'),
      { malformed: false, file: `${name}shown.bin` },
    ],
    [
      'a text for the secret',
      (files) => swap(files, 'shown.bin', '*****', 'sid=1'),
      { malformed: false, file: `${name}shown.bin` },
    ],
    ['a part cut', (files) => swap(files, 'shown.bin', '\r\n\r\n', ''), { malformed: false, file: `${name}shown.bin` }],
    ['bytes too many', (files) => swap(files, 'shown.bin', /$/, 'x'), { malformed: false, file: `${name}shown.bin` }],
    [
      'another commitment',
      (files) => swap(files, 'parts.json', /"commitment":"[0-9a-f]{8}/, '"commitment":"00000000'),
      { malformed: false, file: `${name}parts.json` },
    ],
    [
      'a secret that is called a head',
      (files) => swap(files, 'parts.json', '"what":"secret"', '"what":"head"'),
      { malformed: false, file: `${name}parts.json` },
    ],
    [
      'no parts',
      (files) => swap(files, 'parts.json', /.*/s, '{"parts":[]}'),
      { malformed: true, file: `${name}parts.json` },
    ],
    [
      'the list without the parts',
      (files) => files.delete(`${name}shown.bin`),
      { malformed: true, file: `${name}parts.json` },
    ],
    [
      'the parts without the list',
      (files) => files.delete(`${name}parts.json`),
      { malformed: true, file: `${name}parts.json` },
    ],
    [
      'the whole beside the parts',
      (files) => files.set(`${name}bin`, Buffer.from(sides.request)),
      { malformed: true, file: `${name}parts.json` },
    ],
    [
      'nothing said about what is withheld',
      (files) => files.set('withheld.json', Buffer.from('{"items":[]}')),
      { malformed: false, file: 'exchanges/xch_0/proof.json' },
    ],
    [
      'the commitment left out',
      (files) =>
        files.set(
          'entries.jsonl',
          Buffer.from(String(files.get('entries.jsonl')).replace(/^.*"side":"request".*\n/m, '')),
        ),
      { malformed: false, file: `${name}parts.json` },
    ],
  ])('fails with %s', async (_, change, { malformed, file }) => {
    expect(await verify(await forged(pack, change))).toMatchObject({ ok: false, malformed, fault: { file } })
  })

  it('is not written at all without the commitment in the ledger', async () => {
    const story = [...storyOf([proof, proof, proof]), entry(5, 'finding.moved', {}), entry(6, 'finding.moved', {})]
    const second = await logOf(join(folder, 'none'), story)
    const base = { ...input, ...(await inputOf(second)), entries: indexes(second), documents: input.documents }
    await expect(packed({ ...base, exchanges: input.exchanges, withheld })).rejects.toMatchObject({ name: 'PackError' })
    await second.close()
  })
})

function fail(): never {
  throw new Error('the exchange was recorded')
}

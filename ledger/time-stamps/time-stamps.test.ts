import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { utf8 } from '../verify/bytes.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { certificatesIn, checkSignature } from '../verify/time-stamp-signature.ts'
import { coversSha256, readTimeStamp } from '../verify/time-stamp.ts'
import { type Authority, openAuthority } from './authority-for-tests.ts'
import { faultOfAnswer, timeStampRequest } from './request.ts'

const { sha256 } = nodeCrypto
const shared = new URL('../../../shared/data/tlog/rfc3161.json', import.meta.url)
const note = utf8('zhongheng.example/ledger\n305\nroot\n\n— zhongheng.example/ledger AAAA\n')

let folder: string
const authorities: { ec?: Authority; rsa?: Authority } = {}
const one = (key: 'ec' | 'rsa'): Authority => authorities[key] ?? fail()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-tsa-'))
  for (const key of ['ec', 'rsa'] as const) {
    mkdirSync(join(folder, key))
    authorities[key] = openAuthority(join(folder, key), key)
  }
})
afterAll(() => rm(folder, { recursive: true }))

const request = (): Uint8Array => timeStampRequest(sha256, note, randomBytes(8))
const read = (answer: Uint8Array) => readTimeStamp(answer) ?? fail()

describe('a time stamp over a checkpoint', () => {
  it.each(['ec', 'rsa'] as const)(
    'from an authority with an %s key is answered, covers the bytes and is signed',
    (key) => {
      const query = request()
      const answer = one(key).reply(query)
      expect(faultOfAnswer(sha256, query, note, answer)).toBeUndefined()
      const stamp = read(answer)
      expect(Math.abs(stamp.at.getTime() - Date.now())).toBeLessThan(600_000)
      expect(stamp.policy).toBe('1.2.3.4.1')
      expect(checkSignature(stamp, certificatesIn(one(key).ca))).toEqual({ is: 'good', authority: 'CN=Test TSA' })
    },
  )

  it('is accepted by stock openssl with the bytes as they are kept', () => {
    const at = (name: string, bytes: Uint8Array): string => {
      writeFileSync(join(folder, name), bytes)
      return join(folder, name)
    }
    const words = ['-data', at('305.checkpoint', note), '-in', at('305.tsr', one('ec').reply(request()))]
    const said = execFileSync('openssl', ['ts', '-verify', ...words, '-CAfile', one('ec').caFile], { stdio: 'pipe' })
    expect(said.toString()).toContain('Verification: OK')
  })

  it('is not one over other bytes, nor an answer to another request', () => {
    const query = request()
    const answer = one('ec').reply(query)
    expect(faultOfAnswer(sha256, query, utf8('other'), answer)).toBe('other_bytes')
    expect(faultOfAnswer(sha256, request(), note, answer)).toBe('other_request')
    expect(faultOfAnswer(sha256, query, note, answer.subarray(1))).toBe('malformed')
    expect(faultOfAnswer(sha256, query, note, Buffer.from('<html>'))).toBe('malformed')
  })

  it('is not good under another authority, nor under none', () => {
    const stamp = read(one('ec').reply(request()))
    expect(checkSignature(stamp, certificatesIn(one('rsa').ca)).is).toBe('wrong')
    expect(checkSignature(stamp, []).is).toBe('wrong')
  })

  it('is not good by a certificate that is not for time-stamping', () => {
    const stamp = read(one('ec').reply(request()))
    const other = certificatesIn(one('ec').ca)
    const forged = { ...stamp, certificates: other.map((certificate) => certificate.raw) }
    expect(checkSignature(forged, other).is).toBe('wrong')
  })

  it('is never good with one byte changed', () => {
    const answer = one('ec').reply(request())
    const trusted = certificatesIn(one('ec').ca)
    const good = (bytes: Uint8Array): string => {
      const stamp = readTimeStamp(bytes)
      if (stamp === undefined || coversSha256(sha256, stamp, note) !== 'good') return 'refused'
      const signature = checkSignature(stamp, trusted)
      return signature.is === 'good' ? `${stamp.at.toISOString()} ${stamp.serial} ${stamp.policy}` : 'refused'
    }
    const right = good(answer)
    expect(right).toContain('1.2.3.4.1')
    for (let at = 0; at < answer.length; at += 2) {
      const changed = Uint8Array.from(answer)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 7))
      // A byte that nobody signed (the status text, a certificate of the chain) may change; what is proved may not.
      expect([right, 'refused'], `byte ${at}`).toContain(good(changed))
    }
  }, 60_000)

  it('is read without a throw whatever the bytes are', () => {
    const answer = one('ec').reply(request())
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(answer.length), fc.nat(60), (noise, at, skip) => {
        readTimeStamp(noise)
        readTimeStamp(Buffer.concat([answer.subarray(0, at), noise, answer.subarray(at + skip)]))
      }),
      { numRuns: 500 },
    )
  })
})

describe.skipIf(!existsSync(shared))('published time stamps (skipped where ../shared/data/tlog is absent)', () => {
  type Case = {
    artifact: string
    token_b64: string
    signing_cert: string | null
    root_cert: string | null
    expect: string
  }
  const cases = existsSync(shared) ? (JSON.parse(readFileSync(shared, 'utf8')) as Case[]) : []
  it.each(cases.map((one) => [one.expect, one] as const))('%s', (_, vector) => {
    const stamp = readTimeStamp(Buffer.from(vector.token_b64, 'base64'))
    const covers = stamp !== undefined && coversSha256(sha256, stamp, utf8(vector.artifact)) === 'good'
    const [roots, others] = [certificatesIn(vector.root_cert ?? ''), certificatesIn(vector.signing_cert ?? '')]
    const signed = stamp !== undefined && checkSignature(stamp, roots, others).is === 'good'
    expect(covers && signed).toBe(vector.expect === 'valid')
  })
})

function fail(): never {
  throw new Error('there is an authority, and its answer is a time stamp')
}

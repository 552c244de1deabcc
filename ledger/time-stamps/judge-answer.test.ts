import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { utf8 } from '../verify/bytes.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { readTimeStamp } from '../verify/time-stamp.ts'
import { certificatesIn } from '../verify/time-stamp-signature.ts'
import { type Authority, openAuthority } from './authority-for-tests.ts'
import { judgeAnswer } from './judge-answer.ts'
import { timeStampRequest } from './request.ts'

/* The organizer asked its authority for a stamp over a head; this is what may come back. */
const note = utf8('zhongheng.example/ledger\n305\nroot\n\n— zhongheng.example/ledger AAAA\n')
let folder: string
let authority: Authority
let ended: Authority
let stranger: Authority
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-judge-'))
  const open = async (days?: number): Promise<Authority> =>
    openAuthority(await mkdtemp(join(folder, 'tsa-')), 'ec', days)
  ;[authority, ended, stranger] = [await open(), await open(-1), await open()]
})
afterAll(() => rm(folder, { recursive: true }))

const asked = (bytes = note) => ({
  request: timeStampRequest(nodeCrypto.sha256, bytes, randomBytes(8)),
  bytes: note,
  askedAt: new Date(),
})
const judge = (sent: ReturnType<typeof asked>, answer: Uint8Array, trusted = authority, now = new Date()) =>
  judgeAnswer(sent, answer, certificatesIn(trusted.ca), now)
/** The answer with another PKIStatus before the token, which nobody signs. */
const withStatus = (answer: Uint8Array, status: number): Uint8Array => {
  const changed = Uint8Array.from(answer)
  const at = Buffer.from(answer).indexOf(Buffer.from([0x30, 0x03, 0x02, 0x01, 0x00]))
  changed[at + 4] = status
  return changed
}

describe('an answer is kept', () => {
  it('when it was granted as asked, for this request, now, by a trusted authority', () => {
    const sent = asked()
    expect(judge(sent, authority.reply(sent.request))).toMatchObject({ ok: true, authority: 'CN=Test TSA' })
  })
})

describe('an answer is refused, and it is said why', () => {
  it('with the nonce of another request, such as a stamp that somebody kept', () => {
    const kept = authority.reply(asked().request)
    expect(judge(asked(), kept)).toMatchObject({ ok: false, fault: 'other_request' })
  })

  it('over another digest', () => {
    const sent = asked(utf8('another head'))
    expect(judge(sent, authority.reply(sent.request))).toMatchObject({ ok: false, fault: 'other_bytes' })
  })

  it('by a certificate that had ended', () => {
    const sent = asked()
    const found = judge(sent, ended.reply(sent.request), ended)
    expect(found).toMatchObject({ ok: false, fault: 'signature' })
    expect('what' in found && found.what.en).toContain('not valid at that time')
  })

  it('by an authority that is not trusted here', () => {
    const sent = asked()
    expect(judge(sent, stranger.reply(sent.request))).toMatchObject({ ok: false, fault: 'signature' })
  })

  it('granted with modifications, although signature and nonce are right', () => {
    const sent = asked()
    const answer = withStatus(authority.reply(sent.request), 1)
    expect(readTimeStamp(answer)).toBeDefined()
    expect(judge(sent, answer)).toMatchObject({ ok: false, fault: 'modified' })
  })

  it('that is a refusal of the authority', () => {
    const refusal = Uint8Array.of(0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02)
    expect(judge(asked(), refusal)).toMatchObject({ ok: false, fault: 'rejected' })
  })

  it('from before it was asked for, or from the future', () => {
    const sent = asked()
    const answer = authority.reply(sent.request)
    const minutes = (count: number): Date => new Date(Date.now() + count * 60_000)
    expect(judge({ ...sent, askedAt: minutes(6) }, answer, authority, minutes(7))).toMatchObject({ fault: 'time' })
    expect(judge({ ...sent, askedAt: minutes(-60) }, answer, authority, minutes(-6))).toMatchObject({ fault: 'time' })
    // Carried by hand, it may come days later.
    expect(judge(sent, answer, authority, minutes(60 * 24 * 20))).toMatchObject({ ok: true })
  })

  it.each<[string, (answer: Buffer) => Uint8Array, string]>([
    ['a page', () => utf8('<html>maintenance</html>'), 'malformed'],
    ['nothing', () => new Uint8Array(0), 'malformed'],
    ['cut off', (answer) => answer.subarray(0, answer.length - 1), 'malformed'],
    ['followed by more', (answer) => Buffer.concat([answer, Buffer.from([0])]), 'malformed'],
    ['without its status', (answer) => answer.subarray(answer.indexOf(Buffer.from([0x30, 0x03])) + 5), 'malformed'],
    ['far too long', (answer) => Buffer.concat([answer, Buffer.alloc(70_000)]), 'too_long'],
  ])('that is %s', (_, change, fault) => {
    const sent = asked()
    expect(judge(sent, change(authority.reply(sent.request)))).toMatchObject({ ok: false, fault })
  })
})

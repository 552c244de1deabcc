import type { X509Certificate } from 'node:crypto'
import type { Bilingual } from '../verify/bilingual.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { maxStampBytes, readTimeStamp, stampStatus, type TimeStamp } from '../verify/time-stamp.ts'
import { checkSignature } from '../verify/time-stamp-signature.ts'
import { faultOfAnswer, type StampFault } from './request.ts'

export type AnswerFault =
  | StampFault
  | 'too_long'
  | 'rejected'
  /** Granted, but not as it was asked for. */
  | 'modified'
  | 'time'
  | 'signature'

export type JudgedAnswer =
  | { readonly ok: true; readonly stamp: TimeStamp; readonly authority: string }
  | { readonly ok: false; readonly fault: AnswerFault; readonly what: Bilingual }

/** Milliseconds by which the authority's clock and ours may differ. */
export const clockSkew = 5 * 60_000

const statusNames = ['granted', 'granted with modifications', 'rejection', 'waiting', 'revocation warning', 'revoked']

/**
 * Is this the answer that was asked for? Everything must hold before an answer is kept: granted as asked, this request's
 * nonce and digest, a time between asking and now, and a signature of one of the authorities by a certificate for
 * time-stamping alone (RFC 3161 sections 2.2 and 2.3). Never throws.
 */
export function judgeAnswer(
  sent: { readonly request: Uint8Array; readonly bytes: Uint8Array; readonly askedAt: Date },
  answer: Uint8Array,
  authorities: readonly X509Certificate[],
  now: Date,
): JudgedAnswer {
  const bad = (fault: AnswerFault, zh: string, en: string): JudgedAnswer => ({ ok: false, fault, what: { zh, en } })
  if (answer.length > maxStampBytes)
    return bad('too_long', `应答超过 ${maxStampBytes} 字节`, `the answer is over ${maxStampBytes} bytes`)
  const status = stampStatus(answer)
  if (status === 1)
    return bad(
      'modified',
      '时间戳机构未按请求原样签发（grantedWithMods）',
      'the authority granted something else than was asked for (grantedWithMods)',
    )
  if (status !== undefined && status > 0)
    return bad(
      'rejected',
      `时间戳机构拒绝了请求（状态 ${status}）`,
      `the authority refused the request (status ${status}, ${statusNames[status] ?? 'unknown'})`,
    )
  const fault = status === undefined ? 'malformed' : faultOfAnswer(nodeCrypto.sha256, sent.request, sent.bytes, answer)
  const stamp = readTimeStamp(answer)
  if (fault === 'malformed' || stamp === undefined)
    return bad('malformed', '应答不是 RFC 3161 时间戳应答', 'the answer is not an RFC 3161 time-stamp response')
  if (fault === 'other_bytes')
    return bad(
      'other_bytes',
      '时间戳的摘要不是此检查点的',
      'the time stamp is over another digest than this checkpoint’s',
    )
  if (fault === 'other_request')
    return bad(
      'other_request',
      '时间戳的随机数（nonce）与请求不符：不是对此请求的应答',
      'the nonce is not the request’s: this answers another request',
    )
  if (stamp.at.getTime() > now.getTime() + clockSkew || stamp.at.getTime() < sent.askedAt.getTime() - clockSkew)
    return bad(
      'time',
      `时间戳的时间 ${stamp.at.toISOString()} 不在请求与收到之间（允许相差 5 分钟）`,
      `its time, ${stamp.at.toISOString()}, does not lie between asking and now (5 minutes are allowed)`,
    )
  const signature = checkSignature(stamp, authorities)
  if (signature.is === 'good') return { ok: true, stamp, authority: signature.authority }
  return signature.is === 'wrong'
    ? bad('signature', `时间戳的签名不成立：${signature.why.zh}`, `the signature does not hold: ${signature.why.en}`)
    : bad(
        'signature',
        `时间戳的签名无法在此核对：${signature.why.zh}`,
        `the signature cannot be checked here: ${signature.why.en}`,
      )
}

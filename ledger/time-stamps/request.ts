import { joinBytes, toHex } from '../verify/bytes.ts'
import type { Sha256 } from '../verify/crypto.ts'
import { coversSha256, readTimeStamp } from '../verify/time-stamp.ts'

// TimeStampReq of RFC 3161 section 2.4.1 with everything fixed but digest and nonce: version 1, SHA-256, certificates wanted.
const head = Uint8Array.of(0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09)
const sha256Oid = Uint8Array.of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20)
const nonceHead = Uint8Array.of(0x02, 0x08)
const wantsCertificates = Uint8Array.of(0x01, 0x01, 0xff)

/**
 * An RFC 3161 request, in DER, for a time stamp over these bytes. @param nonce eight random bytes; the first bit is
 * cleared and the second set, so that it is a positive number of full length
 */
export function timeStampRequest(sha256: Sha256, bytes: Uint8Array, nonce: Uint8Array): Uint8Array {
  const number = nonce.slice(0, 8)
  number[0] = ((number[0] ?? 0) & 0x3f) | 0x40
  return joinBytes(head, sha256Oid, sha256(bytes), nonceHead, number, wantsCertificates)
}

export type StampFault = 'malformed' | 'other_bytes' | 'other_request'

/** Why an answer is not one to this request; undefined where it is. Who signed it is another question. */
export function faultOfAnswer(
  sha256: Sha256,
  request: Uint8Array,
  bytes: Uint8Array,
  answer: Uint8Array,
): StampFault | undefined {
  const stamp = readTimeStamp(answer)
  if (stamp === undefined) return 'malformed'
  if (coversSha256(sha256, stamp, bytes) !== 'good') return 'other_bytes'
  return stamp.nonce === toHex(request.subarray(-11, -3)) ? undefined : 'other_request'
}

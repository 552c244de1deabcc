import type { RequestHead } from './framing/request-head.ts'

/** Fields that speak to the gateway and never reach a target. */
const ours = new Set(['proxy-authorization', 'proxy-connection'])

/**
 * The head as the target receives it: the tester's bytes, with the absolute form of the request target cut down to the
 * origin form and the two proxy fields taken out. Everything else stays as it was sent, byte for byte.
 */
export function outgoingHead(head: RequestHead): Buffer {
  const pieces: Buffer[] = []
  let at = 0
  const prefix = /^[a-z]+:\/\/[^/?#]*/i.exec(head.target)?.[0].length ?? 0
  if (prefix > 0) {
    const rest = head.target.slice(prefix)
    pieces.push(head.bytes.subarray(0, head.targetFrom))
    // RFC 9112 3.2.4: OPTIONS for a whole server.
    if (rest === '' && head.method === 'OPTIONS') pieces.push(Buffer.from('*'))
    else if (!rest.startsWith('/')) pieces.push(Buffer.from('/'))
    at = head.targetFrom + prefix
  }
  for (const field of head.fields) {
    if (!ours.has(field.name)) continue
    pieces.push(head.bytes.subarray(at, field.from))
    at = field.to
  }
  if (at === 0) return head.bytes
  pieces.push(head.bytes.subarray(at))
  return Buffer.concat(pieces)
}

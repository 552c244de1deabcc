import type { ExchangeHead } from '@zhongheng/contracts/records/capture.ts'
import { readHttp2Side } from '@zhongheng/contracts/records/http2-side.ts'

/**
 * The status of the answer whose first bytes are given, as the target sent it; 0 where none can be read there, or it is no answer
 * of HTTP. Answers before the answer proper (1xx) are passed over.
 */
export function answeredStatus({ kind, httpVersion }: ExchangeHead, front: Uint8Array): number {
  if (kind === 'tunnel' || kind === 'refusal') return 0
  return httpVersion === '2' ? ofHttp2(front) : ofHttp1(Buffer.from(front).toString('latin1'))
}

function ofHttp1(text: string): number {
  for (let at = 0; at >= 0 && at < text.length; ) {
    const line = /^HTTP\/1\.[01] ([1-9]\d\d)[ \r]/.exec(text.slice(at, at + 14))
    const status = Number(line?.[1] ?? 0)
    if (status === 0 || status === 101 || status >= 200) return status
    const end = text.indexOf('\r\n\r\n', at)
    at = end < 0 ? -1 : end + 4
  }
  return 0
}

function ofHttp2(front: Uint8Array): number {
  const status = readHttp2Side(front)?.head.find(({ name }) => name === ':status')?.value ?? ''
  return /^[2-9]\d\d$/.test(status) ? Number(status) : 0
}

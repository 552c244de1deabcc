import type { CaptureFormat } from '@zhongheng/contracts/records/capture-formats.ts'
import { burpXml } from './burp-xml.ts'
import type { CapturedExchange, CaptureForm } from './capture.ts'
import { curlScript } from './curl.ts'
import { har } from './har.ts'
import { ndjson } from './ndjson.ts'
import { pcapng } from './pcapng.ts'
import { warc } from './warc.ts'

const forms: { readonly [format in CaptureFormat]: CaptureForm } = {
  har,
  pcapng,
  warc,
  burp: burpXml,
  curl: curlScript,
  ndjson,
}

/** Longest run of small pieces that is gathered before it goes on (bytes). */
const gathered = 64 * 1024

/**
 * Writes exchanges in a form, as they come: no more than a message's beginning is held. Small pieces are joined.
 * @param copy the mark of the reader it is made for
 * @throws what reading an exchange's bytes throws; the file then ends in the middle
 */
export async function* writeCaptures(
  format: CaptureFormat,
  exchanges: AsyncIterable<CapturedExchange>,
  at: Date,
  copy?: string,
): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let size = 0
  for await (const piece of piecesOf(forms[format], exchanges, at.toISOString(), copy)) {
    const bytes =
      typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    held.push(bytes)
    size += bytes.length
    if (size < gathered) continue
    yield Buffer.concat(held)
    held = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(held)
}

async function* piecesOf(
  form: CaptureForm,
  exchanges: AsyncIterable<CapturedExchange>,
  at: string,
  copy: string | undefined,
) {
  yield form.begin(at, copy)
  let position = 0
  for await (const one of exchanges) {
    let any = false
    for await (const piece of form.exchange(one, position, copy)) {
      any = true
      yield piece
    }
    if (any) position++
  }
  yield form.end()
}

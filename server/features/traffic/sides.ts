import type { Readable } from 'node:stream'
import type { ExchangePage } from '@zhongheng/contracts/http/traffic.ts'
import { type CapturedExchange, carriesHttp } from '@zhongheng/documents/captures/capture.ts'
import { curlCommand } from '@zhongheng/documents/captures/curl.ts'
import { type RecordedField, readHttp2Side } from '@zhongheng/contracts/records/http2-side.ts'

export type Part = ExchangePage['request']
export const emptyPart: Part = {
  head: '',
  informational: '',
  trailers: '',
  body: '',
  bodyBytes: 0,
  cut: false,
  binary: false,
}

const shownBytes = 64 * 1024

/** Heads and the first 64 KiB of the body of one side, as people read them; the rest of the stream is not read. */
export async function partOf(stream: Readable, httpVersion: string | null): Promise<Part> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    parts.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size > shownBytes * 2) break
  }
  stream.destroy()
  const all = Buffer.concat(parts)
  const http2 = httpVersion === '2' ? readHttp2Side(all) : undefined
  if (http2 !== undefined) {
    return {
      head: textOf(http2.head),
      informational: http2.informational.map(textOf).join('\r\n\r\n'),
      trailers: http2.trailers.map(lineOf).join('\r\n'),
      ...bodyPart(Buffer.concat(http2.body)),
    }
  }
  const at = all.indexOf('\r\n\r\n')
  const head = at < 0 ? all : all.subarray(0, at)
  return { ...emptyPart, head: head.toString('latin1'), ...bodyPart(at < 0 ? Buffer.alloc(0) : all.subarray(at + 4)) }
}

function bodyPart(body: Buffer): Pick<Part, 'body' | 'bodyBytes' | 'cut' | 'binary'> {
  const shown = body.subarray(0, shownBytes)
  const text = shown.toString('utf8')
  const binary = text.includes('\u0000') || text.split('\ufffd').length > 8 + shown.length / 50
  return {
    body: binary ? shown.subarray(0, 4096).toString('hex') : text,
    bodyBytes: body.length,
    cut: body.length > shownBytes,
    binary,
  }
}

const lineOf = ({ name, value }: RecordedField): string => `${name}: ${value}`

/** HTTP/2 has no first line; readers expect one. What was recorded follows whole, pseudo-header fields included. */
function textOf(fields: readonly RecordedField[]): string {
  if (fields.length === 0) return ''
  const of = (name: string): string | undefined => fields.find((field) => field.name === name)?.value
  const status = of(':status')
  const first = status === undefined ? `${of(':method') ?? ''} ${of(':path') ?? ''} HTTP/2` : `HTTP/2 ${status}`
  return [first, ...fields.map(lineOf)].join('\r\n')
}

/** The longest command that is put on a clipboard (bytes). */
const longestCommand = 128 * 1024

/** The request as a curl command; empty where there is none or where it is longer than anybody pastes. */
export async function curlOf(one: CapturedExchange): Promise<string> {
  if (!carriesHttp(one)) return ''
  const parts: Buffer[] = []
  let size = 0
  for await (const piece of curlCommand(one)) {
    const bytes = Buffer.from(piece as string)
    parts.push(bytes)
    size += bytes.length
    if (size > longestCommand) return ''
  }
  return Buffer.concat(parts).toString('utf8')
}

import type { ExchangePage } from '@zhongheng/contracts/http/traffic.ts'
import { type CapturedExchange, carriesHttp } from '@zhongheng/documents/captures/capture.ts'
import { unpacked } from '@zhongheng/documents/captures/content.ts'
import { fieldOf, heldBody, readMessage } from '@zhongheng/documents/captures/message.ts'
import { readFrames } from '@zhongheng/documents/captures/websocket-frames.ts'
import { readable } from './exchange-text.ts'

type Content = ExchangePage['content']['request']
type Frame = NonNullable<ExchangePage['frames']>[number]

/** Larger bodies (bytes) are not unpacked for a page. */
const longest = 1024 * 1024
const shownCharacters = 64 * 1024
const shownFrames = 200
const shownPayload = 4096

const nothing: Content = { codings: [], text: null, cut: false, image: null }

/**
 * The body of one side as it was meant to be read: chunks and packing taken off, in its charset; or the picture that it is.
 * A picture is one by its first bytes, whatever was said of it, and never one that can hold a script.
 */
export async function shownContent(one: CapturedExchange, side: 'request' | 'response'): Promise<Content> {
  if (one.row.kind !== 'http') return nothing
  const message = await readMessage(one[side](), one.row.httpVersion)
  const { held, rest } = await heldBody(message.body, longest)
  if (rest !== undefined) {
    await rest[Symbol.asyncIterator]().return?.()
    return nothing
  }
  if (held.length === 0) return nothing
  const packing = fieldOf(message, 'content-encoding')
  const plain = unpacked(held, packing, 4 * longest)
  const content = plain ?? held
  const charset = /charset="?([\w-]{1,30})/i.exec(fieldOf(message, 'content-type'))?.[1]?.toLowerCase() ?? 'utf-8'
  const text = readable(content, charset)
  const codings = [
    ...(/chunked/i.test(fieldOf(message, 'transfer-encoding')) && message.version === '1' ? ['chunked'] : []),
    ...(plain === null ? [] : [packing.slice(0, 60)]),
    ...(text === '' || /^(utf-?8|us-ascii)$/.test(charset) ? [] : [charset]),
  ]
  const type = pictureType(content)
  return {
    codings,
    text: text === '' || codings.length === 0 ? null : text.slice(0, shownCharacters).toWellFormed(),
    cut: text.length > shownCharacters,
    image: type === null || content.length > longest ? null : { type, base64: content.toString('base64') },
  }
}

function pictureType(bytes: Buffer): NonNullable<Content['image']>['type'] | null {
  const begins = bytes.toString('latin1', 0, 12)
  if (begins.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (begins.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (/^GIF8[79]a/.test(begins)) return 'image/gif'
  return /^RIFF[^]{4}WEBP$/.test(begins) ? 'image/webp' : null
}

/** The first frames of both sides of a WebSocket; null for anything else. */
export async function shownFramesOf(one: CapturedExchange): Promise<ExchangePage['frames']> {
  if (one.row.kind !== 'websocket' || !carriesHttp(one)) return null
  const frames: Frame[] = []
  for (const side of ['request', 'response'] as const) {
    const { body } = await readMessage(one[side](), one.row.httpVersion)
    let count = 0
    for await (const frame of readFrames(body)) {
      if (++count > shownFrames) break
      const shown = frame.payload.subarray(0, shownPayload)
      const text = frame.stillPacked ? '' : readable(shown, 'utf-8')
      frames.push({
        from: side === 'request' ? 'tester' : 'target',
        opcode: frame.opcode,
        final: frame.final,
        bytes: frame.wireBytes,
        text: text === '' ? null : text,
        hex: text === '' ? shown.toString('hex') : null,
        cut: frame.payload.length > shownPayload,
      })
    }
  }
  return frames
}

import { type CapturedExchange, carriesHttp } from '@zhongheng/documents/captures/capture.ts'
import { unpacked } from '@zhongheng/documents/captures/content.ts'
import { fieldOf, headText, heldBody, readMessage } from '@zhongheng/documents/captures/message.ts'
import { readFrames } from '@zhongheng/documents/captures/websocket-frames.ts'
import { payloadClasses } from '@zhongheng/domain/conduct/signals.ts'
import { type Seen, Watch } from '@zhongheng/domain/conduct/watch.ts'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Of each side so much is looked into (bytes), as it was sent and once it is unpacked. */
export const lookedInto = { sent: 2 * 1024 * 1024, unpacked: 8 * 1024 * 1024 } as const

/** Bytes that are read before others get their turn. */
const slice = 64 * 1024
/** Pictures, sounds and fonts hold no text worth reading. */
const noText = /^(?:image\/(?!svg)|audio\/|video\/|font\/)/i

export type SeenSide = Seen & { readonly side: 'request' | 'response' }

/** What the detectors see in one recorded exchange: payloads in what was asked, personal data in what was answered. */
export async function lookIntoExchange(one: CapturedExchange): Promise<SeenSide[]> {
  if (!carriesHttp(one)) return []
  const found: SeenSide[] = []
  for (const side of ['request', 'response'] as const) {
    const watchOf = (): Watch => (side === 'request' ? Watch.ofRequest(payloadClasses) : Watch.ofResponse())
    const message = await readMessage(one[side](), one.row.httpVersion)
    const watches: Watch[] = []
    const look = async (bytes: Uint8Array): Promise<void> => {
      const watch = watchOf()
      watches.push(watch)
      const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      for (let at = 0; at < all.length; at += slice) {
        watch.feed(all.toString('latin1', at, at + slice), false)
        await nextTurn()
      }
      watch.feed('', true)
    }
    if (side === 'request') await look(Buffer.from(headText(message), 'latin1'))
    if (one.row.kind === 'websocket' && one.row.httpVersion === null) {
      let size = 0
      for await (const frame of readFrames(message.body)) {
        size += frame.payload.length
        if (size > lookedInto.sent) break
        await look(frame.payload)
      }
    } else if (!(side === 'response' && noText.test(fieldOf(message, 'content-type')))) {
      const { held, rest } = await heldBody(message.body, lookedInto.sent)
      await rest?.[Symbol.asyncIterator]().return?.()
      await look(unpacked(held, fieldOf(message, 'content-encoding'), lookedInto.unpacked) ?? held)
    }
    found.push(...together(watches).map((seen) => ({ ...seen, side })))
  }
  return found
}

/** Head, body and messages of one side count as one text. */
function together(watches: readonly Watch[]): Seen[] {
  const byKind = new Map<Seen['kind'], Seen>()
  for (const seen of watches.flatMap((watch) => watch.seen)) {
    const before = byKind.get(seen.kind)
    const values = [...new Set([...(before?.values ?? []), ...seen.values])]
    byKind.set(seen.kind, { ...seen, position: before?.position ?? seen.position, values, count: values.length })
  }
  return [...byKind.values()]
}

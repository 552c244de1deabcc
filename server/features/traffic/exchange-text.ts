import { type CapturedExchange, carriesHttp } from '@zhongheng/documents/captures/capture.ts'
import { unpacked } from '@zhongheng/documents/captures/content.ts'
import { fieldOf, headText, heldBody, readMessage } from '@zhongheng/documents/captures/message.ts'
import { readFrames } from '@zhongheng/documents/captures/websocket-frames.ts'

/** Of each body so much is looked into (bytes), as sent and once unpacked. */
export const readBytes = 256 * 1024

/** What can be searched of an exchange: heads, and bodies that are text. `whole` is false when there was more. */
export async function textOf(one: CapturedExchange): Promise<{ text: string; whole: boolean }> {
  const parts: string[] = [`${one.row.method} ${one.row.host} ${one.row.path}`]
  let whole = true
  const sides = carriesHttp(one)
    ? (['request', 'response'] as const)
    : one.row.kind === 'refusal'
      ? (['request'] as const)
      : []
  for (const side of sides) {
    const message = await readMessage(one[side](), one.row.httpVersion)
    parts.push(readable(Buffer.from(headText(message), 'latin1'), 'utf-8'))
    if (one.row.kind === 'websocket' && one.row.httpVersion === null) {
      let size = 0
      for await (const frame of readFrames(message.body)) {
        size += frame.payload.length
        if (size > readBytes) {
          whole = false
          break
        }
        if (frame.opcode <= 1) parts.push(readable(frame.payload, 'utf-8'))
      }
      continue
    }
    const { held, rest } = await heldBody(message.body, readBytes)
    if (rest !== undefined) {
      whole = false
      await rest[Symbol.asyncIterator]().return?.()
    }
    const content = unpacked(held, fieldOf(message, 'content-encoding'), 4 * readBytes) ?? held
    const charset = /charset="?([\w-]{1,30})/i.exec(fieldOf(message, 'content-type'))?.[1] ?? 'utf-8'
    parts.push(readable(content, charset))
  }
  return { text: parts.join('\n'), whole }
}

/** Bytes as text in the charset that was said; nothing where it is none. */
export function readable(bytes: Uint8Array, charset: string): string {
  let text: string
  try {
    text = new TextDecoder(charset).decode(bytes)
  } catch {
    text = new TextDecoder().decode(bytes)
  }
  const strange = text.split('\ufffd').length - 1
  return text.includes('\u0000') || strange > 8 + text.length / 50 ? '' : text
}

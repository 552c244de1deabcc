import type { Socket } from 'node:net'

/** What a TLS client asks for in its first message. */
export type ClientHello = {
  /** The server name; undefined without one. */
  readonly serverName: string | undefined
  /** Protocols offered (ALPN), in the client's order. */
  readonly protocols: readonly string[]
}

/** A hello with all its extensions is far smaller, also with post-quantum keys. */
const mostBytes = 32 * 1024

/** Reads the hello of somebody who begins TLS on a paused socket, and leaves it in place. Null when it cannot be read. */
export async function peekHello(socket: Socket, timeoutMs: number): Promise<ClientHello | null> {
  const timer = setTimeout(() => socket.destroy(), timeoutMs)
  const chunks: Buffer[] = []
  try {
    while (!socket.destroyed && !socket.readableEnded) {
      const chunk = socket.read() as Buffer | null
      if (chunk !== null) {
        chunks.push(chunk)
        const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks)
        const hello = readHello(bytes)
        if (hello !== 'more' || bytes.length > mostBytes) return hello === 'more' ? null : hello
        continue
      }
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          for (const event of ['readable', 'end', 'close']) socket.off(event, settle)
          resolve()
        }
        for (const event of ['readable', 'end', 'close']) socket.on(event, settle)
      })
    }
    return null
  } finally {
    clearTimeout(timer)
    if (chunks.length > 0 && !socket.destroyed) socket.unshift(Buffer.concat(chunks))
  }
}

/** Reads a ClientHello (RFC 8446 4.1.2) out of its TLS records; `more` while it is not complete, null when it is none. */
export function readHello(bytes: Buffer): ClientHello | 'more' | null {
  const parts: Buffer[] = []
  let size = 0
  for (let at = 0; ; ) {
    if (at + 5 > bytes.length) return bytes.length > mostBytes ? null : 'more'
    const length = bytes.readUInt16BE(at + 3)
    if (bytes[at] !== 0x16 || length === 0 || length > 16_640) return null
    const part = bytes.subarray(at + 5, at + 5 + length)
    parts.push(part)
    size += part.length
    const message = parts.length === 1 ? part : Buffer.concat(parts)
    if (size >= 4) {
      if (message[0] !== 1) return null
      const wanted = message.readUIntBE(1, 3)
      if (size >= 4 + wanted) return readBody(message.subarray(4, 4 + wanted))
    }
    if (part.length < length) return 'more'
    at += 5 + length
  }
}

function readBody(body: Buffer): ClientHello | null {
  try {
    let at = 34
    at += 1 + body.readUInt8(at)
    at += 2 + body.readUInt16BE(at)
    at += 1 + body.readUInt8(at)
    let serverName: string | undefined
    const protocols: string[] = []
    if (at === body.length) return { serverName, protocols }
    const end = at + 2 + body.readUInt16BE(at)
    at += 2
    while (at + 4 <= end) {
      const type = body.readUInt16BE(at)
      const content = body.subarray(at + 4, at + 4 + body.readUInt16BE(at + 2))
      at += 4 + content.length
      if (type === 0) serverName = content.toString('latin1', 5, 5 + content.readUInt16BE(3))
      if (type === 16) {
        for (let from = 2; from < content.length; ) {
          const length = content.readUInt8(from)
          protocols.push(content.toString('latin1', from + 1, from + 1 + length))
          from += 1 + length
        }
      }
    }
    return { serverName, protocols }
  } catch (error) {
    // Lengths that lead out of the message. TLS itself will say so.
    if (error instanceof RangeError) return null
    throw error
  }
}

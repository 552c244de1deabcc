import type { Socket } from 'node:net'

/** Waits until a paused socket may have something to read, has ended or is gone, or the time (ms) is over. */
function readable(socket: Socket, atMostMs?: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = atMostMs === undefined ? undefined : setTimeout(() => settle(), atMostMs)
    const settle = (): void => {
      clearTimeout(timer)
      socket.off('readable', settle)
      socket.off('end', settle)
      socket.off('close', settle)
      resolve()
    }
    socket.on('readable', settle)
    socket.on('end', settle)
    socket.on('close', settle)
  })
}

/** The first bytes that somebody sends, left in place; null when none come in time, and the socket is then destroyed. */
export async function peek(socket: Socket, timeoutMs: number): Promise<Buffer | null> {
  const timer = setTimeout(() => socket.destroy(), timeoutMs)
  try {
    while (!socket.destroyed && !socket.readableEnded) {
      const chunk = socket.read() as Buffer | null
      if (chunk !== null) {
        socket.unshift(chunk)
        return chunk
      }
      await readable(socket)
    }
    return null
  } finally {
    clearTimeout(timer)
  }
}

/** The same for at most so long, but somebody who stays silent keeps the socket: in some protocols the server speaks first. */
export async function peekSoon(socket: Socket, timeoutMs: number): Promise<Buffer | null> {
  const chunk = socket.read() as Buffer | null
  if (chunk !== null) {
    socket.unshift(chunk)
    return chunk
  }
  await readable(socket, timeoutMs)
  const late = socket.read() as Buffer | null
  if (late !== null) socket.unshift(late)
  return late
}

/** Takes exactly `length` bytes of a paused socket; null when it ends before. The caller bounds the time. */
export async function take(socket: Socket, length: number): Promise<Buffer | null> {
  let held = Buffer.alloc(0)
  while (held.length < length && !socket.destroyed && !socket.readableEnded) {
    // All of it: a socket that still holds bytes would say at once, and for ever, that it is readable.
    const chunk = socket.read() as Buffer | null
    if (chunk === null) await readable(socket)
    else held = Buffer.concat([held, chunk])
  }
  if (held.length < length) return null
  if (held.length > length) socket.unshift(held.subarray(length))
  return held.subarray(0, length)
}

/** What somebody who connects begins to speak, by the first byte: a TLS handshake record, SOCKS version 5, else HTTP. */
export type Spoken = 'tls' | 'socks' | 'http'

export const spokenIn = (first: Buffer): Spoken => (first[0] === 0x16 ? 'tls' : first[0] === 5 ? 'socks' : 'http')

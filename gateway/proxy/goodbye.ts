import type { Socket } from 'node:net'

/** Lets the tester read the last page before the connection goes: what it still sends is read and dropped for a moment. */
export async function sayGoodbye(socket: Socket, withinMs: number): Promise<void> {
  if (socket.destroyed) return
  socket.removeAllListeners('data')
  socket.resume()
  socket.end()
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, withinMs)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    socket.once('end', () => socket.destroySoon())
    if (socket.readableEnded) socket.destroySoon()
  })
}

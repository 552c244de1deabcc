import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A cable on 127.0.0.1 between somebody and a server. Pulled, it neither delivers nor refuses anything: nobody is told. */
export type Cable = {
  readonly port: number
  pull(): void
  mend(): void
  close(): Promise<void>
}

export async function layCable(to: { readonly host: string; readonly port: number }): Promise<Cable> {
  let pulled = false
  const pairs = new Set<readonly [Socket, Socket]>()
  /** New connections of a pulled cable: their greeting is lost, and nothing answers. */
  const halves = new Set<Socket>()
  const join = (here: Socket): void => {
    const there = connect(to)
    const pair = [here, there] as const
    pairs.add(pair)
    for (const [from, other] of [pair, [there, here] as const]) {
      from.on('data', (bytes: Buffer) => void other.write(bytes))
      from.on('error', () => undefined)
      from.on('close', () => {
        pairs.delete(pair)
        // The end of a connection is a packet too.
        if (!pulled) other.destroy()
      })
    }
    if (pulled) for (const one of pair) one.pause()
  }
  const server = createServer((here) => {
    here.on('error', () => undefined)
    if (!pulled) return join(here)
    here.pause()
    halves.add(here)
    here.on('close', () => halves.delete(here))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    pull() {
      pulled = true
      for (const pair of pairs) for (const one of pair) one.pause()
    },
    mend() {
      pulled = false
      for (const here of halves) join(here)
      halves.clear()
      for (const [here, there] of pairs) {
        // Whoever has gone meanwhile is missed now.
        if (here.destroyed || there.destroyed) for (const one of [here, there]) one.destroy()
        else for (const one of [here, there]) one.resume()
      }
    },
    async close() {
      for (const one of [...halves, ...[...pairs].flat()]) one.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

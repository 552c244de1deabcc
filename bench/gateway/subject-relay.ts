import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { keepOn } from './machine.ts'

/** A CONNECT relay of a few lines on node:net: what passing bytes on costs in this runtime at least. */
export async function startRelay(): Promise<{ port: number; pid: number; end(): void }> {
  const child = fork(import.meta.filename, ['serve'])
  const [port] = (await once(child, 'message')) as [number]
  keepOn('subject', child.pid)
  return { port, pid: child.pid ?? 0, end: () => child.kill('SIGKILL') }
}

if (process.argv[2] === 'serve') {
  const server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => client.destroy())
    client.once('data', (head: Buffer) => {
      const port = Number(/:(\d+) /.exec(head.toString('latin1'))?.[1])
      const upstream = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n')
        client.pipe(upstream).pipe(client)
      })
      upstream.on('error', () => client.destroy())
    })
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port))
}

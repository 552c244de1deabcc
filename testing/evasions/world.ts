import { execFileSync } from 'node:child_process'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { namesFrom } from '@zhongheng/gateway/proxy/name-service.ts'
import { makeAuthority, makeLeaf, Scene } from '@zhongheng/gateway/testing/scene.ts'
import { startNameServer } from '../names/name-server.ts'
import { at, openPorts } from './addresses.ts'
import { lyingRecords } from './further-attempts.ts'

/** What was seen on the wire so far. */
export type Seen = {
  /** Packets to or from anything but gateway, name service and the scope's own addresses and ports. */
  readonly foreign: number
  /** Packets to the scope's addresses and ports. */
  readonly inside: number
  /** Connections that were opened to the gateway's port, by whomever. */
  readonly toGateway: number
}

export type World = {
  readonly scene: Scene
  seen(): Seen
  docsPaths(): readonly string[]
  adminPaths(): readonly string[]
  close(): Promise<void>
}

/** Percent signs read as often as anybody might. */
function unfolded(text: string): string {
  const next = text.replace(/%u?(?:00)?([0-7][0-9a-f])/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return next === text ? text : unfolded(next)
}

/** Loopback up, every address local, a counter on every packet. To be called in a network namespace of one's own. */
export async function openWorld(): Promise<World> {
  const ip = (...args: string[]): Buffer => execFileSync('ip', args)
  ip('link', 'set', 'lo', 'up')
  ip('route', 'add', 'local', '0.0.0.0/0', 'dev', 'lo')
  ip('-6', 'route', 'add', 'local', '::/0', 'dev', 'lo')

  let turn = 0
  const takingTurns = (first: string, then: string) => () => ({ a: [turn++ % 2 === 0 ? first : then] })
  const names = await startNameServer({
    'shop.example': { a: [at.shop], aaaa: [at.shop6] },
    'api.shop.example': { a: [at.shop] },
    'pay.shop.example': { a: [at.foreign] },
    'vault.example': { a: [at.shop] },
    'docs.example': { a: [at.docs] },
    'foreign.example': { a: [at.foreign], aaaa: [at.foreign6] },
    'localhost.shop.example': { a: ['127.0.0.1'] },
    'six.shop.example': { aaaa: ['::1'] },
    'mapped.shop.example': { aaaa: ['::ffff:7f00:1'] },
    'nat64.shop.example': { aaaa: ['64:ff9b::a9fe:a9fe'] },
    'metadata.shop.example': { a: ['169.254.169.254'] },
    'alibaba.shop.example': { a: ['100.100.100.200'] },
    'inner.shop.example': { a: ['10.0.0.5'] },
    'router.shop.example': { a: ['192.168.1.1'] },
    'shared.shop.example': { a: ['100.64.0.1'] },
    'unspecified.shop.example': { a: ['0.0.0.0'] },
    'broadcast.shop.example': { a: ['255.255.255.255'] },
    'group.shop.example': { a: ['224.0.0.1'] },
    'ula.shop.example': { aaaa: ['fd00::1'] },
    'linklocal.shop.example': { aaaa: ['fe80::1'] },
    'mixed.shop.example': { a: [at.shop, '127.0.0.1'] },
    'mixed6.shop.example': { a: [at.shop], aaaa: ['::1'] },
    ...lyingRecords,
    'rebind.shop.example': takingTurns(at.shop, '127.0.0.1'),
    'rebind2.shop.example': takingTurns('10.0.0.5', at.shop),
  })
  const scene = await Scene.open({
    inside: [
      ...['shop.example', '*.shop.example'].flatMap((host) => openPorts.map((port) => `${host}:${port}`)),
      ...openPorts.map((port) => `${at.shop}:${port}`),
      'vault.example:443 @tunnel',
      'http://docs.example/open',
    ],
    outside: ['pay.shop.example', 'shop.example/admin'],
    pins: {},
    resolve: namesFrom([names.address]),
    patience: { dial: 500 },
  })
  const gateway = scene.gateway.port
  const nameService = Number(names.address.split(':')[1])
  const ports = openPorts.join(', ')
  const side = (family: 'ip' | 'ip6', end: 'daddr' | 'saddr', addresses: string, list: string): string =>
    `${family} ${end} { ${addresses} } tcp ${end === 'daddr' ? 'dport' : 'sport'} { ${list} } counter name inside accept`
  execFileSync('nft', ['-f', '-'], {
    input: `table inet watch {
      counter foreign {}
      counter inside {}
      counter gateway {}
      chain out {
        type filter hook output priority 0;
        ip daddr 127.0.0.1 tcp dport ${gateway} tcp flags & (syn|ack) == syn counter name gateway accept
        ip daddr 127.0.0.1 tcp dport ${gateway} accept
        ip saddr 127.0.0.1 tcp sport ${gateway} accept
        ip daddr 127.0.0.1 udp dport ${nameService} accept
        ip saddr 127.0.0.1 udp sport ${nameService} accept
        ${side('ip', 'daddr', at.shop, ports)}
        ${side('ip', 'saddr', at.shop, ports)}
        ${side('ip6', 'daddr', at.shop6, ports)}
        ${side('ip6', 'saddr', at.shop6, ports)}
        ${side('ip', 'daddr', at.docs, '80')}
        ${side('ip', 'saddr', at.docs, '80')}
        counter name foreign
      }
    }`,
  })

  // Whoever is fooled gets an answer: servers on every address, so that a gap shows as a success and not as an error.
  const authority = await makeAuthority('Somebody else')
  const leaf = await makeLeaf(authority, ['foreign.example', 'shop.example'])
  const paths: string[] = []
  const adminPaths: string[] = []
  const closers: (() => void)[] = []
  const serve = (socket: Socket): void => {
    socket.on('error', () => socket.destroy())
    let head = ''
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      const [line = '', target = ''] = /^\S+ (\S+)/.exec(head) ?? []
      const again = /^x-(?:original|rewrite|override)-ur[li]:[ \t]*(\S+)/im.exec(head)?.[1] ?? '/open'
      if (line !== '' && socket.localAddress === at.docs) paths.push(target, again)
      else if (/admin/i.test(unfolded(`${target} ${again}`))) adminPaths.push(`${target} ${again}`)
      head = ''
      const where = /\/redirect-to\?(\S+)/.exec(target)?.[1]
      socket.end(
        where === undefined
          ? 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere'
          : `HTTP/1.1 302 Found\r\nLocation: ${decodeURIComponent(where)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      )
    })
  }
  for (const port of [80, 8000, 8080, 443]) {
    const server =
      port === 443 ? createTlsServer({ cert: leaf.certificate, key: leaf.key }, serve) : createServer(serve)
    await new Promise<void>((done, failed) => server.once('error', failed).listen(port, '::', done))
    closers.push(() => server.close())
  }
  return {
    scene,
    docsPaths: () => paths,
    adminPaths: () => adminPaths,
    seen() {
      const listed = JSON.parse(execFileSync('nft', ['-j', 'list', 'counters']).toString()) as {
        nftables: { counter?: { name: string; packets: number } }[]
      }
      const count = (name: string): number =>
        listed.nftables.find((one) => one.counter?.name === name)?.counter?.packets ?? -1
      return { foreign: count('foreign'), inside: count('inside'), toGateway: count('gateway') }
    },
    async close() {
      for (const close of closers) close()
      names.close()
      await scene.close()
    },
  }
}

import { at } from './addresses.ts'
import type { Attempt } from './attempts.ts'

/** Hosts outside the scope in rarer ways of writing: other digits and dots, signs nobody sees, addresses that carry an address. */
const rareHosts: readonly string[] = [
  'foreign\uff61example',
  'foreign\u2024example',
  'ⓕⓞⓡⓔⓘⓖⓝ.example',
  'for\u200deign.example',
  'for\u200beign.example',
  'for\u2060eign.example',
  '\ufefforeign.example',
  'fore\u00adign.example',
  'foreign.example\u3002',
  'foreign.example%2e',
  'foreign.example%00',
  'foreign.exam\u2044ple',
  'foreign.example\u202e',
  'foreign.ex\u0430mple',
  'foreign.\u212bxample',
  'xn--foreign-.example',
  'foreign.example.:80',
  '①⑨⑧.⑤①.①⓪⓪.⑥⑥',
  '198.51.100.66\u200b',
  '198\uff0e51\uff0e100\uff0e66',
  '198.51.100.066',
  '198.51.100.66%2f',
  '+198.51.100.66',
  '198.51.0x6442',
  '0xC6.51.25666',
  '00000306.51.100.66',
  '0x00000000c6336442',
  '7620333634',
  '[::ffff:0:c633:6442]',
  '[64:ff9b:1::c633:6442]',
  '[2001:0:c633:6442::1]',
  '[2001:db8::5efe:c633:6442]',
  '[2001:db8::200:5efe:c633:6442]',
  '[::FFFF:C633:6442]',
  '[0:0:0:0:0:FFFF:198.51.100.66]',
  '[::ffff:198.51.100.66%25eth0]',
  '[fe80::1%25eth0]',
  '[fe80::1%eth0]',
  '[2001:db8:f::66]:80',
  '[2001:db8:f::66',
  '2001:db8:f::66]',
  '[[2001:db8:f::66]]',
  '[v1.foreign]',
  '[2001:DB8:F::66]',
  '[2001:db8:f:0:0:0:0:66]',
  '[2001:db8:f::0.0.0.102]',
  '127.0.0.1.shop.example',
  '127.0.0.1%2eshop.example',
  'localhost%00.shop.example',
  'shop.example.localhost',
  'ip6-localhost',
  'heng.gateway.foreign.example',
  'heng.gateway.',
  '0177.1',
  '127.000.000.001',
  '[::0]',
  '[0::0:1]',
  '[::1%25lo]',
  '[::ffff:0.0.0.0]',
  '[fec0::1]',
  '[ff05::2]',
  '[100::1]',
  '0.1.2.3',
  '240.0.0.1',
  '192.0.0.8',
]

/** Names of the scope that lead elsewhere: through another name, inside an address, or last of many. */
export const lyingRecords = {
  'cname.shop.example': { cname: 'inner.elsewhere.example', a: ['10.0.0.5'] },
  'cname-loop.shop.example': { cname: 'loopback.elsewhere.example', a: ['127.0.0.1'] },
  'cname-meta.shop.example': { cname: 'metadata.elsewhere.example', a: ['169.254.169.254'] },
  'sixtofour.shop.example': { aaaa: ['2002:7f00:1::1'] },
  'teredo.shop.example': { aaaa: ['2001:0:a9fe:a9fe::1'] },
  'teredo-client.shop.example': { aaaa: ['2001:0:c000:20a::80ff:fffe'] },
  'isatap.shop.example': { aaaa: ['2001:db8:0:0:0:5efe:7f00:1'] },
  'isatap-global.shop.example': { aaaa: ['2001:db8:0:0:200:5efe:a00:5'] },
  'nat64-local.shop.example': { aaaa: ['64:ff9b:1::7f00:1'] },
  'compatible.shop.example': { aaaa: ['::7f00:1'] },
  'translated.shop.example': { aaaa: ['::ffff:0:7f00:1'] },
  'site.shop.example': { aaaa: ['fec0::1'] },
  'group6.shop.example': { aaaa: ['ff02::1'] },
  'aws6.shop.example': { aaaa: ['fd00:ec2::254'] },
  'discard.shop.example': { aaaa: ['100::1'] },
  'any6.shop.example': { aaaa: ['::'] },
  'this-net.shop.example': { a: ['0.1.2.3'] },
  'loop2.shop.example': { a: ['127.9.9.9'] },
  'reserved.shop.example': { a: ['240.0.0.1'] },
  'benchmark.shop.example': { a: ['198.18.0.1'] },
  'azure.shop.example': { a: ['168.63.129.16'] },
  'oracle.shop.example': { a: ['192.0.0.192'] },
  'ecs.shop.example': { a: ['169.254.170.2'] },
  'link4.shop.example': { a: ['169.254.1.1'] },
  'inner172.shop.example': { a: ['172.31.255.254'] },
  'many.shop.example': { a: [...Array.from({ length: 20 }, () => at.shop), '127.0.0.1'] },
  'many6.shop.example': { a: [at.shop], aaaa: [at.shop6, at.shop6, '2002:a00:5::1'] },
} as const

/** What some reader takes for the excluded `/admin`. */
const excludedPaths: readonly string[] = [
  '/admin',
  '/ADMIN',
  '/Admin/users',
  '/%61dmin',
  '/a%64min/x',
  '/%2561dmin',
  '/%25%36%31dmin',
  '/%u0061dmin',
  '//admin',
  '///admin//x',
  '/./admin',
  '/%2e/admin',
  '/.%2fadmin',
  '/x/../admin',
  '/x/%2e%2e/admin',
  '/x/..%2fadmin',
  '/x/%252e%252e/admin',
  '/x/..;/admin',
  '/x/..;a=b/admin',
  '/x;/../admin',
  '/;/admin',
  '/.;/admin',
  '/admin;x=1',
  '/admin;/x',
  '/admin/',
  '/admin/.',
  '/admin.',
  '/admin%20',
  '/admin%2f',
  '/admin%2fusers',
  '/admin%5cusers',
  '/\\admin',
  '/%5cadmin',
  '/x\\..\\admin',
  '/admin%00',
  '/admin%00.png',
  '/admin%09',
  '/admin%3fx',
  '/admin%23x',
  '/admin?x',
  '/admin#x',
  '/%c1%a1dmin',
  '/%c0%af/admin',
  '/x/%c0%ae%c0%ae/admin',
]

/** The path that a request names again in a field, and how it is carried. */
const pathsInFields: readonly string[] = [
  '/secret',
  'secret',
  '/SECRET/x',
  '/open/../secret',
  '/open/%2e%2e/secret',
  '/open/..;/secret',
  '//docs.example/secret',
  'http://docs.example/secret',
  'https://foreign.example/secret',
  ' /secret',
  '/%73ecret',
  '/',
]

const byName = (name: Buffer, port: number): Buffer =>
  Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([port >> 8, port & 255])])

/** A second list, of ways that the first one leaves out. */
export function furtherAttempts(basic: string): readonly Attempt[] {
  const auth = `Proxy-Authorization: Basic ${basic}\r\n`
  const all: Attempt[] = []
  const add = (name: string, run: Attempt['run']): void => {
    all.push({ name, run })
  }
  const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
  for (const written of rareHosts) {
    const host = utf8(written)
    const shown = JSON.stringify(written)
    add(`rare: forward to ${shown}`, (send) => send.raw(`GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n${auth}\r\n`))
    add(`rare: CONNECT to ${shown}`, (send) => send.tunnel(`${host}:80`, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`))
    add(`rare: SOCKS by name to ${shown}`, (send) =>
      send.socks(
        byName(Buffer.from(written.replace(/^\[|\]$/g, '')), 80),
        'GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n',
      ),
    )
    add(`rare: Host ${shown} in the shop’s tunnel`, (send) =>
      send.tls('shop.example:443', 'shop.example', `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    )
  }
  // Each that is refused waits for its time; of the notations a part stands for all.
  for (const written of rareHosts.slice(0, 20))
    add(`rare: authority ${JSON.stringify(written)} over HTTP/2`, (send) =>
      send.h2('shop.example:443', { ':path': '/', ':authority': utf8(written) }),
    )
  for (const host of Object.keys(lyingRecords)) {
    add(`${host} by its records`, (send) => send.raw(`GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n${auth}\r\n`))
    add(`${host} by its records, in a tunnel`, (send) =>
      send.tunnel(`${host}:80`, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    )
    add(`${host} by its records, under TLS`, (send) =>
      send.tls(`${host}:443`, host, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    )
    add(`${host} by its records, by SOCKS`, (send) =>
      send.socks(byName(Buffer.from(host), 80), `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    )
  }
  for (const path of excludedPaths) {
    add(`excluded path ${path}`, (send) =>
      send.raw(`GET http://shop.example${path} HTTP/1.1\r\nHost: shop.example\r\n${auth}\r\n`),
    )
    add(`excluded path ${path} in TLS`, (send) =>
      send.tls('shop.example:443', 'shop.example', `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n\r\n`),
    )
    add(`excluded path ${path} by SOCKS`, (send) =>
      send.socks(byName(Buffer.from('shop.example'), 80), `GET ${path} HTTP/1.1\r\nHost: shop.example\r\n\r\n`),
    )
  }
  for (const field of ['X-Original-URL', 'x-rewrite-url', 'X-Override-URL', 'X-ORIGINAL-URI'])
    for (const path of pathsInFields) {
      const head = (target: string, proxy: string): string =>
        `GET ${target} HTTP/1.1\r\nHost: docs.example\r\n${field}: ${path}\r\n${proxy}\r\n`
      add(`${field} says ${path}`, (send) => send.raw(head('http://docs.example/open', auth)))
      add(`${field} says ${path} in a tunnel`, (send) => send.tunnel('docs.example:80', head('/open', '')))
    }
  frames(add, auth)
  return all
}

type Add = (name: string, run: Attempt['run']) => void

/** Beginnings, upgrades and dialogues that two readers read differently. */
function frames(add: Add, auth: string): void {
  const foreign = 'foreign.example'
  for (const target of [
    `http://${foreign}:80/`,
    `https://${foreign}`,
    `//${foreign}`,
    `/${foreign}`,
    `${foreign}`,
    `${foreign}:80/`,
    `${foreign}:80?`,
    `${foreign}:80#shop.example:80`,
    `shop.example:80@${foreign}:80`,
    `shop.example:80,${foreign}:80`,
    `shop.example:80 ${foreign}:80`,
    '*',
    '',
  ])
    add(`CONNECT with the target ${JSON.stringify(target)}`, (send) =>
      send.raw(
        `CONNECT ${target} HTTP/1.1\r\nHost: ${foreign}:80\r\n${auth}\r\n`,
        `GET / HTTP/1.1\r\nHost: ${foreign}\r\n\r\n`,
      ),
    )
  const connect = `CONNECT shop.example:80 HTTP/1.1\r\nHost: shop.example:80\r\n${auth}\r\n`
  const inner = `GET / HTTP/1.1\r\nHost: ${foreign}\r\n\r\n`
  add('CONNECT and a foreign request in one piece', (send) => send.raw(connect + inner))
  add('CONNECT and a second CONNECT in one piece', (send) =>
    send.raw(connect + connect.replaceAll('shop.example', foreign)),
  )
  add('CONNECT with a body that is a request', (send) =>
    send.raw(connect.replace('\r\n\r\n', `\r\nContent-Length: ${inner.length}\r\n\r\n`) + inner),
  )
  add('CONNECT over HTTP/1.0', (send) => send.raw(connect.replace('1.1', '1.0').replaceAll('shop.example', foreign)))
  for (const upgrade of ['h2c', 'websocket\r\nUpgrade: h2c', 'TLS/1.0', 'connect-udp', 'connect-ip', 'HTTP/2.0'])
    add(`upgrade to ${JSON.stringify(upgrade)}, then a foreign request`, (send) =>
      send.raw(
        `GET http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n${auth}\r\n`,
        `GET http://${foreign}/ HTTP/1.1\r\nHost: ${foreign}\r\n${auth}\r\n`,
      ),
    )
  for (const protocol of ['connect-udp', 'connect-ip', 'websocket', 'connect-tcp'])
    add(`extended CONNECT for ${protocol}`, (send) =>
      send.h2('shop.example:443', {
        ':method': 'CONNECT',
        ':protocol': protocol,
        ':scheme': 'https',
        ':authority': 'shop.example',
        ':path': `/.well-known/masque/udp/${at.foreign}/53/`,
        'capsule-protocol': '?1',
      }),
    )
  for (const [name, fields] of [
    ['api.shop.example of the same scope', { ':path': '/', ':authority': 'api.shop.example' }],
    ['userinfo', { ':path': '/', ':authority': `shop.example@${foreign}` }],
    ['another port', { ':path': '/', ':authority': 'shop.example:8080' }],
    ['no authority and a foreign host', { ':path': '/', ':authority': '', host: foreign }],
    ['scheme http', { ':path': '/', ':authority': 'shop.example', ':scheme': 'http' }],
    ['scheme ftp', { ':path': '/', ':authority': 'shop.example', ':scheme': 'ftp' }],
    ['a path of two slashes', { ':path': `//${foreign}/`, ':authority': 'shop.example' }],
    ['the path *', { ':path': '*', ':authority': 'shop.example' }],
    ['a path of the excluded', { ':path': '/admin', ':authority': 'shop.example' }],
    ['a path said again', { ':path': '/', ':authority': 'shop.example', 'x-original-url': '/admin' }],
    ['x-forwarded-host', { ':path': '/', ':authority': 'shop.example', 'x-forwarded-host': foreign }],
  ] as readonly (readonly [string, Record<string, string>])[])
    add(`HTTP/2 with ${name}`, (send) => send.h2('shop.example:443', fields))
  const greeting = Buffer.from([5, 1, 2])
  add('SOCKS without an account', (send) => send.raw(Buffer.from([5, 1, 0]), byName(Buffer.from('shop.example'), 80)))
  add('SOCKS with every method offered', (send) =>
    send.raw(Buffer.from([5, 3, 0, 1, 2]), byName(Buffer.from(foreign), 80)),
  )
  add('SOCKS in one piece, before it was answered', (send) =>
    send.raw(Buffer.concat([greeting, Buffer.from([1, 1, 0x6c, 1, 0x6c]), byName(Buffer.from(foreign), 80)])),
  )
  for (const reserved of [1, 127, 255])
    add(`SOCKS with ${reserved} where nothing belongs`, (send) =>
      send.socks(Buffer.from([5, 1, reserved, 1, 198, 51, 100, 66, 0, 80]), inner),
    )
  for (const type of [0, 2, 5, 255])
    add(`SOCKS with the address type ${type}`, (send) =>
      send.socks(Buffer.from([5, 1, 0, type, 198, 51, 100, 66, 0, 80]), inner),
    )
  add('SOCKS to port 0', (send) => send.socks(byName(Buffer.from('shop.example'), 0), inner))
  add('SOCKS twice in one tunnel', (send) =>
    send.socks(byName(Buffer.from('shop.example'), 80), greeting, byName(Buffer.from(foreign), 80), inner),
  )
  add('SOCKS byte by byte to a foreign name', (send) =>
    send.socks(...([...byName(Buffer.from(foreign), 80)].map((byte) => Buffer.from([byte])) as [Buffer])),
  )
  for (const [name, body] of [
    ['a chunk of a size beyond numbers', `ffffffffffffffffff\r\n${inner}`],
    ['a chunk with a quoted line end', `0;x="\r\n\r\n${inner}"\r\n\r\n`],
    ['a chunk ended by LF', `5\nhello\n0\n\n${inner}`],
    ['a chunk with a blank before its size', ` 5\r\nhello\r\n0\r\n\r\n${inner}`],
    ['a negative chunk', `-1\r\n${inner}`],
    ['trailers that frame', `0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n${inner}`],
    ['trailers that name a host', `0\r\nHost: ${foreign}\r\n\r\n`],
  ] as const)
    add(`body: ${name}`, (send) =>
      send.raw(
        `POST http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\n${auth}Transfer-Encoding: chunked\r\n\r\n${body}`,
      ),
    )
  for (const field of [
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: "chunked"',
    'Transfer-Encoding: chunked;x=1',
    'Transfer-Encoding:\x0bchunked',
    'Transfer_Encoding: chunked\r\nTransfer-Encoding:',
    'Content-Length: 0x10',
    'Content-Length: 1e1',
    'Content-Length: 99999999999999999999',
    'Content-Length:',
    'Content-Length: 5 5',
    'Proxy-Connection: keep-alive, host',
    'Connection: host',
    'Connection: content-length',
  ])
    add(`framed by ${JSON.stringify(field)}`, (send) =>
      send.raw(
        `POST http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\n${auth}${field}\r\n\r\nGET http://${foreign}/ HTTP/1.1\r\nHost: ${foreign}\r\n${auth}\r\n`,
      ),
    )
}

import { at } from './addresses.ts'
import type { Send } from './send.ts'

/** One try to make the gateway send something where its tester may not. */
export type Attempt = { readonly name: string; readonly run: (send: Send) => Promise<string> }

/** Hosts that are not in the scope, in every way of writing them that some parser somewhere accepts. */
const foreignHosts: readonly string[] = [
  'foreign.example',
  'FOREIGN.example',
  'foreign.example.',
  'foreign%2eexample',
  'foreign。example',
  'foreign．example',
  'ｆｏｒｅｉｇｎ.example',
  'shop.example.foreign.example',
  'shopexample',
  'xn--shop-.example',
  'sho\u0440.example',
  'notshop.example',
  'pay.shop.example',
  'PAY.SHOP.EXAMPLE.',
  'pay。shop。example',
  'pay%2eshop%2eexample',
  'vault.example.foreign.example',
  at.foreign,
  '198.051.100.066',
  '0xc6336442',
  '0xc6.0x33.0x64.0x42',
  '0306.063.0144.0102',
  '3325256770',
  '198.3367490',
  '198.51.25666',
  '198.51.100.66.',
  '198.51.100.066',
  '１９８.51.100.66',
  '198。51。100。66',
  '4294967295',
  '256.256.256.256',
  `[${at.foreign6}]`,
  '[::ffff:198.51.100.66]',
  '[::ffff:c633:6442]',
  '[::198.51.100.66]',
  '[64:ff9b::c633:6442]',
  '[2002:c633:6442::1]',
  '[0:0:0:0:0:ffff:c633:6442]',
  '[2001:db8:f::66%25lo]',
  '[2001:db8:f::66%lo]',
  '2001:db8:f::66',
  'localhost',
  'LOCALHOST.',
  'localhost.localdomain',
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '0',
  '0.0.0.0',
  '0x7f000001',
  '2130706433',
  '017700000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '127.127.127.127',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0000::0001]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[fe80::1]',
  '[fe80::1%25lo]',
  '[fd00::1]',
  '[ff02::1]',
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '169.254.43518',
  '0251.0376.0251.0376',
  '[::ffff:169.254.169.254]',
  '[fd00:ec2::254]',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'metadata.google.internal',
  '10.0.0.5',
  '10.5',
  '172.16.0.1',
  '192.168.1.1',
  '192.168.257',
  '100.64.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '192.0.2.11',
  '192.0.2.9',
  '192.0.522',
  '3221225995',
]

/** Names of the scope whose addresses are not to be dialled. */
const lyingNames: readonly string[] = [
  'localhost',
  'six',
  'mapped',
  'nat64',
  'metadata',
  'alibaba',
  'inner',
  'router',
  'shared',
  'unspecified',
  'broadcast',
  'group',
  'ula',
  'linklocal',
  'mixed',
  'mixed6',
].map((label) => `${label}.shop.example`)

/** Authorities that read as the scope's host to one parser and as another host to the next. */
const doubleTongued: readonly string[] = [
  'shop.example@foreign.example',
  'foreign.example@shop.example',
  'shop.example:80@foreign.example',
  'foreign.example#@shop.example',
  'shop.example#@foreign.example',
  'shop.example%23@foreign.example',
  'shop.example\\@foreign.example',
  'foreign.example\\.shop.example',
  'shop.example%00.foreign.example',
  'foreign.example%00.shop.example',
  'shop.example\x00.foreign.example',
  'shop.example\tforeign.example',
  'shop.example%20foreign.example',
  'shop.example,foreign.example',
  'shop.example;foreign.example',
  'shop.example/.foreign.example',
  'foreign.example%2f.shop.example',
  'foreign.example%5c.shop.example',
  'foreign.example?.shop.example',
  '[shop.example]',
  '[foreign.example]',
  'shop.example:80:443',
  'shop.example:+80',
  'shop.example:0x50',
  'shop.example:65616',
  'shop.example:-1',
  'shop.example:080',
  'shop.example:８０',
  'shop.example:',
  ':80',
  '*.shop.example',
  '_.foreign.example',
  'foreign.example_.shop.example',
  '-.shop.example..',
  'foreign.example..shop.example',
  '.shop.example',
  'shop.example..',
  'foreign.example\u00ad',
  'shop\u200b.example',
]

/** Ports beside those of the scope, on its very host. */
const otherPorts = [1, 22, 79, 81, 444, 3306, 8001, 8080, 65535] as const

const pathTricks: readonly string[] = [
  '/secret',
  '/open/../secret',
  '/open/%2e%2e/secret',
  '/open/..%2fsecret',
  '/open/%2e%2e%2fsecret',
  '/open/..;/secret',
  '/open/..\\secret',
  '/open/%5c..%5csecret',
  '/open//../../secret',
  '/open/./../secret',
  '/opensecret',
  '/open%00/../secret',
  '/OPEN',
  '/%6fpen/../secret',
  '//docs.example/secret',
  '/open/%252e%252e/secret',
  '/.//open/../secret',
  '/open/.%2e/secret',
  '/open/%c0%ae%c0%ae/secret',
  '/open/..%c0%afsecret',
  '/open/%u002e%u002e/secret',
  '/open/..%00/secret',
  '/open?/../../secret/..',
  '/open#/../secret',
  '/open/..',
  '/open/%2e%2e',
  '/',
  '*',
]

/** All of them, with what carries them; none may cost a packet outside. Those whose name says curl open as many connections as curl likes. */
export function attempts(basic: string, gatewayPort: number): readonly Attempt[] {
  const auth = `Proxy-Authorization: Basic ${basic}\r\n`
  const absolute = (url: string, host: string, more = ''): string =>
    `GET ${url} HTTP/1.1\r\nHost: ${host}\r\n${auth}${more}\r\n`
  const all: Attempt[] = []
  const add = (name: string, run: Attempt['run']): void => {
    all.push({ name, run })
  }
  for (const host of foreignHosts) {
    add(`forward to ${host}`, (send) => send.raw(absolute(`http://${host}/`, host)))
    add(`CONNECT to ${host}`, (send) => send.tls(`${host}:443`, null, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`))
    add(`SOCKS by name to ${host}`, (send) =>
      send.socks(byName(host.replace(/^\[|\]$/g, ''), 8000), `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    )
    add(`foreign Host ${host} under an address of the scope`, (send) =>
      send.raw(`GET http://${host}/ HTTP/1.1\r\nHost: shop.example\r\n${auth}\r\n`),
    )
  }
  for (const host of ['127.0.0.1', 'localhost', 'localhost.shop.example', '[::ffff:127.0.0.1]', '0.0.0.0']) {
    const self = `${host}:${gatewayPort}`
    add(`the gateway itself as ${host}`, (send) => send.raw(absolute(`http://${self}/lease`, self)))
    add(`the gateway itself as ${host}, in a tunnel`, (send) => send.tunnel(self, absolute(`http://${self}/`, self)))
  }
  for (const host of lyingNames) {
    add(`${host} by what its name resolves to`, (send) => send.raw(absolute(`http://${host}/`, host)))
    add(`${host} by what its name resolves to, in a tunnel`, (send) =>
      send.tls(`${host}:443`, host, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    )
  }
  for (const host of ['rebind.shop.example', 'rebind2.shop.example']) {
    for (let round = 0; round < 6; round++) {
      add(`${host} that changes its mind, round ${round}`, (send) => send.raw(absolute(`http://${host}/`, host)))
      add(`${host} that changes its mind inside a tunnel, round ${round}`, (send) =>
        send.tunnel(`${host}:80`, ...Array.from({ length: 3 }, () => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)),
      )
    }
  }
  for (const authority of doubleTongued) {
    const shown = JSON.stringify(authority)
    add(`forward to ${shown}`, (send) => send.raw(absolute(`http://${authority}/`, authority)))
    add(`forward to ${shown} with a good Host`, (send) => send.raw(absolute(`http://${authority}/`, 'shop.example')))
    add(`CONNECT to ${shown}`, (send) => send.tunnel(authority, `GET / HTTP/1.1\r\nHost: ${authority}\r\n\r\n`))
  }
  for (const port of otherPorts) {
    add(`port ${port} by forward`, (send) => send.raw(absolute(`http://shop.example:${port}/`, `shop.example:${port}`)))
    add(`port ${port} by CONNECT`, (send) => send.tunnel(`shop.example:${port}`, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
    add(`port ${port} by SOCKS`, (send) => send.socks(byName('shop.example', port), 'hello\r\n\r\n'))
    add(`port ${port} by Host only`, (send) => send.raw(absolute('http://shop.example/', `shop.example:${port}`)))
  }
  for (const path of pathTricks) {
    add(`path ${path} of docs.example`, (send) => send.raw(absolute(`http://docs.example${path}`, 'docs.example')))
    add(`path ${path} of docs.example in a tunnel`, (send) =>
      send.tunnel('docs.example:80', `GET ${path} HTTP/1.1\r\nHost: docs.example\r\n\r\n`),
    )
    add(`path ${path} of docs.example by curl`, (send) =>
      send.curl('--path-as-is', '--request-target', `http://docs.example${path}`, 'http://docs.example/open'),
    )
  }
  routeTricks(add, auth)
  socksTricks(add)
  smuggling(add, auth)
  byCurl(add)
  return all
}

type Add = (name: string, run: Attempt['run']) => void

/** Several places in one request name a host; they must name one. */
function routeTricks(add: Add, auth: string): void {
  const inner = (host: string, target = '/', more = ''): string =>
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`
  const foreign = 'foreign.example'
  for (const other of [
    foreign,
    at.foreign,
    '127.0.0.1',
    '169.254.169.254',
    'pay.shop.example',
    `${foreign}:443`,
    'shop.example.foreign.example',
  ]) {
    add(`tunnel to the shop, Host ${other} inside`, (send) =>
      send.tls('shop.example:443', 'shop.example', inner(other)),
    )
    add(`tunnel to the shop, server name ${other}`, (send) =>
      send.tls(
        'shop.example:443',
        /^[\d.]+$/.test(other) ? null : (other.split(':')[0] ?? null),
        inner('shop.example'),
      ),
    )
    add(`tunnel to the shop, whole address of ${other} inside`, (send) =>
      send.tls('shop.example:443', 'shop.example', inner('shop.example', `https://${other}/`)),
    )
    add(`a tunnel inside the tunnel, to ${other}`, (send) =>
      send.tls('shop.example:443', 'shop.example', `CONNECT ${other} HTTP/1.1\r\nHost: ${other}\r\n${auth}\r\n`),
    )
    add(`HTTP/2 to the shop, authority ${other}`, (send) =>
      send.h2('shop.example:443', { ':path': '/', ':authority': other, ':method': 'GET', ':scheme': 'https' }),
    )
    add(`HTTP/2 to the shop, host field ${other}`, (send) =>
      send.h2('shop.example:443', { ':path': '/', ':authority': 'shop.example', host: other }),
    )
    add(`HTTP/2 CONNECT to ${other}`, (send) =>
      send.h2('shop.example:443', { ':method': 'CONNECT', ':authority': other }),
    )
    add(`HTTP/2 path that is an address of ${other}`, (send) =>
      send.h2('shop.example:443', { ':path': `https://${other}/`, ':authority': 'shop.example' }),
    )
    add(`closed tunnel to the vault, server name ${other}`, (send) =>
      send.tls(
        'vault.example:443',
        /^[\d.]+$/.test(other) ? null : (other.split(':')[0] ?? null),
        inner('vault.example'),
      ),
    )
    add(`two Host lines, one ${other}`, (send) =>
      send.raw(`GET http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\nHost: ${other}\r\n${auth}\r\n`),
    )
    add(`no scheme, Host ${other}, as if the gateway were a web server`, (send) => send.raw(inner(other, '/', auth)))
    for (const field of [
      'X-Forwarded-Host',
      'Forwarded',
      'X-Original-URL',
      'X-Rewrite-URL',
      'Destination',
      'Alt-Used',
    ]) {
      add(`field ${field} naming ${other}`, (send) =>
        send.raw(
          `GET http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\n${field}: ${field === 'Forwarded' ? `host=${other}` : `http://${other}/`}\r\n${auth}\r\n`,
        ),
      )
    }
    add(`upgrade to WebSocket at ${other}`, (send) =>
      send.raw(
        `GET ws://${other}/ HTTP/1.1\r\nHost: ${other}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${auth}\r\n`,
      ),
    )
    for (const scheme of ['ftp', 'file', 'gopher', 'HTTP', 'https', 'ws+unix', 'http:/', '']) {
      add(`scheme ${scheme}: to ${other}`, (send) =>
        send.raw(`GET ${scheme}://${other}/ HTTP/1.1\r\nHost: ${other}\r\n${auth}\r\n`),
      )
    }
  }
}

const byName = (name: string, port: number): Buffer => {
  const bytes = Buffer.from(name)
  return Buffer.concat([Buffer.from([5, 1, 0, 3, bytes.length]), bytes, Buffer.from([port >> 8, port & 255])])
}
const byNumber = (type: 1 | 4, bytes: readonly number[], port: number): Buffer =>
  Buffer.from([5, 1, 0, type, ...bytes, port >> 8, port & 255])

function socksTricks(add: Add): void {
  const four: readonly (readonly [string, readonly number[]])[] = [
    ['foreign', [198, 51, 100, 66]],
    ['loopback', [127, 0, 0, 1]],
    ['metadata', [169, 254, 169, 254]],
    ['inner', [10, 0, 0, 5]],
    ['unspecified', [0, 0, 0, 0]],
    ['a neighbour', [192, 0, 2, 11]],
    ['broadcast', [255, 255, 255, 255]],
  ]
  for (const [name, bytes] of four) {
    add(`SOCKS to the ${name} address`, (send) =>
      send.socks(byNumber(1, bytes, 80), 'GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n'),
    )
    const mapped = [...Array.from({ length: 10 }, () => 0), 255, 255, ...bytes]
    add(`SOCKS to the ${name} address, mapped`, (send) =>
      send.socks(byNumber(4, mapped, 80), 'GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n'),
    )
    const nat64 = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ...bytes]
    add(`SOCKS to the ${name} address, translated`, (send) =>
      send.socks(byNumber(4, nat64, 80), 'GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n'),
    )
    const tail = Buffer.from([0, 80, ...bytes])
    add(`SOCKS4 to the ${name} address`, (send) =>
      send.raw(Buffer.concat([Buffer.from([4, 1]), tail, Buffer.from('li\0')]), 'GET / HTTP/1.1\r\n\r\n'),
    )
    add(`SOCKS BIND for the ${name} address`, (send) => send.socks(Buffer.from([5, 2, 0, 1, ...bytes, 0, 80])))
    add(`SOCKS UDP for the ${name} address`, (send) => send.socks(Buffer.from([5, 3, 0, 1, ...bytes, 0, 53])))
  }
  for (const host of ['foreign.example', '127.0.0.1', 'pay.shop.example']) {
    add(`SOCKS to the shop, then Host ${host}`, (send) =>
      send.socks(byName('shop.example', 80), `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    )
    add(`SOCKS to the shop, then a whole address of ${host}`, (send) =>
      send.socks(byName('shop.example', 80), `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    )
    add(`SOCKS4a to ${host}`, (send) =>
      send.raw(Buffer.concat([Buffer.from([4, 1, 0, 80, 0, 0, 0, 1]), Buffer.from(`li\0${host}\0`)]), 'x'),
    )
  }
  add('SOCKS name with a NUL inside', (send) => send.socks(byName('shop.example\0.foreign.example', 80), 'x'))
  add('SOCKS name of no length', (send) => send.socks(byName('', 80), 'x'))
}

/** A second request hidden in the first. */
function smuggling(add: Add, auth: string): void {
  const hidden = `GET http://foreign.example/ HTTP/1.1\r\nHost: foreign.example\r\n${auth}\r\n`
  const shop = (fields: string, body: string): string =>
    `POST http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\n${auth}${fields}\r\n${body}`
  const length = hidden.length
  const tries: readonly (readonly [string, string])[] = [
    ['pipelined', `GET http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\n${auth}\r\n${hidden}`],
    ['in a body of two lengths', shop(`Content-Length: 0\r\nContent-Length: ${length}\r\n`, hidden)],
    ['length against chunks', shop('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`)],
    ['chunks spelt oddly', shop('Content-Length: 0\r\nTransfer-Encoding: xchunked\r\n', hidden)],
    ['chunks by a tab', shop('Transfer-Encoding:\tchunked\r\nContent-Length: 0\r\n', `0\r\n\r\n${hidden}`)],
    ['chunks behind a space', shop('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${hidden}`)],
    ['chunks on a folded line', shop('X: a\r\n Transfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`)],
    ['chunks twice', shop('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', `0\r\n\r\n${hidden}`)],
    ['a bare line feed', `GET http://shop.example/ HTTP/1.1\nHost: foreign.example\n${auth}\n`],
    ['a length with a sign', shop(`Content-Length: +${length}\r\n`, hidden)],
    ['a length in octal', shop('Content-Length: 010\r\n', hidden)],
    ['a chunk of odd size', shop('Transfer-Encoding: chunked\r\n', `0x0\r\n\r\n${hidden}`)],
    ['after an extension', shop('Transfer-Encoding: chunked\r\n', `0;a="\r\n\r\n${hidden}`)],
    ['in trailers', shop('Transfer-Encoding: chunked\r\n', `0\r\nHost: foreign.example\r\n\r\n${hidden}`)],
    ['version nought', `GET http://foreign.example/\r\n${hidden}`],
    ['version two in words', `GET http://foreign.example/ HTTP/2.0\r\nHost: foreign.example\r\n${auth}\r\n`],
    [
      'a space in the address',
      `GET http://shop.example/ http://foreign.example/ HTTP/1.1\r\nHost: foreign.example\r\n${auth}\r\n`,
    ],
    ['an expected go-ahead', shop(`Expect: 100-continue\r\nContent-Length: ${length}\r\n`, hidden)],
    [
      'a line ended in a field',
      `GET http://shop.example/ HTTP/1.1\r\nHost: shop.example\rHost: foreign.example\r\n${auth}\r\n`,
    ],
    [
      'a prefix of the PROXY protocol',
      `PROXY TCP4 192.0.2.1 ${at.foreign} 1 80\r\nGET / HTTP/1.1\r\nHost: ${at.foreign}\r\n${auth}\r\n`,
    ],
    ['HTTP/2 without TLS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
    ['a wrong method', `C0NNECT foreign.example:80 HTTP/1.1\r\nHost: foreign.example:80\r\n${auth}\r\n`],
    ['CONNECT in small letters', `connect foreign.example:80 HTTP/1.1\r\nHost: foreign.example:80\r\n${auth}\r\n`],
  ]
  for (const [name, bytes] of tries) {
    add(`hidden request: ${name}`, (send) => send.raw(bytes))
    add(`hidden request in a tunnel: ${name}`, (send) =>
      send.tunnel('shop.example:80', bytes.replaceAll('http://shop.example', '')),
    )
  }
}

/** A real client that follows, resolves and overrides. */
function byCurl(add: Add): void {
  for (const where of [
    'http://foreign.example/',
    'https://foreign.example/',
    'http://127.0.0.1/',
    'http://169.254.169.254/latest/',
    '//foreign.example/',
    'http://pay.shop.example/',
    'http://shop.example:8080/',
    'http://docs.example/secret',
    'ftp://foreign.example/',
  ]) {
    add(`curl follows to ${where}`, (send) =>
      send.curl('-L', `http://shop.example/redirect-to?${encodeURIComponent(where)}`),
    )
    add(`curl follows to ${where} inside TLS`, (send) =>
      send.curl('-L', `https://shop.example/redirect-to?${encodeURIComponent(where)}`),
    )
  }
  add('curl with its own idea of the address', (send) =>
    send.curl('--connect-to', `shop.example:443:${at.foreign}:443`, 'https://shop.example/'),
  )
  add('curl with its own idea of the name', (send) =>
    send.curl('--resolve', `foreign.example:80:${at.shop}`, 'http://foreign.example/'),
  )
  add('curl with a foreign Host', (send) => send.curl('-H', 'Host: foreign.example', 'http://shop.example/'))
  add('curl with a foreign Host in TLS', (send) => send.curl('-H', 'Host: foreign.example', 'https://shop.example/'))
  add('curl with a wrong account', (send) => send.curl('-U', 'li:wrong', 'http://shop.example:9999/'))
}

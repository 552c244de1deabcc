import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { findProgram } from '@zhongheng/tools/demo/http-clients.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CapturedExchange } from './capture.ts'
import { curlCommand } from './curl.ts'
import {
  exchange,
  http2Side,
  overHttp2,
  overTls,
  packedPost,
  plainGet,
  refused,
  webSocket,
  written,
} from './fixtures/exchanges.ts'
import { readHar } from './fixtures/read-har.ts'
import { readWarc } from './fixtures/read-warc.ts'
import { writeCaptures } from './write-captures.ts'

const tshark = findProgram('tshark')
const curl = findProgram('curl')
const xmllint = findProgram('xmllint')

describe.skipIf(tshark === null)('pcapng, read by tshark', () => {
  let folder: string
  let files = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zh-capture-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  /** Lines of tab-separated fields of the packets that match. */
  async function read(file: Buffer, filter: string, fields: readonly string[]): Promise<string[][]> {
    // Read from a file: tshark does not take the socket that Node gives a child as its input.
    const path = join(folder, `${++files}.pcapng`)
    await writeFile(path, file)
    const child = spawn(tshark ?? '', [
      `-r${path}`,
      '-n2',
      `-Y${filter}`,
      '-Tfields',
      '-oip.check_checksum:TRUE',
      '-otcp.check_checksum:TRUE',
      ...fields.flatMap((field) => ['-e', field]),
    ])
    let out = ''
    for await (const part of child.stdout) out += String(part)
    return out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'))
  }
  it('holds each exchange as a TCP connection of its own whose requests and answers are HTTP', async () => {
    const file = await written('pcapng', [plainGet(), packedPost(), overTls()])
    expect(await read(file, 'http.request', ['http.request.method', 'http.request.uri', 'tcp.stream'])).toEqual([
      ['GET', '/search?q=%E4%BC%97&page=2', '0'],
      ['POST', '/api/orders', '1'],
      ['GET', '/secure', '2'],
    ])
    expect((await read(file, 'http.response', ['http.response.code'])).flat()).toEqual(['200', '201', '204'])
  })
  it('has right checksums and numbers: nothing is out of order, lost or malformed', async () => {
    const long = exchange(
      `PUT /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`,
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nodd',
      {},
      70_001,
    )
    const file = await written('pcapng', [plainGet(), overTls(), long, webSocket()])
    expect(
      await read(file, 'ip.checksum.status==0 || tcp.checksum.status==0 || tcp.analysis.flags || _ws.malformed', [
        'frame.number',
        '_ws.expert.message',
      ]),
    ).toEqual([])
    expect((await read(file, 'tcp.checksum.status==1', ['frame.number'])).length).toBeGreaterThan(40)
    expect(await read(file, 'http.request.method==PUT', ['http.content_length'])).toEqual([['300000']])
  })
  it('shows frames of HTTP/2 and of a WebSocket as such', async () => {
    const file = await written('pcapng', [overHttp2(), webSocket()])
    const heads = await read(file, 'http2.headers.path || http2.headers.status', [
      'http2.headers.path',
      'http2.headers.status',
    ])
    expect(heads).toEqual([
      ['/h2?x=1', ''],
      ['', '200'],
    ])
    expect((await read(file, 'websocket', ['websocket.opcode'])).flat().join()).toBe('1,8,1,2')
  })
  it('names exchange, address and tester in a comment, and leaves out what never left the gateway', async () => {
    const [one, two] = [overTls(), refused()]
    const file = await written('pcapng', [one, two])
    const [comments] = await read(file, 'frame.comment', ['frame.comment'])
    expect(comments?.[0]).toBe(`${one.row.exchangeId} https://shop.practice.test/secure 陈默`)
    expect(file.includes('bank.example')).toBe(false)
  })
})

describe.skipIf(curl === null)('the curl command', () => {
  /** Answers every request and keeps the bytes of each connection. */
  let server: Server
  let port: number
  const heard: Buffer[] = []
  beforeAll(async () => {
    server = createServer((socket) => {
      let bytes = Buffer.alloc(0)
      const at = heard.push(bytes) - 1
      socket.on('error', () => undefined)
      socket.on('data', (part) => {
        bytes = Buffer.concat([bytes, part])
        heard[at] = bytes
        const head = bytes.indexOf('\r\n\r\n')
        const length = Number(/content-length: (\d+)/i.exec(bytes.toString('latin1', 0, head))?.[1] ?? 0)
        if (head >= 0 && bytes.length >= head + 4 + length) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  async function sentAgain(bytes: Buffer): Promise<Buffer | undefined> {
    const one = exchange(bytes, '', { host: '127.0.0.1', port })
    const parts: Buffer[] = []
    for await (const piece of curlCommand(one, ' -s -q --noproxy "*"')) parts.push(Buffer.from(piece as string))
    heard.length = 0
    await shell(Buffer.concat(parts))
    return heard.at(-1)
  }
  function shell(script: Buffer): Promise<number | null> {
    const child = spawn('/bin/sh', ['-s'], { stdio: ['pipe', 'ignore', 'ignore'], env: { PATH: '/usr/bin:/bin' } })
    child.stdin.end(script)
    return new Promise((resolve) => child.on('close', resolve))
  }
  const head = (line: string, ...fields: string[]) => [line, `Host: 127.0.0.1:${port}`, ...fields, '', ''].join('\r\n')

  it.each([
    ['a plain one', (): string => head('GET /a?b=c HTTP/1.1', 'User-Agent: x/1', 'Accept: */*')],
    [
      'fields in an order of their own, some without value',
      () => head('GET / HTTP/1.1', 'X-Z: 1', 'x-a;b:2', 'X-Empty:', 'Accept: a', 'x-z:   3'),
    ],
    ['paths that a shell or curl would change', () => head(`GET /../a/./b/[1-3]{x,y}/'$(id)'/%zz?"&;|\\ HTTP/1.1`)],
    [
      'a form',
      () =>
        `${head('POST /f HTTP/1.1', 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 15')}a='b'&c=$HOME\`\``,
    ],
    ['a text that begins with @', () => `${head('POST /f HTTP/1.1', 'Content-Length: 12')}@/etc/passwd`],
    ['lines', () => `${head('PUT /f HTTP/1.1', 'Content-Length: 9')}a\r\nb\nEND\n`],
    ['a DELETE without body', () => head('DELETE /x HTTP/1.1')],
  ])('sends the same bytes again: %s', async (_name, make) => {
    const bytes = Buffer.from(make())
    const again = await sentAgain(bytes)
    // A field without value may be written with or without a blank after the colon.
    expect(again?.toString()).toBe(bytes.toString())
  })
  it('sends every byte of a binary body, NUL and line ends included', async () => {
    const body = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 7 + (at >> 8)) & 255))
    const bytes = Buffer.concat([Buffer.from(head('POST /bin HTTP/1.1', `Content-Length: ${body.length}`)), body])
    expect((await sentAgain(bytes))?.equals(bytes)).toBe(true)
  })
  it('sends bytes in a head that are no UTF-8', async () => {
    const bytes = Buffer.from(head('GET /caf\u00e9 HTTP/1.1', 'X-Name: \u00fc\u00ff'), 'latin1')
    expect((await sentAgain(bytes))?.equals(bytes)).toBe(true)
  })
  it('goes nowhere unless the environment names the way out', async () => {
    heard.length = 0
    const script = await written('curl', [exchange(head('GET / HTTP/1.1'), '', { host: '127.0.0.1', port })])
    expect(await shell(script)).not.toBe(0)
    expect(heard).toEqual([])
    expect(await shell(Buffer.concat([Buffer.from('export ZH_PROXY=\n'), script]))).toBe(0)
    expect(heard).toHaveLength(1)
  })
})

describe('HAR', () => {
  it('has what HAR 1.2 demands of every entry, and says bodies as people read them', async () => {
    const entries = readHar(
      await written('har', [plainGet(), packedPost(), overTls(), overHttp2(), webSocket(), refused()]),
    )
    expect(entries.map(({ request }) => `${request.method} ${request.url} ${request.httpVersion}`)).toEqual([
      'GET http://shop.practice.test:8081/search?q=%E4%BC%97&page=2 HTTP/1.1',
      'POST http://shop.practice.test:8081/api/orders HTTP/1.1',
      'GET https://shop.practice.test/secure HTTP/1.1',
      'POST https://shop.practice.test/h2?x=1 HTTP/2',
      'GET http://shop.practice.test:8081/chat HTTP/1.1',
      'GET http://bank.example/elsewhere HTTP/1.1',
    ])
    const [get, post, , two, socket] = entries
    expect(get?.request.queryString).toEqual([
      { name: 'q', value: '众' },
      { name: 'page', value: '2' },
    ])
    expect(get?.request.cookies).toEqual([
      { name: 'sid', value: '1' },
      { name: 'theme', value: 'dark' },
    ])
    expect(get?.response.content.text).toBe('<p>众测商城</p>\n')
    expect(post?.request.postData?.text).toBe('{"id":"七"}')
    expect(post?.response.content).toMatchObject({
      text: '{"ok":true,"text":"你好"}',
      size: 27,
      mimeType: 'application/json',
    })
    expect(two?.request.postData?.text).toBe('two '.repeat(700))
    expect(two?.response.content.text).toBe('reply '.repeat(900))
    expect(socket?._webSocketMessages?.map(({ type, opcode, data }) => [type, opcode, data])).toEqual([
      ['send', 1, '问'],
      ['send', 8, ''],
      ['receive', 1, '答'],
      ['receive', 2, 'AQI='],
    ])
  })
  it('is whole JSON whatever the bytes were', async () => {
    const body = Buffer.from(Array.from({ length: 2_500_000 }, (_, at) => (at * 31) & 255))
    const big = Buffer.concat([Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nX: "\\\u0001\u00ff\r\n\r\n', 'latin1'), body])
    const answer = Buffer.concat([Buffer.from('HTTP/1.1 200\r\n\r\n'), body])
    const broken = Buffer.from('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnot chunks')
    const [one, two, three] = readHar(
      await written('har', [exchange(big, answer), exchange(broken, ''), exchange('', 'no head at all')]),
    )
    expect(Buffer.from(one?.request.postData?.text ?? '', 'latin1').equals(body)).toBe(true)
    expect(Buffer.from(one?.response.content.text ?? '', 'base64').equals(body)).toBe(true)
    expect(one?.response.content.size).toBe(body.length)
    expect(two?.request.postData?.text).toBe('zz\r\nnot chunks')
    expect(three?.response.content.text).toBe('no head at all')
  })
  it('does not unfold a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(1024 * 1024)
    const [entry] = readHar(
      await written('har', [
        exchange(
          'GET / HTTP/1.1\r\n\r\n',
          Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n'), bomb]),
        ),
      ]),
    )
    expect(entry?.response.content).toMatchObject({ size: bomb.length, encoding: 'base64' })
  })
})

describe('WARC', () => {
  it('holds both messages as recorded, bound to each other, with lengths that are right', async () => {
    const list = [plainGet(), packedPost(), webSocket(), refused()]
    const records = readWarc(await written('warc', list))
    expect(records.map(({ type }) => type)).toEqual([
      'warcinfo',
      ...Array.from({ length: 3 }, () => ['request', 'response']).flat(),
    ])
    for (const [at, one] of list.slice(0, 3).entries()) {
      const [request, response] = records.slice(1 + at * 2)
      expect(request?.fields.get('warc-concurrent-to')).toBe(response?.fields.get('warc-record-id'))
      expect(response?.fields.get('warc-target-uri')).toBe(`http://shop.practice.test:8081${one.row.path}`)
      expect(request?.block.equals(await bytesOf(one.request()))).toBe(true)
      expect(response?.block.equals(await bytesOf(one.response()))).toBe(true)
    }
    expect(new Set(records.map(({ fields }) => fields.get('warc-record-id'))).size).toBe(records.length)
  })
  it('writes HTTP/2 as HTTP/1.1 and says so', async () => {
    const [, request, response] = readWarc(await written('warc', [overHttp2()]))
    expect(request?.fields.get('warc-protocol')).toBe('h2')
    expect(request?.block.toString()).toBe(
      `POST /h2?x=1 HTTP/1.1\r\nhost: shop.practice.test\r\ncontent-type: text/plain\r\n\r\n${'two '.repeat(700)}`,
    )
    expect(response?.block.toString()).toMatch(/^HTTP\/1\.1 200 \r\ncontent-type: application\/grpc\r\n\r\nreply /)
  })
})

describe('XML for Burp', () => {
  it('carries the very bytes in base64, and text that XML can hold', async () => {
    const odd = exchange('GET /<a>&"\u0001 HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n]]>', {
      path: '/<a>&"\u0001\ud800',
    })
    const text = (await written('burp', [plainGet(), odd, overHttp2()])).toString()
    const messages = [...text.matchAll(/<(request|response) base64="true">([^<]*)</g)].map(([, , all]) =>
      Buffer.from(all ?? '', 'base64').toString(),
    )
    expect(messages[0]).toMatch(/^GET \/search/)
    expect(messages[3]).toBe('HTTP/1.1 200 OK\r\n\r\n]]>')
    expect(messages[4]).toMatch(/^POST \/h2\?x=1 HTTP\/2\r\nhost: shop\.practice\.test\r\n/)
    expect(text).toContain('<path>/&lt;a&gt;&amp;&quot;\ufffd\ufffd</path>')
    expect(text.match(/<item>/g)).toHaveLength(3)
  })
  it.skipIf(xmllint === null)('is well formed, says xmllint', async () => {
    const child = spawn(xmllint ?? '', ['--noout', '-'])
    child.stdin.end(await written('burp', [plainGet(), refused(), webSocket()]))
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
  })
})

describe('NDJSON', () => {
  it('is one object a line with facts, fields and content', async () => {
    const lines = (await written('ndjson', [plainGet(), overHttp2(), refused()])).toString().trimEnd().split('\n')
    const [one, two, three] = lines.map((line) => JSON.parse(line) as Record<string, never>)
    expect(one).toMatchObject({ method: 'GET', testerName: '陈默', response: { text: '<p>众测商城</p>\n' } })
    expect(two).toMatchObject({ response: { trailers: [{ name: 'grpc-status', value: '0' }] } })
    expect(three).not.toHaveProperty('response')
  })
})

describe('every form', () => {
  it.each(['har', 'pcapng', 'warc', 'burp', 'curl', 'ndjson'] as const)(
    'passes a body of any size in pieces: %s',
    async (format) => {
      let given = 0
      let most = 0
      const piece = Buffer.alloc(256 * 1024, 'ab')
      const endless = (head: string) =>
        async function* (): AsyncGenerator<Uint8Array> {
          yield Buffer.from(head)
          for (let n = 0; n < 100; n++) {
            given += piece.length
            yield piece
          }
        }
      const one: CapturedExchange = {
        ...exchange('', ''),
        request: endless('POST / HTTP/1.1\r\nHost: a\r\n\r\n'),
        response: endless('HTTP/1.1 200 OK\r\n\r\n'),
      }
      let taken = 0
      const all = (async function* () {
        yield one
      })()
      for await (const part of writeCaptures(format, all, new Date())) {
        taken += part.length
        most = Math.max(most, given - taken)
      }
      expect(taken).toBeGreaterThan(100 * piece.length)
      // WARC reads each side twice to know its length.
      expect(most).toBeLessThan(format === 'warc' ? 102 * 2 * piece.length : 12 * piece.length)
    },
  )
  it('reads HTTP/2 sides whatever the cuts between pieces', async () => {
    const side = http2Side('response', [[':status', '200']], '两半'.repeat(1000), [['t', '1']])
    for (const pieceBytes of [1, 2, 9, 10, 1009, 100_000]) {
      const one = exchange('', side, { httpVersion: '2' }, pieceBytes)
      const line = JSON.parse((await written('ndjson', [one])).toString()) as { response: object }
      expect(line.response).toMatchObject({ text: '两半'.repeat(1000), trailers: [{ name: 't', value: '1' }] })
    }
  })
})

async function bytesOf(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  return Buffer.concat(parts)
}

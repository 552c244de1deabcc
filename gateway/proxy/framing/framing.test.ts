import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RequestReader, type RequestPiece } from './request-reader.ts'
import { ResponseReader } from './response-reader.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

function readAll(
  text: string | Buffer,
  step = Number.POSITIVE_INFINITY,
): { pieces: RequestPiece[]; fault: string | null } {
  const reader = new RequestReader()
  const all = typeof text === 'string' ? bytes(text) : text
  for (let at = 0; at < all.length; at += step)
    reader.push(Buffer.from(all.subarray(at, Math.min(all.length, at + step))))
  const pieces: RequestPiece[] = []
  for (let piece = reader.take(); piece !== undefined; piece = reader.take()) pieces.push(piece)
  return { pieces, fault: reader.fault }
}
const complete = (pieces: readonly RequestPiece[]): number => pieces.filter((piece) => piece.last).length
const raw = (pieces: readonly RequestPiece[]): string =>
  pieces.map((piece) => (piece.kind === 'head' ? piece.head.bytes : piece.bytes).toString('latin1')).join('')

const host = 'Host: shop.example\r\n'

describe('a request with two readings is refused', () => {
  it.each([
    [
      'Content-Length with Transfer-Encoding',
      `POST / HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      'FRAME-7',
    ],
    [
      'two Transfer-Encoding',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n`,
      'FRAME-6',
    ],
    [
      'a coding that only looks like chunked',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n`,
      'FRAME-6',
    ],
    ['chunked behind a tab', `POST / HTTP/1.1\r\n${host}Transfer-Encoding:\tchunked\r\n\r\n`, 'FRAME-6'],
    ['chunked in HTTP/1.0', `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n`, 'FRAME-6'],
    ['a signed length', `POST / HTTP/1.1\r\n${host}Content-Length: +0\r\n\r\n`, 'FRAME-5'],
    ['two equal lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`, 'FRAME-5'],
    ['a list of lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 1, 1\r\n\r\na`, 'FRAME-5'],
    ['a hexadecimal length', `POST / HTTP/1.1\r\n${host}Content-Length: 0x1\r\n\r\na`, 'FRAME-5'],
    ['a bare LF', `GET / HTTP/1.1\n${host}\r\n`, 'FRAME-1'],
    ['a bare CR', `GET / HTTP/1.1\r\nX: a\rHost: b\r\n${host}\r\n`, 'FRAME-1'],
    ['a folded header', `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`, 'FRAME-3'],
    ['a NUL', `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`, 'FRAME-3'],
    ['a blank before the colon', `GET / HTTP/1.1\r\nHost : shop.example\r\n\r\n`, 'FRAME-3'],
    ['a header without a name', `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`, 'FRAME-3'],
    [
      'a chunk size that overflows',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,
      'FRAME-8',
    ],
    [
      'a chunk extension with LF',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\nx\r\n0\r\n\r\n`,
      'FRAME-8',
    ],
    [
      'a chunk without its end',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n`,
      'FRAME-8',
    ],
    [
      'a length in the trailers',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n`,
      'FRAME-8',
    ],
    ['HTTP/0.9', 'GET /\r\n', 'FRAME-2'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'FRAME-2'],
    ['a blank in the target', `GET /a b HTTP/1.1\r\n${host}\r\n`, 'FRAME-2'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 'FRAME-9'],
    ['two Hosts', `GET / HTTP/1.1\r\n${host}${host}\r\n`, 'FRAME-9'],
    ['a head of 200 KiB', `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(200 * 1024)}`, 'FRAME-4'],
    [
      'bytes after a closing request',
      `GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\nGET / HTTP/1.1\r\n`,
      'FRAME-10',
    ],
  ])('%s', (_name, text, rule) => {
    expect(readAll(text).fault).toBe(rule)
    expect(readAll(text, 1).fault).toBe(rule)
  })
})

describe('a good request', () => {
  const stream = [
    `GET /a?b=%00|"<> HTTP/1.1\r\n${host}X-a:2\r\nX-A:   3  \r\n\r\n`,
    `\r\nPOST / HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5;a=b;c="d;e"\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`,
    `PUT / HTTP/1.0\r\n${host}Content-Length: 2\r\n\r\nok`,
  ].join('')

  it('keeps its bytes whatever the network cuts them into', () => {
    const whole = readAll(stream)
    expect(whole.fault).toBeNull()
    expect(complete(whole.pieces)).toBe(4)
    for (const step of [1, 2, 3, 7, 64]) {
      const cut = readAll(stream, step)
      expect(cut.fault).toBeNull()
      expect(complete(cut.pieces)).toBe(4)
      expect(raw(cut.pieces)).toBe(stream.replace('\r\nPOST', 'POST'))
    }
  })

  it('with an upgrade stands still until the answer is known', () => {
    const reader = new RequestReader()
    reader.push(bytes(`GET /ws HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nframes`))
    expect(reader.take()).toMatchObject({ last: true, head: { upgrade: 'websocket' } })
    expect(reader.take()).toBeUndefined()
    expect(reader.takeRest().toString('latin1')).toBe('frames')
  })
})

describe('an answer', () => {
  const read = (method: string, text: string, step: number): { reader: ResponseReader; out: string } => {
    const reader = new ResponseReader(method)
    let out = ''
    for (let at = 0; at < text.length && !reader.done; at += step)
      out += reader.feed(bytes(text.slice(at, at + step))).toString('latin1')
    return { reader, out }
  }
  it.each<[string, string, Partial<ResponseReader>]>([
    ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc', { done: true, status: 200, closes: false }],
    [
      'GET',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 \r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
      { done: true, status: 201 },
    ],
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', { done: true }],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n', { done: true }],
    ['GET', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n', { done: true, upgraded: true }],
    ['GET', 'HTTP/1.0 200 OK\r\n\r\nuntil the end', { done: false, untilClose: true, closes: true }],
    [
      'GET',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nabc',
      { untilClose: true },
    ],
    ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', { untilClose: true }],
    ['GET', 'HTTP/1.1 200 OK\nContent-Length: 3\n\nabc', { untilClose: true, status: 0 }],
    ['GET', 'SSH-2.0-OpenSSH_9\r\n', { untilClose: true, status: 0 }],
  ])('to %s %j passes unchanged', (method, text, expected) => {
    for (const step of [1, 5, 1000]) {
      const { reader, out } = read(method, text, step)
      expect(out + reader.finish().toString('latin1')).toBe(text)
      expect(reader).toMatchObject({ ...expected, done: reader.done })
      if (expected.done !== undefined && !reader.untilClose) expect(reader.done).toBe(expected.done)
    }
  })

  it('with bytes behind its end is known to have them', () => {
    const { reader } = read('GET', 'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', 1000)
    expect(reader.surplus.length).toBeGreaterThan(0)
  })
})

const cases = ((): readonly {
  rejected: boolean
  file: string
  kind: string
  bytes_b64: string
  messages: number
}[] => {
  try {
    const text = readFileSync(new URL('../../../../shared/data/http/llhttp-cases.jsonl', import.meta.url), 'utf8')
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  } catch {
    return []
  }
})()

describe.skipIf(cases.length === 0)("a parser's own cases (shared/data/http)", () => {
  const requests = cases.filter((one) => one.kind === 'http' && one.file.startsWith('request'))
  it.each(requests.filter((one) => one.rejected))('refuses $bytes_b64', ({ bytes_b64 }) => {
    for (const step of [1, 3, 1000]) expect(readAll(Buffer.from(bytes_b64, 'base64'), step).fault).not.toBeNull()
  })
  it('refuses the rest or reads exactly as many messages', () => {
    let agreed = 0
    for (const one of requests.filter((request) => !request.rejected)) {
      const { pieces, fault } = readAll(Buffer.from(one.bytes_b64, 'base64'))
      if (fault !== null) continue
      agreed++
      expect(complete(pieces), one.bytes_b64).toBe(one.messages)
    }
    expect(agreed).toBeGreaterThan(10)
  })
})

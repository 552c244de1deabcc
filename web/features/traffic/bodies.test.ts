import { describe, expect, it } from 'vitest'
import { bytesOf, hexDump, prettyJson, sizeText, splitHead } from './bodies.ts'

describe('a recorded head', () => {
  it('keeps repeated fields and their order', () => {
    expect(splitHead('HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2: c')).toEqual({
      first: 'HTTP/1.1 200 OK',
      headers: [
        { name: 'Set-Cookie', value: 'a=1' },
        { name: 'Set-Cookie', value: 'b=2: c' },
      ],
    })
  })
})

describe('a head of HTTP/2', () => {
  it('has its pseudo-header fields under their own names', () => {
    expect(splitHead('GET / HTTP/2\r\n:method: GET\r\n:authority: shop.example:8443\r\nx: 1').headers).toEqual([
      { name: ':method', value: 'GET' },
      { name: ':authority', value: 'shop.example:8443' },
      { name: 'x', value: '1' },
    ])
  })
})

describe('a JSON body', () => {
  it('is indented without a changed character: evidence stays what was sent', () => {
    expect(prettyJson('{"id":12345678901234567890,"id":1.0,"t":"a, \\"b\\": {c}","e":{},"l":[1,[ ]]}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "id": 1.0,\n  "t": "a, \\"b\\": {c}",\n  "e": {},\n  "l": [\n    1,\n    []\n  ]\n}',
    )
  })
  it.each(['<p>', '{broken', '12', ''])('is none: %s', (text) => expect(prettyJson(text)).toBeNull())
})

describe('a binary body', () => {
  it('is read from hex and shown sixteen bytes a line', () => {
    const bytes = bytesOf({
      head: '',
      informational: '',
      trailers: '',
      body: '504b030400ff',
      bodyBytes: 6,
      cut: false,
      binary: true,
    })
    expect(hexDump(bytes)).toBe(`000000  50 4b 03 04 00 ff        ${''.padEnd(23)}  PK....`)
  })
  it('is shown up to a limit', () => {
    expect(hexDump(new Uint8Array(100), 32).split('\n')).toHaveLength(2)
  })
})

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [700 * 1024 * 1024, '700 MiB'],
])('%d bytes read as %s', (bytes, text) => expect(sizeText(bytes)).toBe(text))

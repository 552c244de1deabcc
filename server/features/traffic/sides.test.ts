import { Readable } from 'node:stream'
import { recordBegins } from '@zhongheng/contracts/records/http2-side.ts'
import { headerFrames } from '@zhongheng/gateway/proxy/http2/frames.ts'
import { encodeBlock } from '@zhongheng/gateway/proxy/http2/hpack/encoder.ts'
import { describe, expect, it } from 'vitest'
import { exchange } from '@zhongheng/documents/captures/fixtures/exchanges.ts'
import { curlOf, partOf } from './sides.ts'

const frames = (fields: readonly (readonly [string, string])[]): Buffer =>
  headerFrames(1, encodeBlock(fields.map(([name, value]) => ({ name, value }))), false)
const data = (text: string): Buffer => {
  const head = Buffer.alloc(9)
  head.writeUIntBE(Buffer.byteLength(text), 0, 3)
  head[8] = 1
  return Buffer.concat([head, Buffer.from(text)])
}

describe('a side recorded as HTTP/2', () => {
  it('is read with its heads, body and trailers apart', async () => {
    const bytes = Buffer.concat([
      recordBegins.response,
      frames([
        [':status', '103'],
        ['link', '</a.css>'],
      ]),
      frames([
        [':status', '200'],
        ['content-type', 'text/plain'],
      ]),
      data('两'),
      data('半'),
      frames([['grpc-status', '0']]),
    ])
    expect(await partOf(Readable.from([bytes.subarray(0, 30), bytes.subarray(30)]), '2')).toEqual({
      informational: 'HTTP/2 103\r\n:status: 103\r\nlink: </a.css>',
      head: 'HTTP/2 200\r\n:status: 200\r\ncontent-type: text/plain',
      body: '两半',
      bodyBytes: 6,
      trailers: 'grpc-status: 0',
      cut: false,
      binary: false,
    })
  })

  it('becomes a curl line without pseudo-header fields', async () => {
    const bytes = Buffer.concat([
      recordBegins.request,
      frames([
        [':method', 'POST'],
        [':scheme', 'https'],
        [':authority', 'shop.example'],
        [':path', "/it's"],
        ['x-a', '1'],
      ]),
    ])
    const row = { scheme: 'https' as const, host: 'shop.example', port: 443, path: "/it's", method: 'POST' }
    const curl = await curlOf(exchange(bytes, '', { ...row, httpVersion: '2' }))
    expect(curl).toMatch(/^curl --http2 -X 'POST' .*'https:\/\/shop\.example\/it'\\''s' -H 'x-a: 1'/)
    expect(curl).not.toContain(':authority')
  })
})

it('a side of HTTP/1 stays as it was', async () => {
  expect(await partOf(Readable.from([Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\nbody')]), null)).toMatchObject({
    head: 'GET / HTTP/1.1\r\nHost: a',
    body: 'body',
    trailers: '',
  })
})

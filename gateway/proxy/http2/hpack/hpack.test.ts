import { connect } from 'node:http2'
import { connect as connectTcp, createServer as createTcp } from 'node:net'
import { describe, expect, it } from 'vitest'
import { FrameCutter, frameTypes, preface, settingsFrame } from '../frames.ts'
import { HpackDecoder, HpackFault } from './decoder.ts'
import { encodeBlock } from './encoder.ts'
import { huffmanDecode } from './huffman.ts'
import type { HeaderField } from './static-table.ts'

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex')
const decoder = (bytes = 1_000_000, fields = 10_000): HpackDecoder => new HpackDecoder(bytes, fields)
const textOf = (fields: readonly HeaderField[]): string => fields.map(({ name, value }) => `${name}=${value}`).join(' ')

describe('a header block', () => {
  it('reads the requests of RFC 7541 C.4, one after the other', () => {
    const one = decoder()
    expect(textOf(one.decode(hex('828684418cf1e3c2e5f23a6ba0ab90f4ff')).fields)).toBe(
      ':method=GET :scheme=http :path=/ :authority=www.example.com',
    )
    expect(textOf(one.decode(hex('828684be5886a8eb10649cbf')).fields)).toBe(
      ':method=GET :scheme=http :path=/ :authority=www.example.com cache-control=no-cache',
    )
    expect(textOf(one.decode(hex('828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf')).fields)).toBe(
      ':method=GET :scheme=https :path=/index.html :authority=www.example.com custom-key=custom-value',
    )
  })

  it('keeps every byte, the order and the mark of what must not be indexed', () => {
    const every = String.fromCharCode(...Array.from({ length: 256 }, (_, at) => at))
    const fields: HeaderField[] = [
      { name: ':path', value: '/' },
      { name: 'x', value: every },
      { name: 'x', value: 'a'.repeat(40_000) },
      { name: 'authorization', value: 'b'.repeat(127), secret: true },
      { name: 'y', value: 'c'.repeat(255) },
    ]
    expect(decoder().decode(encodeBlock(fields)).fields).toEqual(fields)
  })

  it.each([
    ['an index beyond both tables', 'ff00'],
    ['index 0', '80'],
    ['a string longer than its block', '0003 6162'],
    ['an integer without end', 'ffffffffffffff'],
    ['a table larger than the protocol’s default', '3fe2ff03'],
    ['a new size in the middle', '8220'],
    ['a Huffman code with the end mark inside', '00 84 ffffffff 01 61'],
    ['Huffman padding that is not ones', '00 81 00 00'],
  ])('with %s breaks the connection', (_name, bytes) => {
    expect(() => decoder().decode(hex(bytes))).toThrow(HpackFault)
  })

  it('that names a large entry again and again is counted and not kept', () => {
    const one = decoder(64 * 1024, 1000)
    const large = Buffer.concat([hex('40 01 61 7f a1 1e'), Buffer.alloc(4000, 0x62)])
    expect(one.decode(large).over).toBe(false)
    const bomb = Buffer.alloc(100_000, 0xbe)
    const { fields, over } = one.decode(bomb)
    expect(over).toBe(true)
    expect(fields.length).toBeLessThan(17)
    expect(one.decode(hex('be')).fields[0]?.value).toHaveLength(4000)
  })
})

describe('against another implementation', () => {
  it('decodes what nghttp2 compresses: all byte values that a field may have, through a table that overflows', async () => {
    const wanted: string[] = []
    const got: string[] = []
    const done = new Promise<void>((resolve, reject) => {
      const one = decoder()
      const server = createTcp((socket) => {
        const cutter = new FrameCutter()
        let skip = preface.length
        socket.on('error', () => undefined)
        socket.write(settingsFrame([]))
        socket.on('data', (chunk: Buffer) => {
          const rest = chunk.subarray(skip)
          skip = Math.max(0, skip - chunk.length)
          cutter.push(rest, (frame) => {
            if (frame.type !== frameTypes.headers) return true
            const padded = (frame.flags & 0x20) === 0 ? frame.payload : frame.payload.subarray(5)
            got.push(textOf(one.decode(padded).fields.filter(({ name }) => name.startsWith('x-'))))
            if (got.length === 40) {
              socket.destroy()
              server.close()
              resolve()
            }
            return true
          })
        })
      })
      server.on('error', reject)
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as { port: number }
        const session = connect('http://a.example', { createConnection: () => connectTcp(port, '127.0.0.1') })
        session.on('error', () => undefined)
        for (let at = 0; at < 40; at++) {
          const value = Array.from({ length: 60 }, (_, place) => {
            const code = 33 + ((at * 61 + place * 7) % 222)
            return code === 127 ? '~' : String.fromCharCode(code)
          }).join('')
          const headers = { [`x-${at % 7}`]: value, 'x-same': 'same' }
          wanted.push(
            Object.entries(headers)
              .map(([name, text]) => `${name}=${text}`)
              .join(' '),
          )
          session.request({ ':path': `/${at}`, ...headers }).on('error', () => undefined)
        }
      })
    })
    await done
    expect(got).toEqual(wanted)
  })
})

it('the Huffman code has no empty answer for what cannot be', () => {
  expect(huffmanDecode(hex('f1e3c2e5f23a6ba0ab90f4ff'), 0, 12)).toBe('www.example.com')
  expect(huffmanDecode(hex('ff'), 0, 1)).toBeUndefined()
})

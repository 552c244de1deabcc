import { describe, expect, it } from 'vitest'
import { readHttp2Side, recordBegins } from './http2-side.ts'

const bytes = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => [...(typeof part === 'string' ? Buffer.from(part.replace(/\s/g, ''), 'hex') : part)]),
  )
const text = (value: string): string => Buffer.from(value, 'latin1').toString('hex')
/** `:status: 200` as a literal. */
const ok = `00 07 ${text(':status')} 03 ${text('200')}`
const headers = (block: string, flags = '04'): string =>
  `${(block.replace(/\s/g, '').length / 2).toString(16).padStart(6, '0')} 01 ${flags} 00000001 ${block}`

describe('a recorded side of HTTP/2', () => {
  it('is nothing else', () => {
    expect(readHttp2Side(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toBeUndefined()
    expect(readHttp2Side(new Uint8Array())).toBeUndefined()
    expect(readHttp2Side(bytes(recordBegins.response, '000000 02 00 00000001'))).toBeUndefined()
    expect(readHttp2Side(bytes(recordBegins.response, headers('82')))).toBeUndefined()
  })

  it('begins with what begins a connection', () => {
    expect(Buffer.from(recordBegins.request).toString('latin1')).toBe(
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
    )
  })

  it('gives names and values byte by byte, also long ones, and says what must not be indexed', () => {
    const long = 'v'.repeat(300)
    const block = `${ok} 10 01 ${text('c')} 7f ad01 ${text(long)} 00 01 ${text('x')} 02 ${text('\u0000\u00ff')}`
    expect(readHttp2Side(bytes(recordBegins.response, headers(block)))?.head).toEqual([
      { name: ':status', value: '200', neverIndexed: false },
      { name: 'c', value: long, neverIndexed: true },
      { name: 'x', value: '\u0000\u00ff', neverIndexed: false },
    ])
  })

  it('puts a head together from its continuations, and ends with a reset', () => {
    const stripped = ok.replace(/\s/g, '')
    const split = bytes(recordBegins.response, `000005 01 00 00000001 ${stripped.slice(0, 10)}`)
    const rest = stripped.slice(10)
    const side = readHttp2Side(
      bytes(
        split,
        `${(rest.length / 2).toString(16).padStart(6, '0')} 09 04 00000001 ${rest}`,
        '000004 03 00 00000001 00000008',
      ),
    )
    expect(side?.head).toMatchObject([{ name: ':status', value: '200' }])
    expect(side).toMatchObject({ reset: 8, cut: false })
  })

  it('that stops anywhere gives what came before, and says that it was cut', () => {
    const whole = bytes(recordBegins.response, headers(ok), '000004 00 01 00000001', Buffer.from('body'))
    for (let length = recordBegins.response.length; length < whole.length; length++) {
      const side = readHttp2Side(whole.subarray(0, length))
      expect(side).toBeDefined()
      const ends = length === recordBegins.response.length || length === whole.length - 13
      expect(side?.cut).toBe(!ends)
    }
    expect(Buffer.concat(readHttp2Side(whole.subarray(0, -1))?.body ?? []).toString()).toBe('bod')
  })
})

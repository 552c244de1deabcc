import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinBytes, toHex, utf8 } from '../bytes.ts'
import { nodeCrypto } from '../node-crypto.ts'
import { PartCutter, type PartKind, partSalt, partsRoot } from './parts.ts'

const salt = nodeCrypto.sha256(utf8('the side’s salt'))

/** The parts of a side with their bytes, given in pieces of a size. */
function cut(text: string | Uint8Array, piece = 1 << 20): [PartKind, string][] {
  const bytes = typeof text === 'string' ? utf8(text) : text
  const shown: [PartKind, Uint8Array][] = []
  const cutter = new PartCutter(nodeCrypto, salt, (index, what, more) => {
    shown[index] = [what, joinBytes(shown[index]?.[1] ?? new Uint8Array(0), more)]
  })
  for (let at = 0; at < bytes.length; at += piece) cutter.take(bytes.subarray(at, at + piece))
  const parts = cutter.end()
  expect(parts.map(({ what, bytes: length }) => [what, length])).toEqual(shown.map(([what, all]) => [what, all.length]))
  for (const [index, part] of parts.entries())
    expect(part.commitment).toBe(
      toHex(nodeCrypto.sha256(joinBytes(partSalt(nodeCrypto.sha256, salt, index), shown[index]?.[1] ?? salt))),
    )
  return shown.map(([what, all]) => [what, Buffer.from(all).toString('latin1')])
}
const secretsIn = (text: string): string[] =>
  cut(text)
    .filter(([what]) => what === 'secret')
    .map(([, bytes]) => bytes)

describe('a side of an exchange in parts', () => {
  it('is head, credentials and body', () => {
    expect(cut('POST /login HTTP/1.1\r\nHost: shop\r\nCookie: sid=7\r\nAccept: */*\r\n\r\nname=wu')).toEqual([
      ['head', 'POST /login HTTP/1.1\r\nHost: shop\r\nCookie: '],
      ['secret', 'sid=7'],
      ['head', '\r\nAccept: */*\r\n\r\n'],
      ['body', 'name=wu'],
    ])
  })

  it.each([
    ['whatever its case', 'GET / HTTP/1.1\r\nAUTHORIZATION:Bearer abc\r\n\r\n', ['Bearer abc']],
    ['several of one name', 'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\n', ['a=1', 'b=2']],
    ['folded over lines', 'GET / HTTP/1.1\r\nCookie: a=1;\r\n\tb=2\r\nHost: x\r\n\r\n', ['a=1;\r\n\tb=2']],
    ['with blanks before the colon', 'GET / HTTP/1.1\r\nCookie : a=1\r\n\r\n', ['a=1']],
    ['with bare line feeds', 'GET / HTTP/1.1\nCookie: a=1\n\nbody', ['a=1']],
    [
      'after an interim answer',
      'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\n\r\n',
      ['a=1'],
    ],
    ['that are empty', 'GET / HTTP/1.1\r\nCookie: \r\n\r\n', []],
    ['named in a body only', 'POST / HTTP/1.1\r\n\r\nCookie: a=1\r\n\r\n', []],
    ['after a switch of protocols', 'HTTP/1.1 101 Switching\r\n\r\nSet-Cookie: a=1\r\n\r\n', []],
  ])('knows credentials %s', (_, text, secrets) => {
    expect(secretsIn(text)).toEqual(secrets)
  })

  it.each([
    ['nothing', ''],
    ['no head', 'not HTTP at all'],
    ['a head that never ends', `GET / HTTP/1.1\r\nCookie: a=1\r\n${'x: y\r\n'.repeat(60_000)}`],
  ])('is one body where it has %s', (_, text) => {
    expect(cut(text)).toEqual([['body', text]])
  })

  it('is cut alike however the bytes come, and joins to the very bytes', () => {
    const line = fc.constantFrom('Cookie: a', 'Host: x', ' folded', '', 'Set-Cookie:', '\u0000', 'HTTP/1.1 100 Go on')
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.constantFrom('\r\n', '\n'),
        fc.integer({ min: 1, max: 9 }),
        (lines, end, piece) => {
          const text = lines.join(end)
          const whole = cut(text)
          expect(cut(text, piece)).toEqual(whole)
          return whole.map(([, bytes]) => bytes).join('') === text
        },
      ),
      { numRuns: 150 },
    )
  })

  it('has a root that depends on every part and on what it is', () => {
    const parts = [
      { what: 'head', commitment: 'aa' },
      { what: 'body', commitment: 'bb' },
    ] as const
    const root = partsRoot(nodeCrypto.sha256, parts)
    expect(partsRoot(nodeCrypto.sha256, parts.toReversed())).not.toBe(root)
    expect(partsRoot(nodeCrypto.sha256, [parts[0], { what: 'secret', commitment: 'bb' }])).not.toBe(root)
  })
})

import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newSm2Key, sm2FromPkcs8, sm2ToPkcs8 } from '../log/sm2-key.ts'
import { fromHex, joinBytes, toHex, utf8 } from './bytes.ts'
import { openCheckpointByAll } from './checkpoint.ts'
import { formatVerifierKey, keyId, noteAlgorithms, parseVerifierKey, sm2Identifier, type VerifierKey } from './keys.ts'
import { nodeCrypto } from './node-crypto.ts'
import { parseNote, signatureLine, verifyNote, verifyNoteBy } from './note.ts'
import { isSm2PublicKey, signSm2, sm2PublicKey, verifySm2 } from './sm2.ts'

const { sha256 } = nodeCrypto
const bytesOf = (hex: string): Uint8Array => fromHex(hex.replace(/\s/g, '').toLowerCase()) ?? new Uint8Array(0)

/** The signature example of GM/T 0003.5 (GB/T 32918.5 appendix A.2). */
const published = {
  message: utf8('message digest'),
  privateKey: bytesOf('3945208F 7B2144B1 3F36E38A C6D39F95 88939369 2860B51A 42FB81EF 4DF7C5B8'),
  publicKey: bytesOf(
    '04 09F9DF31 1E5421A1 50DD7D16 1E4BC5C6 72179FAD 1833FC07 6BB08FF3 56F35020' +
      'CCEA490C E26775A5 2DC6EA71 8CC1AA60 0AED05FB F35E084A 6632F607 2DA9AD13',
  ),
  signature: bytesOf(
    'F5A03B06 48D2C463 0EEAC513 E1BB81A1 5944DA38 27D5B741 43AC7EAC EEE720B3' +
      'B1B6AA29 DF212FD8 763182BC 0D421CA1 BB9038FD 1F7F42D4 840B69C4 85BBC1AA',
  ),
}

describe('SM2 with SM3', () => {
  it('accepts the published example', () => {
    expect(sm2PublicKey(published.privateKey)).toEqual(published.publicKey)
    expect(verifySm2(published.publicKey, published.message, published.signature)).toBe(true)
    expect(verifySm2(published.publicKey, utf8('message digests'), published.signature)).toBe(false)
  })

  it('accepts its own signatures and no flipped bit of them', () => {
    const signature = signSm2(published.privateKey, published.message)
    expect(verifySm2(published.publicKey, published.message, signature)).toBe(true)
    for (const at of [0, 31, 32, 63]) {
      const flipped = signature.slice()
      flipped[at] = (flipped[at] ?? 0) ^ 1
      expect(verifySm2(published.publicKey, published.message, flipped), `byte ${at}`).toBe(false)
    }
  })

  it.each([
    ['nothing', new Uint8Array(0)],
    ['zeros', new Uint8Array(64)],
    ['numbers beyond the group', new Uint8Array(64).fill(255)],
    ['a byte too few', new Uint8Array(63).fill(1)],
  ])('takes %s for a wrong signature, not for an error', (_, signature) => {
    expect(verifySm2(published.publicKey, published.message, signature)).toBe(false)
  })

  it.each([
    ['a point off the curve', joinBytes(Uint8Array.of(4), new Uint8Array(64).fill(0x11))],
    ['a compressed point', joinBytes(Uint8Array.of(2), published.publicKey.slice(1, 33))],
    ['nothing', new Uint8Array(0)],
  ])('knows that %s is no key', (_, publicKey) => {
    expect(isSm2PublicKey(publicKey)).toBe(false)
    expect(verifySm2(publicKey, published.message, published.signature)).toBe(false)
  })

  it('refuses numbers that are no private keys', () => {
    for (const wrong of [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(31).fill(1)])
      expect(() => sm2PublicKey(wrong)).toThrow(RangeError)
  })
})

const hasOpenssl = spawnSync('openssl', ['list', '-public-key-algorithms']).stdout?.includes('SM2') === true

describe.skipIf(!hasOpenssl)('SM2 beside OpenSSL, an implementation of its own (skipped without openssl 3)', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zh-sm2-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })
  const file = (name: string, bytes?: Uint8Array): string => {
    if (bytes !== undefined) writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  }
  const how = ['-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678']
  const message = utf8('example.org/ledger\n7\n根\n')

  it('reads our keys, and accepts what we sign with them', () => {
    const privateKey = newSm2Key()
    const key = file('key.der', sm2ToPkcs8(privateKey))
    const signature = file('signature', toDer(signSm2(privateKey, message)))
    const said = execFileSync(
      'openssl',
      `pkeyutl -verify -keyform DER -inkey ${key} -in ${file('message', message)} -sigfile ${signature}`
        .split(' ')
        .concat(how),
    )
    expect(String(said)).toContain('Signature Verified Successfully')
  })

  it('signs what we accept, with a key of its own that we read', () => {
    const pem = file('key.pem')
    execFileSync('openssl', `genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out ${pem}`.split(' '))
    const der = execFileSync('openssl', `pkcs8 -topk8 -nocrypt -in ${pem} -outform DER`.split(' '))
    const privateKey = sm2FromPkcs8(der)
    if (privateKey === undefined) throw new Error('the key of openssl was not read')
    const made = file('made')
    execFileSync(
      'openssl',
      `pkeyutl -sign -inkey ${pem} -in ${file('message', message)} -out ${made}`.split(' ').concat(how),
    )
    expect(verifySm2(sm2PublicKey(privateKey), message, fromDer(readFileSync(made)))).toBe(true)
  })

  it('verifies the vector of the documented note line', () => {
    const note = parseNote(utf8(vector.note))
    const line = note?.signatures[1]
    if (note === undefined || line === undefined) throw new Error('no second line')
    const key = file('key.der', sm2ToPkcs8(bytesOf(vector.sm2.privateKeyHex)))
    const said = execFileSync(
      'openssl',
      `pkeyutl -verify -keyform DER -inkey ${key} -in ${file('text', utf8(note.text))} -sigfile ${file('s', toDer(line.bytes))}`
        .split(' ')
        .concat(how),
    )
    expect(String(said)).toContain('Signature Verified Successfully')
  })
})

it('hashes with the SM3 that Node has too', () => {
  // The digest that is signed is SM3 of ZA and the message; GM/T 0003.5 prints both.
  const za = bytesOf('B2E14C5C 79C6DF5B 85F4FE7E D8DB7A26 2B9DA7E0 7CCB0EA9 F4747B8C CDA8A4F3')
  const digest = createHash('sm3').update(za).update(published.message).digest('hex')
  expect(digest.toUpperCase()).toBe('F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640')
})

/** DER of r and s, as OpenSSL wants a signature. */
function toDer(signature: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array): number[] => {
    const start = bytes.findIndex((byte) => byte !== 0)
    const digits = Array.from(bytes.subarray(start))
    const signed = (digits[0] ?? 0) > 127 ? [0, ...digits] : digits
    return [2, signed.length, ...signed]
  }
  const body = [...integer(signature.slice(0, 32)), ...integer(signature.slice(32))]
  return Uint8Array.of(0x30, body.length, ...body)
}

function fromDer(der: Uint8Array): Uint8Array {
  const integerAt = (at: number): Uint8Array => {
    const digits = der.slice(at + 2, at + 2 + (der[at + 1] ?? 0)).slice(-32)
    return joinBytes(new Uint8Array(32 - digits.length), digits)
  }
  return joinBytes(integerAt(2), integerAt(4 + (der[3] ?? 0)))
}

type Vector = {
  name: string
  ed25519: { verifierKey: string }
  sm2: { privateKeyHex: string; publicKeyHex: string; keyIdHex: string; verifierKey: string }
  note: string
}
const vector = JSON.parse(readFileSync(new URL('vectors/sm2-note.json', import.meta.url), 'utf8')) as Vector

describe('a note with an SM2 line', () => {
  const keyOf = (text: string): VerifierKey => {
    const key = parseVerifierKey(sha256, text)
    if (key === undefined) throw new Error('the key did not parse')
    return key
  }
  const ed25519 = keyOf(vector.ed25519.verifierKey)
  const sm2 = keyOf(vector.sm2.verifierKey)

  it('is signed by both keys, whose ids are made as documented', () => {
    const note = parseNote(utf8(vector.note))
    if (note === undefined) throw new Error('malformed')
    expect(verifyNoteBy(nodeCrypto, note, [ed25519, sm2]).good.map(({ key }) => key)).toEqual([ed25519, sm2])
    expect(formatVerifierKey(sha256, sm2)).toBe(vector.sm2.verifierKey)
    const material = joinBytes(
      utf8(`${vector.name}\n`),
      Uint8Array.of(255),
      utf8(sm2Identifier),
      bytesOf(vector.sm2.publicKeyHex),
    )
    expect(toHex(sha256(material).slice(0, 4))).toBe(vector.sm2.keyIdHex)
  })

  it('opens as a checkpoint for who has one of the keys or both', () => {
    const { publicKey } = ed25519
    expect(openCheckpointByAll(nodeCrypto, utf8(vector.note), [{ publicKey }])).toMatchObject({ size: 7, sm2: 0 })
    expect(openCheckpointByAll(nodeCrypto, utf8(vector.note), [{ publicKey, sm2: sm2.publicKey }])).toMatchObject({
      size: 7,
      sm2: 1,
    })
  })

  it('still opens when the SM2 line was taken away, and says that it is not there', () => {
    const without = vector.note.split('\n').slice(0, -2).join('\n')
    const key = { publicKey: ed25519.publicKey, sm2: sm2.publicKey }
    expect(openCheckpointByAll(nodeCrypto, utf8(`${without}\n`), [key])).toMatchObject({ size: 7, sm2: 0 })
  })

  it('opens for nobody who knows the SM2 key when that line is wrong', () => {
    const note = parseNote(utf8(vector.note))
    const [first, second] = note?.signatures ?? []
    if (note === undefined || first === undefined || second === undefined) throw new Error('malformed')
    const wrong = signSm2(bytesOf(vector.sm2.privateKeyHex), utf8('another text\n'))
    const forged = `${note.text}\n${signatureLine(sha256, ed25519, first.bytes)}${signatureLine(sha256, sm2, wrong)}`
    const key = { publicKey: ed25519.publicKey, sm2: sm2.publicKey }
    expect(openCheckpointByAll(nodeCrypto, utf8(forged), [key])).toBeUndefined()
    // Who does not know it passes the line over, as signed notes demand of unknown keys.
    expect(openCheckpointByAll(nodeCrypto, utf8(forged), [{ publicKey: key.publicKey }])).toMatchObject({ size: 7 })
  })

  it('is refused whole when any line is broken, of whatever key', () => {
    for (const line of ['— nobody', '— nobody !!!!', 'nobody z75LZw==', '— no+body z75LZ8aD', '']) {
      expect(parseNote(utf8(`${vector.note}${line}\n`)), line).toBeUndefined()
    }
    const stranger = { name: 'stranger.example', algorithm: noteAlgorithms.ed25519, publicKey: new Uint8Array(32) }
    const more = parseNote(utf8(vector.note + signatureLine(sha256, stranger, new Uint8Array(64))))
    expect(more?.signatures).toHaveLength(3)
    expect(more === undefined ? undefined : verifyNote(nodeCrypto, more, ed25519).line).toBe('good')
  })

  it('has an id of its own for each type: the same bytes as another type of key are another key', () => {
    const other = { ...sm2, algorithm: noteAlgorithms.ed25519, publicKey: sm2.publicKey.slice(0, 32) }
    expect(keyId(sha256, other)).not.toEqual(keyId(sha256, sm2))
    const material = vector.sm2.verifierKey.split('+').slice(0, 2).join('+')
    expect(parseVerifierKey(sha256, `${material}+${btoa(`\xff${'x'.repeat(90)}`)}`)).toBeUndefined()
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { sourceFiles } from './imports.ts'

/* Which cryptography is called where: the inventory is this table, and the sources are held to it. */
const root = fileURLToPath(new URL('../../', import.meta.url))
const call =
  /\b(?<what>createHash|createHmac|createCipheriv|createDecipheriv|hkdfSync|generateKeyPairSync|createSign|createVerify)\(\s*(?:'(?<name>[\w-]+)'|(?<other>[^,)\s]+))/g
const namedCurve = /\bnamedCurve: '(?<name>[\w-]+)'/g
const isOurs = (file: string): boolean =>
  !/^(?:testing|bench|practice-target)\/|^gateway\/testing\/|\.test\.tsx?$|\/fixtures\/|-for-tests\.ts$/.test(file)

/** Ciphers and digests of a keyed kind: each with the files that may call it. Plain SHA-256 is for everybody. */
const inventory: Readonly<Record<string, readonly string[]>> = {
  'createCipheriv aes-256-gcm': [
    'contracts/records/bus.ts',
    'recorder/segments/sealing.ts',
    'server/sealing/suites.ts',
  ],
  'createCipheriv sm4-ctr': ['server/sealing/suites.ts'],
  'createDecipheriv aes-256-gcm': [
    'contracts/records/bus.ts',
    'recorder/segments/sealing.ts',
    'server/sealing/seal.ts',
    'server/sealing/suites.ts',
  ],
  'createDecipheriv sm4-ctr': ['server/sealing/suites.ts'],
  'createHmac sm3': ['server/sealing/suites.ts'],
}
const forEverybody = new Set([
  'createHash sha256',
  'createHmac sha256',
  'hkdfSync sha256',
  'generateKeyPairSync ed25519',
  'namedCurve P-256',
])
/** Calls whose algorithm is handed in: the suite's own hash, and the one that a time stamp of others names, which is only verified. */
const handedIn = new Set([
  'server/sealing/suites.ts hkdfSync suite.hash',
  'ledger/verify/time-stamp-signature.ts createHash algorithm',
])

type Call = { readonly file: string; readonly what: string; readonly open: boolean }
const callsIn = (file: string, text: string): Call[] => [
  ...[...text.matchAll(call)].map(({ groups }) => ({
    file,
    what: `${groups?.what} ${groups?.name ?? groups?.other}`,
    open: groups?.name === undefined,
  })),
  ...[...text.matchAll(namedCurve)].map(({ groups }) => ({ file, what: `namedCurve ${groups?.name}`, open: false })),
]
const isKnown = ({ file, what, open }: Call): boolean =>
  open ? handedIn.has(`${file} ${what}`) : forEverybody.has(what) || inventory[what]?.includes(file) === true

describe('cryptography', () => {
  const sources = sourceFiles(root).filter(isOurs)
  const calls = sources.flatMap((file) => callsIn(file, readFileSync(join(root, file), 'utf8')))

  it('is called where the inventory says, with the algorithms that it names', () => {
    expect(calls.length).toBeGreaterThan(20)
    expect(calls.filter((one) => !isKnown(one))).toEqual([])
  })
  it('is called everywhere that the inventory says', () => {
    const listed = Object.entries(inventory).flatMap(([what, files]) => files.map((file) => `${file} ${what}`))
    expect(listed.filter((one) => !calls.some(({ file, what }) => `${file} ${what}` === one))).toEqual([])
  })
  it('draws from the system’s source: nothing of ours asks for randomness that can be foretold', () => {
    const guessable = sources.filter((file) =>
      /\bMath\.random\b|\bpseudoRandomBytes\b/.test(readFileSync(join(root, file), 'utf8')),
    )
    // A start tries ports of this machine in any order; nobody is kept out by not knowing it.
    expect(guessable).toEqual(['tools/ports.ts'])
  })
  it.each([
    ['a weak digest', "createHash('md5')"],
    ['a block mode that shows patterns', "createCipheriv('aes-256-ecb', key, null)"],
    ['a good cipher outside of the sealing', "createCipheriv('aes-256-gcm', key, nonce)"],
    ['an algorithm out of a variable', 'createHash(chosen)'],
    ['another curve', "{ name: 'ECDSA', namedCurve: 'P-521' }"],
  ])('with %s would be found', (_what, text) => {
    expect(callsIn('server/features/x.ts', text).filter((one) => !isKnown(one))).toHaveLength(1)
  })
})

import { describe, expect, it } from 'vitest'
import { type EntryProof, browserSha256, readCheckpoint, verifyEntry } from './verify.ts'

const sha256 = browserSha256()
if (!sha256) throw new Error('no WebCrypto here')
type Bytes = Uint8Array<ArrayBuffer>
const hash = (...parts: (Uint8Array | number)[]): Promise<Bytes> =>
  sha256(Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part]))))
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const split = (size: number): number => 2 ** Math.floor(Math.log2(size - 1))

/** RFC 6962 section 2.1, word for word: root and audit path by recursion. */
async function rootOf(leaves: readonly string[]): Promise<Bytes> {
  if (leaves.length === 1) return hash(0, new TextEncoder().encode(leaves[0]))
  const at = split(leaves.length)
  return hash(1, await rootOf(leaves.slice(0, at)), await rootOf(leaves.slice(at)))
}
async function pathOf(index: number, leaves: readonly string[]): Promise<Bytes[]> {
  if (leaves.length === 1) return []
  const at = split(leaves.length)
  return index < at
    ? [...(await pathOf(index, leaves.slice(0, at))), await rootOf(leaves.slice(at))]
    : [...(await pathOf(index - at, leaves.slice(at))), await rootOf(leaves.slice(0, at))]
}
async function proofOf(index: number, leaves: readonly string[]): Promise<EntryProof> {
  const root = btoa(String.fromCharCode(...(await rootOf(leaves))))
  return {
    index,
    leaf: leaves[index] ?? '',
    size: leaves.length,
    path: (await pathOf(index, leaves)).map(hex),
    checkpoint: `ledger.test\n${leaves.length}\n${root}\n\n— ledger.test AAAA\n`,
  }
}
const entries = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `{"v":1,"id":"evt_${at}","kind":"条目"}`)
const wrongRoot = { holds: false, fault: 'wrong_root' }

describe('an entry of the ledger, checked in the browser', () => {
  it('knows the tree that Certificate Transparency publishes as its example', async () => {
    const leaves = ['', '\u0000', '\u0010', ' !', '01', '@ABC', 'PQRSTUVW', '`abcdefghijklmno']
    expect(hex(await rootOf(leaves))).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
    expect(await verifyEntry(await proofOf(5, leaves))).toMatchObject({ holds: true, size: 8 })
  })

  it.each([1, 2, 3, 6, 7, 8, 13])('is proved at every place of a ledger of %d entries', async (size) => {
    for (let index = 0; index < size; index++)
      expect((await verifyEntry(await proofOf(index, entries(size)))).holds).toBe(true)
  })

  it('is not proved when one character of it changed', async () => {
    const proof = await proofOf(4, entries(7))
    expect(await verifyEntry({ ...proof, leaf: proof.leaf.replace('evt_4', 'evt_5') })).toEqual(wrongRoot)
  })
  it('is not proved at another place', async () => {
    expect(await verifyEntry({ ...(await proofOf(4, entries(7))), index: 5 })).toEqual(wrongRoot)
  })
  it('is not proved by a path that is too short, too long or no path', async () => {
    const proof = await proofOf(4, entries(7))
    expect(await verifyEntry({ ...proof, path: proof.path.slice(1) })).toEqual(wrongRoot)
    expect(await verifyEntry({ ...proof, path: [...proof.path, '0'.repeat(64)] })).toEqual(wrongRoot)
    expect(await verifyEntry({ ...proof, path: ['nonsense'] })).toEqual(wrongRoot)
  })
  it('is not compared with a checkpoint of another size', async () => {
    const proof = await proofOf(4, entries(7))
    expect(await verifyEntry({ ...proof, checkpoint: (await proofOf(4, entries(8))).checkpoint })).toEqual({
      holds: false,
      fault: 'other_size',
    })
  })
  it.each(['', 'only a name\n', 'name\n-1\nAAAA\n', 'name\n7\nshort\n'])(
    'is not compared with what is no checkpoint: %j',
    async (checkpoint) => {
      expect(readCheckpoint(checkpoint)).toBeUndefined()
      expect(await verifyEntry({ ...(await proofOf(4, entries(7))), checkpoint })).toEqual({
        holds: false,
        fault: 'bad_checkpoint',
      })
    },
  )
})

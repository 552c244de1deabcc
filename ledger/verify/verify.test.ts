import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromBase64, fromHex, toHex, utf8 } from './bytes.ts'
import { formatVerifierKey, parseVerifierKey } from './keys.ts'
import { leafHash, rootOf } from './merkle.ts'
import { nodeCrypto } from './node-crypto.ts'
import { parseNote, verifyNote } from './note.ts'
import { verifyConsistency, verifyInclusion, verifySubtreeConsistency, verifySubtreeInclusion } from './proofs.ts'

const shared = new URL('../../../shared/data/tlog/', import.meta.url)
const { sha256 } = nodeCrypto

type Vector = {
  kind: 'inclusion' | 'consistency' | 'subtreeinclusion' | 'subtreeconsistency'
  case: string
  leafIdx: number
  treeSize: number
  size: number
  size1: number
  size2: number
  start: number
  end: number
  root: string
  root1: string
  root2: string
  leafHash: string
  proof: string[] | null
  wantErr: boolean
}

const hash = (base64: string): Uint8Array => fromBase64(base64) ?? new Uint8Array(0)

function holds(vector: Vector): boolean {
  const path = (vector.proof ?? []).map(hash)
  switch (vector.kind) {
    case 'inclusion':
      return verifyInclusion(sha256, {
        index: vector.leafIdx,
        size: vector.treeSize,
        leafHash: hash(vector.leafHash),
        path,
        root: hash(vector.root),
      })
    case 'consistency':
      return verifyConsistency(sha256, {
        size1: vector.size1,
        size2: vector.size2,
        root1: hash(vector.root1),
        root2: hash(vector.root2),
        path,
      })
    case 'subtreeinclusion':
      return verifySubtreeInclusion(sha256, {
        index: vector.leafIdx,
        start: vector.start,
        end: vector.end,
        leafHash: hash(vector.leafHash),
        path,
        root: hash(vector.root),
      })
    case 'subtreeconsistency':
      return verifySubtreeConsistency(sha256, {
        start: vector.start,
        end: vector.end,
        size: vector.size,
        subtreeRoot: hash(vector.root1),
        root: hash(vector.root2),
        path,
      })
  }
}

describe.skipIf(!existsSync(shared))('published Merkle vectors (skipped where ../shared/data/tlog is absent)', () => {
  const read = (name: string): string => readFileSync(new URL(name, shared), 'utf8')
  const lines = existsSync(shared) ? read('merkle-proofs.jsonl').trim().split('\n') : []
  const vectors = lines.map((line) => JSON.parse(line) as Vector)

  it.each(vectors.map((vector) => [vector.case, vector] as const))('%s', (_, vector) => {
    expect(holds(vector)).toBe(!vector.wantErr)
  })

  it('gives the published root for every size', () => {
    const set = JSON.parse(read('rfc6962-roots.json')) as { leaf_inputs_hex: string[]; root_by_size: string[] }
    const leaves = set.leaf_inputs_hex.map((hex) => fromHex(hex) ?? utf8('not hex'))
    const roots = set.root_by_size.map((_, size) => toHex(rootOf(sha256, leaves.slice(0, size))))
    expect(roots).toEqual(set.root_by_size)
  })

  it('opens the published signed note and refuses the published wrong keys', () => {
    const set = JSON.parse(read('signed-note.json')) as {
      verifier_key: string
      note: string
      refused_verifier_keys: { key: string }[]
    }
    const key = parseVerifierKey(sha256, set.verifier_key)
    const note = parseNote(utf8(set.note))
    if (key === undefined || note === undefined) throw new Error('the published note did not parse')
    expect(verifyNote(nodeCrypto, note, key)).toEqual({ line: 'good', at: undefined })
    expect(formatVerifierKey(sha256, key)).toBe(set.verifier_key)
    for (const refused of set.refused_verifier_keys) expect(parseVerifierKey(sha256, refused.key)).toBeUndefined()
  })

  it('opens no note of which a character was changed', () => {
    const set = JSON.parse(read('signed-note.json')) as { verifier_key: string; note: string }
    const key = parseVerifierKey(sha256, set.verifier_key)
    if (key === undefined) throw new Error('the published key did not parse')
    const bytes = utf8(set.note)
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      const note = parseNote(changed)
      expect(note === undefined ? 'malformed' : verifyNote(nodeCrypto, note, key).line).not.toBe('good')
    }
  })
})

describe('numbers that no tree has', () => {
  const leaf = leafHash(sha256, utf8('one'))
  it.each([
    ['a negative index', -1, 1],
    ['a fraction', 0.5, 1],
    ['an index beyond the tree', 1, 1],
    ['a size beyond 2^53', 0, 2 ** 53],
    ['not a number', Number.NaN, 1],
  ])('refuses %s', (_, index, size) => {
    expect(verifyInclusion(sha256, { index, size, leafHash: leaf, path: [], root: leaf })).toBe(false)
  })
})

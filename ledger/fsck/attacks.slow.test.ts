import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newEd25519Key } from '../log/signer.ts'
import { openLogReader } from '../log/read-log.ts'
import { sameBytes, utf8 } from '../verify/bytes.ts'
import { noteAlgorithms } from '../verify/keys.ts'
import { decodeBundle, encodeBundle, tileWidth } from '../verify/layout.ts'
import { judgeCheckpoint } from '../witness/judge.ts'
import { fsck, type FsckVerdict } from './fsck.ts'
import type { KeptHead } from './kept-heads.ts'
import { type PublicFiles, publicFiles } from './log-in-memory-for-tests.ts'

/*
 * An operator with root, and with the signing key where it says so, against an auditor who has the key's public half and
 * the heads that a witness kept. Every attack must be found, and the first bad entry named.
 */
const attacks = 1000
const size = 700
const origin = 'zhongheng.example/attacked'
const { signer } = newEd25519Key()
const at = new Date('2026-11-21T05:00:00.000Z')
const leaf = (index: number): Uint8Array => utf8(`{"id":"evt_${index}","kind":"finding.read","n":${index * 7919}}`)
const leaves = Array.from({ length: size }, (_, index) => leaf(index))
const made = (of: readonly Uint8Array[]): Promise<PublicFiles> => publicFiles(of, { origin, signer, at })
/** What the witness cosigned on its rounds. */
const witnessed = [100, 256, 300, 555, size]

let folder: string
let whole: PublicFiles
let kept: KeptHead[]
let earlier: Map<number, PublicFiles>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zh-attacks-'))
  whole = await made(leaves)
  earlier = new Map()
  for (const one of witnessed) earlier.set(one, await made(leaves.slice(0, one)))
  kept = witnessed.map((one) => ({
    size: one,
    root: earlier.get(one)?.root ?? new Uint8Array(),
    from: `witness at ${one}`,
  }))
  write(whole.files)
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(files: ReadonlyMap<string, Uint8Array>): void {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
}

/** Puts the files there in place of the whole log's, asks the auditor, and puts things right again. */
async function judged(files: ReadonlyMap<string, Uint8Array>, complete: boolean): Promise<FsckVerdict> {
  if (complete) rmSync(join(folder, 'tile'), { recursive: true, force: true })
  write(files)
  const verdict = await fsck(folder, signer.publicKey, { kept })
  if (complete) rmSync(join(folder, 'tile'), { recursive: true, force: true })
  write(whole.files)
  return verdict
}

/** Numbers that look random and are the same in every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }
}
type Dice = ReturnType<typeof dice>

type Attack = {
  readonly files: ReadonlyMap<string, Uint8Array>
  /** The attacker brings a whole other log instead of changing files of this one. */
  readonly complete?: boolean
  /** The first bad entry; null where no entry is bad, only what is signed over them. */
  readonly first: number | null
}

const pathsOf = (start: string): string[] => [...whole.files.keys()].filter((path) => path.startsWith(start))
const bytesOf = (path: string): Uint8Array => whole.files.get(path) ?? new Uint8Array()
const pick = <T>(roll: Dice, of: readonly T[]): T => of[roll(of.length)] as T
const one = (path: string, bytes: Uint8Array, first: number | null): Attack => ({
  files: new Map([[path, bytes]]),
  first,
})
function flipped(bytes: Uint8Array, byte: number, bit: number): Uint8Array {
  const changed = new Uint8Array(bytes)
  changed[byte] = (changed[byte] ?? 0) ^ (1 << bit)
  return changed
}

const bundles = (): { path: string; index: number; entries: Uint8Array[] }[] =>
  pathsOf('tile/entries/').map((path) => ({
    path,
    index: Number(/\/(\d{3})/.exec(path)?.[1]),
    entries: decodeBundle(bytesOf(path)).leaves,
  }))
/** The entry whose bytes, length included, cover this byte of a bundle. */
function entryAt(entries: readonly Uint8Array[], byte: number): number {
  let end = 0
  return entries.findIndex((entry) => (end += 2 + entry.length) > byte)
}
const editedBundle = (roll: Dice, edit: (entries: Uint8Array[]) => number): Attack => {
  const { path, index, entries } = pick(roll, bundles())
  const first = edit(entries)
  return one(path, encodeBundle(entries), index * tileWidth + first)
}

const kinds: { readonly [name: string]: (roll: Dice) => Attack | Promise<Attack> } = {
  'a bit of an entry flipped': (roll) => {
    const { path, index, entries } = pick(roll, bundles())
    const bytes = bytesOf(path)
    const byte = roll(bytes.length)
    return one(path, flipped(bytes, byte, roll(8)), index * tileWidth + entryAt(entries, byte))
  },
  'a bit of a tile flipped': (roll) => {
    const path = pick(roll, pathsOf('tile/0/'))
    const byte = roll(bytesOf(path).length)
    return one(
      path,
      flipped(bytesOf(path), byte, roll(8)),
      Number(/\/(\d{3})/.exec(path)?.[1]) * tileWidth + (byte >> 5),
    )
  },
  'a bit of a higher tile flipped': (roll) => {
    const path = pick(roll, pathsOf('tile/1/'))
    const byte = roll(bytesOf(path).length)
    return one(path, flipped(bytesOf(path), byte, roll(8)), (byte >> 5) * tileWidth)
  },
  'a bit of the checkpoint flipped': (roll) => {
    const byte = roll(bytesOf('checkpoint').length)
    return one('checkpoint', flipped(bytesOf('checkpoint'), byte, roll(8)), null)
  },
  'a bundle cut': (roll) => {
    const { path, index, entries } = pick(roll, bundles())
    const left = roll(bytesOf(path).length)
    return one(path, bytesOf(path).subarray(0, left), index * tileWidth + entryAt(entries, left))
  },
  'a tile cut': (roll) => {
    const path = pick(roll, pathsOf('tile/0/'))
    const left = roll(bytesOf(path).length)
    return one(path, bytesOf(path).subarray(0, left), Number(/\/(\d{3})/.exec(path)?.[1]) * tileWidth + (left >> 5))
  },
  'two entries swapped': (roll) =>
    editedBundle(roll, (entries) => {
      const first = roll(entries.length - 1)
      const second = first + 1 + roll(entries.length - 1 - first)
      const [a = new Uint8Array(), b = new Uint8Array()] = [entries[first], entries[second]]
      entries[first] = b
      entries[second] = a
      return first
    }),
  'an entry doubled': (roll) =>
    editedBundle(roll, (entries) => {
      const place = roll(entries.length)
      entries.splice(place, 0, entries[place] ?? new Uint8Array())
      return place + 1
    }),
  'an entry left out': (roll) =>
    editedBundle(roll, (entries) => {
      const place = roll(entries.length)
      entries.splice(place, 1)
      return place
    }),
  'the whole log rolled back to a day that was signed': async (roll) => {
    const before = pick(roll, witnessed.slice(0, -1))
    return { files: earlier.get(before)?.files ?? new Map(), complete: true, first: before }
  },
  'the end left out and the rest signed anew': async (roll) => {
    const left = 1 + roll(size - 1)
    return { files: (await made(leaves.slice(0, left))).files, complete: true, first: left }
  },
  'an entry rewritten and everything signed anew': async (roll) => {
    const place = roll(size)
    const forged = leaves.with(place, utf8(`forged ${roll(1e9)}`))
    return { files: (await made(forged)).files, complete: true, first: place }
  },
  'another history from some entry on, longer than ours, signed': async (roll) => {
    const place = roll(size)
    const more = Array.from({ length: size - place + 1 + roll(300) }, (_, n) => utf8(`fork ${n}`))
    return { files: (await made([...leaves.slice(0, place), ...more])).files, complete: true, first: place }
  },
}

it(`PUB-LE-01 of ${attacks} random attacks every one is found, and the first bad entry named`, async () => {
  expect(await fsck(folder, signer.publicKey, { kept })).toMatchObject({ ok: true, size })
  const names = Object.keys(kinds)
  const missed: string[] = []
  for (let number = 0; number < attacks; number++) {
    const name = names[number % names.length] ?? ''
    const roll = dice(number + 1)
    const attack = await kinds[name]?.(roll)
    if (attack === undefined) throw new Error('no such attack')
    const verdict = await judged(attack.files, attack.complete === true)
    const told = verdict.ok ? 'nothing' : JSON.stringify(verdict.fault)
    if (verdict.ok || !isNamed(verdict.fault, attack.first))
      missed.push(`${number} ${name}, first ${attack.first}: ${told}`)
  }
  expect(missed).toEqual([])
  expect(await fsck(folder, signer.publicKey, { kept })).toMatchObject({ ok: true, size })
}, 240_000)

/** Exactly the entry; or, where somebody with the key made all files agree, the stretch between two kept heads. */
function isNamed(fault: { entry?: number; before?: number; file: string }, first: number | null): boolean {
  if (first === null) return fault.file === 'checkpoint'
  if (fault.before === undefined) return fault.entry === first
  return (fault.entry ?? Infinity) <= first && first < fault.before
}

const logKey = { name: origin, algorithm: noteAlgorithms.ed25519, publicKey: signer.publicKey }
const promised = (): { size: number; root: Uint8Array; note: string } => ({ size, root: whole.root, note: whole.note })

it('PUB-LE-02 the last k entries and the newest checkpoint dropped, for k from 1 to 100: the witness refuses, and its heads tell the rollback', async () => {
  for (let k = 1; k <= 100; k++) {
    const cut = await made(leaves.slice(0, size - k))
    const none = (): Promise<undefined> => Promise.resolve(undefined)
    expect(await judgeCheckpoint(utf8(cut.note), [logKey], promised(), none, at)).toMatchObject({ verdict: 'rollback' })
    const verdict = await judged(cut.files, true)
    expect(verdict).toMatchObject({ ok: false, fault: { entry: size - k, before: size } })
    expect(verdict.ok ? '' : verdict.fault.what.en).toContain('rolled back')
  }
})

it('PUB-LE-03 an older state put back and written on: the log itself cannot prove the witnessed head to be its beginning', async () => {
  const back = [...leaves.slice(0, 640), ...Array.from({ length: 200 }, (_, n) => utf8(`written on ${n}`))]
  const other = await made(back)
  rmSync(join(folder, 'tile'), { recursive: true })
  write(other.files)
  const reader = await openLogReader({ folder, origin, signer, now: () => at })
  const prove = async (from: number, to: number) => ({ path: await reader.consistencyProof(from, to), from: undefined })
  const judgement = await judgeCheckpoint(utf8(other.note), [logKey], promised(), prove, at)
  expect(['fork', 'unproven']).toContain(judgement.verdict)
  expect(await fsck(folder, signer.publicKey, { kept })).toMatchObject({
    ok: false,
    fault: { entry: 555, before: size },
  })
  rmSync(join(folder, 'tile'), { recursive: true })
  write(whole.files)
})

it('a head that was kept is borne out wherever it ends, also by a run that goes on where another stopped', async () => {
  for (const from of [0, 256, 512])
    expect(await fsck(folder, signer.publicKey, { kept, from }), `from ${from}`).toMatchObject({ ok: true, size })
  expect(sameBytes(earlier.get(size)?.root ?? new Uint8Array(), whole.root)).toBe(true)
})

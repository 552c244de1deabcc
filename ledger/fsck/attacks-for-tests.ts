import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { newEd25519Key } from '../log/signer.ts'
import { utf8 } from '../verify/bytes.ts'
import { decodeBundle, encodeBundle, tileWidth } from '../verify/layout.ts'
import { fsck, type FsckVerdict } from './fsck.ts'
import type { KeptHead } from './kept-heads.ts'
import { type PublicFiles, publicFiles } from './log-in-memory-for-tests.ts'

/*
 * An operator with root, and with the signing key where it says so, against an auditor who has the key's public half and
 * the heads that a witness kept. Every attack must be found, and the first bad entry named.
 */
export const size = 700
export const origin = 'zhongheng.example/attacked'
export const { signer } = newEd25519Key()
export const at = new Date('2026-11-21T05:00:00.000Z')
const leaf = (index: number): Uint8Array => utf8(`{"id":"evt_${index}","kind":"finding.read","n":${index * 7919}}`)
export const leaves = Array.from({ length: size }, (_, index) => leaf(index))
export const made = (of: readonly Uint8Array[]): Promise<PublicFiles> => publicFiles(of, { origin, signer, at })
/** What the witness cosigned on its rounds. */
const witnessed = [100, 256, 300, 555, size]

export let folder: string
export let whole: PublicFiles
export let kept: KeptHead[]
export let earlier: Map<number, PublicFiles>

/** Makes the log that is attacked, in a folder of its own, and what the witness kept of it. */
export async function makeAttackedLog(): Promise<void> {
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
}
export const removeAttackedLog = (): void => rmSync(folder, { recursive: true })

/** Puts files into the attacked log's folder. */
export function write(files: ReadonlyMap<string, Uint8Array>): void {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
}

/** Puts the files there in place of the whole log's, asks the auditor, and puts things right again. */
export async function judged(files: ReadonlyMap<string, Uint8Array>, complete: boolean): Promise<FsckVerdict> {
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

/**
 * Attacks with each kind in turn, the same ones in every run.
 * @returns in words those that were not found, or whose first bad entry was not named
 */
export async function missedOf(attacks: number): Promise<string[]> {
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
  return missed
}

/** Exactly the entry; or, where somebody with the key made all files agree, the stretch between two kept heads. */
function isNamed(fault: { entry?: number; before?: number; file: string }, first: number | null): boolean {
  if (first === null) return fault.file === 'checkpoint'
  if (fault.before === undefined) return fault.entry === first
  return (fault.entry ?? Infinity) <= first && first < fault.before
}

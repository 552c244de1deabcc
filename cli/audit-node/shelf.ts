import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import { makeFolder, readIfThere, replaceFile } from '@zhongheng/ledger/log/files.ts'
import { fromBase64, utf8 } from '@zhongheng/ledger/verify/bytes.ts'
import { openCheckpoint } from '@zhongheng/ledger/verify/checkpoint.ts'
import type { VerifierKey } from '@zhongheng/ledger/verify/keys.ts'
import { leafHash } from '@zhongheng/ledger/verify/merkle.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { verifyInclusion } from '@zhongheng/ledger/verify/proofs.ts'
import { checkCopies, type Gap } from '@zhongheng/recorder/mirror/check-copies.ts'
import { type Copy, readCopy } from '@zhongheng/recorder/mirror/read-copy.ts'
import { checkLeases, type LeaseReport } from './leases.ts'
import { ending, isFileName, type Kept, type Shelf, shelvesIn } from './shelf-paths.ts'

export async function listShelves(dir: string): Promise<Shelf[]> {
  await makeFolder(shelvesIn(dir))
  const shelves: Shelf[] = []
  for (const name of (await readdir(shelvesIn(dir))).filter(isFileName).sort()) {
    const shelf = await readShelf(dir, name)
    if (shelf !== undefined) shelves.push(shelf)
  }
  return shelves
}

export async function readShelf(dir: string, engagementId: string): Promise<Shelf | undefined> {
  const bytes = await readIfThere(join(shelvesIn(dir), engagementId, 'seals.json'))
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as Shelf)
}

export async function writeShelf(dir: string, shelf: Shelf): Promise<void> {
  await makeFolder(join(shelvesIn(dir), shelf.engagementId))
  await replaceFile(join(shelvesIn(dir), shelf.engagementId, 'seals.json'), utf8(`${JSON.stringify(shelf, null, 1)}\n`))
}

/** Does the entry say of the segment what the seal says? Then the seal is worth what the ledger is worth. */
export function leafSays(seal: SegmentSeal, leaf: string): boolean {
  try {
    const entry = JSON.parse(leaf) as { kind?: unknown; engagementId?: unknown; subject?: unknown; facts?: object }
    const facts = entry.facts as Record<string, unknown> | undefined
    return (
      entry.kind === 'segment.sealed' &&
      entry.engagementId === seal.engagementId &&
      entry.subject === seal.segmentId &&
      facts?.['sha256'] === seal.sha256 &&
      facts['root'] === seal.root &&
      facts['bytes'] === seal.bytes &&
      facts['exchanges'] === seal.exchanges &&
      facts['firstSequence'] === seal.firstSequence &&
      facts['lastSequence'] === seal.lastSequence
    )
  } catch {
    return false
  }
}

/** Checks the proof that lies beside a seal, with nothing but the log's keys. */
export function proofHolds(kept: Kept, keys: readonly VerifierKey[]): boolean {
  const { proof, leaf } = kept
  if (proof === null) return false
  const head = keys
    .map((key) => openCheckpoint(nodeCrypto, utf8(proof.note), key.publicKey))
    .find((one) => one !== undefined)
  const path = proof.path.map(fromBase64)
  if (head?.size !== proof.size || path.some((hash) => hash === undefined)) return false
  return verifyInclusion(nodeCrypto.sha256, {
    index: proof.index,
    size: proof.size,
    leafHash: leafHash(nodeCrypto.sha256, utf8(leaf)),
    path: path as Uint8Array[],
    root: head.root,
  })
}

export type Completeness = {
  readonly engagementId: string
  readonly number: string
  readonly segments: number
  readonly exchanges: number
  readonly bytes: number
  /** Whose traffic it is, by lease, as far as the sealed roots prove it. */
  readonly leases: readonly LeaseReport[]
  readonly gaps: readonly Gap[]
}

/** Reads everything on a shelf again and says what is missing; needs nobody's server. */
export async function checkShelf(dir: string, shelf: Shelf, keys: readonly VerifierKey[]): Promise<Completeness> {
  const folder = join(shelvesIn(dir), shelf.engagementId)
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending)).sort()
  const copies: { segmentId: string; copy: Copy | { fault: string } }[] = []
  for (const name of names)
    copies.push({ segmentId: name.slice(0, -ending.length), copy: await readCopy(join(folder, name)) })
  const gaps = checkCopies(
    shelf.engagementId,
    copies,
    shelf.kept.map((one) => one.seal),
  )
  for (const kept of shelf.kept) {
    if (!leafSays(kept.seal, kept.leaf))
      gaps.push({ number: null, segmentId: kept.seal.segmentId, what: 'its ledger entry says something else' })
    else if (!proofHolds(kept, keys))
      gaps.push({ number: null, segmentId: kept.seal.segmentId, what: 'its seal is not proved to be in the ledger' })
  }
  const read = copies.flatMap(({ copy }) => ('fault' in copy ? [] : [copy]))
  const byLease = await checkLeases(dir, shelf.engagementId, read)
  return {
    engagementId: shelf.engagementId,
    number: shelf.number,
    segments: read.length,
    exchanges: read.reduce((sum, copy) => sum + copy.end.exchanges, 0),
    bytes: read.reduce((sum, copy) => sum + copy.bytes, 0),
    leases: byLease.leases,
    gaps: [...gaps, ...byLease.gaps],
  }
}

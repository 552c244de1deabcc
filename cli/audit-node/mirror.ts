import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '@zhongheng/ledger/log/files.ts'
import { toBase64, utf8 } from '@zhongheng/ledger/verify/bytes.ts'
import { leafHash } from '@zhongheng/ledger/verify/merkle.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { verifyInclusion } from '@zhongheng/ledger/verify/proofs.ts'
import type { WitnessFolder } from '@zhongheng/ledger/witness/folder.ts'
import { remoteLog } from '@zhongheng/ledger/witness/remote-log.ts'
import { WitnessError } from '@zhongheng/ledger/witness/witness-error.ts'
import { auditedEngagements, fetchSegment, sealsOf, type Source } from './fetch-segments.ts'
import { keepClaims, keepLeaves } from './leases.ts'
import { copyPath, type Kept, shelvesIn } from './shelf-paths.ts'
import { leafSays, readShelf, writeShelf } from './shelf.ts'

export type Round = {
  readonly engagements: number
  /** Copies that came in this round. */
  readonly copied: number
  /** Segments that the server tells of and did not hand over as sealed. */
  readonly refused: readonly string[]
  /** Segments whose seal changed after the node had seen it. */
  readonly changed: readonly string[]
}

/**
 * Copies what was sealed since the last round, and proves the new seals to be in the tree that the node's own witness
 * vouches for. What was seen once is never forgotten, whatever the server tells later.
 * @throws WitnessError unreachable, malformed, key
 */
export async function mirrorRound(folder: WitnessFolder, source: Source): Promise<Round> {
  let copied = 0
  const refused: string[] = []
  const changed: string[] = []
  const audited = await auditedEngagements(source)
  for (const { engagementId, number } of audited) {
    await makeFolder(join(shelvesIn(folder.path), engagementId))
    const known = new Map(
      ((await readShelf(folder.path, engagementId))?.kept ?? []).map((one) => [one.seal.segmentId, one]),
    )
    const before = JSON.stringify([...known.values()])
    await keepClaims(folder.path, source, engagementId)
    for (const row of await sealsOf(source, engagementId)) {
      const id = row.seal.segmentId
      const had = known.get(id)
      if (had !== undefined && (had.seal.sha256 !== row.seal.sha256 || had.leaf !== row.leaf)) {
        changed.push(id)
        continue
      }
      const kept: Kept = had ?? { seal: row.seal, leaf: row.leaf, proof: null }
      known.set(
        id,
        kept.proof === null && row.ledgerIndex !== null
          ? { ...kept, proof: await prove(folder, kept, row.ledgerIndex, source) }
          : kept,
      )
    }
    // Written before the files come: a segment that was told of and never handed over is a gap, not nothing.
    const kept = [...known.values()]
    if (JSON.stringify(kept) !== before || kept.length === 0)
      await writeShelf(folder.path, { engagementId, number, kept })
    for (const { seal } of kept) {
      const path = copyPath(folder.path, engagementId, seal.segmentId)
      if (await isThere(path)) continue
      if (await fetchSegment(source, seal, path)) copied++
      else refused.push(seal.segmentId)
    }
    for (const one of kept) await keepLeaves(folder.path, source, one)
  }
  return { engagements: audited.length, copied, refused, changed }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** The proof in the tree that this node cosigned; null while that tree does not hold the entry yet. */
async function prove(folder: WitnessFolder, kept: Kept, index: number, source: Source): Promise<Kept['proof']> {
  const { size, root, note } = folder.memory
  if (note === null || index >= size || !leafSays(kept.seal, kept.leaf)) return null
  const tree = remoteLog(folder.settings.log, source.signal === undefined ? {} : { signal: source.signal }).treeOf(size)
  try {
    const path = await tree.inclusionProof(index)
    const hash = leafHash(nodeCrypto.sha256, utf8(kept.leaf))
    if (!verifyInclusion(nodeCrypto.sha256, { index, size, leafHash: hash, path, root })) return null
    return { index, size, path: path.map(toBase64), note }
  } catch (error) {
    if (error instanceof WitnessError && error.code === 'unreachable') throw error
    return null
  }
}

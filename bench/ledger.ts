import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { openLog } from '@zhongheng/ledger/log/open-log.ts'
import { newEd25519Key } from '@zhongheng/ledger/log/signer.ts'
import { leafHash } from '@zhongheng/ledger/verify/merkle.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { verifyInclusion } from '@zhongheng/ledger/verify/proofs.ts'

const batch = 1024
const entries = batch * 500
const proofs = 10_000

/** A leaf as long as the platform's usual ones. */
const leaf = (index: number): Uint8Array =>
  Buffer.from(
    `{"actor":"per_01jd0000000000000000000000","at":"2026-11-21T05:00:00.000Z","engagementId":"eng_01jd0000000000000000000000",` +
      `"facts":{"n":${index}},"id":"evt_${String(index).padStart(26, '0')}","kind":"finding.read","role":"organizer",` +
      `"subject":"fnd_01jd0000000000000000000000","v":1}`,
  )

/** On the disk that the product itself would use: a temporary folder may be memory, which has no fsync to wait for. */
async function benchFolder(): Promise<string> {
  const folder = fileURLToPath(new URL('../.data/bench', import.meta.url))
  await mkdir(folder, { recursive: true })
  return folder
}

/**
 * The log engine on this machine's disk: entries made durable in batches of 1,024 (one fsync and one published
 * checkpoint each), the whole log verified from its bundles, inclusion proofs made and checked. Figures are per second;
 * those per second of processor time say what is left when other work shares the machine.
 */
export async function run(): Promise<Record<string, number | string>> {
  const folder = await mkdtemp(join(await benchFolder(), 'ledger-'))
  try {
    const { signer } = newEd25519Key()
    const batches = Array.from({ length: entries / batch }, (_, number) =>
      Array.from({ length: batch }, (_, at) => leaf(number * batch + at)),
    )
    const log = await openLog({ folder, origin: 'bench.example/ledger', signer, now: () => new Date() })
    const memoryBefore = process.memoryUsage().rss
    let worst = 0
    const cpuBegun = process.cpuUsage()
    const begun = performance.now()
    for (const leaves of batches) {
      const before = performance.now()
      await log.append(leaves)
      await log.checkpoint()
      worst = Math.max(worst, performance.now() - before)
    }
    const appended = performance.now()
    const cpuAppended = process.cpuUsage(cpuBegun)
    const size = log.size
    const made: Uint8Array[][] = []
    const indexes = Array.from({ length: proofs }, (_, at) => (at * 7_919) % size)
    for (const index of indexes) made.push(await log.inclusionProof(index, size))
    const proved = performance.now()
    const root = log.root()
    let good = 0
    for (const [at, path] of made.entries()) {
      const index = indexes[at] ?? 0
      const hash = leafHash(nodeCrypto.sha256, leaf(index))
      if (verifyInclusion(nodeCrypto.sha256, { index, size, leafHash: hash, path, root })) good++
    }
    const checked = performance.now()
    const memoryAfter = process.memoryUsage().rss
    await log.close()
    const cpuClosed = process.cpuUsage()
    const closed = performance.now()
    const verdict = await fsck(folder, signer.publicKey)
    const verified = performance.now()
    const cpuVerified = process.cpuUsage(cpuClosed)
    if (!verdict.ok || good !== proofs) throw new Error('the log that was measured does not verify')
    const perSecond = (count: number, milliseconds: number): number => Math.round((count / milliseconds) * 1000)
    const busy = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000
    return {
      append_per_s: perSecond(entries, appended - begun),
      verify_per_s: perSecond(entries, verified - closed),
      append_per_cpu_s: perSecond(entries, busy(cpuAppended)),
      verify_per_cpu_s: perSecond(entries, busy(cpuVerified)),
      proofs_made_per_s: perSecond(proofs, proved - appended),
      proofs_checked_per_s: perSecond(proofs, checked - proved),
      entries,
      batch,
      worst_batch_ms: Math.round(worst * 10) / 10,
      memory_growth_mib: Math.round((memoryAfter - memoryBefore) / 2 ** 20),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

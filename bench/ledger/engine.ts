import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { hash } from 'node:crypto'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { type Log, openLog } from '@zhongheng/ledger/log/open-log.ts'
import { newEd25519Key } from '@zhongheng/ledger/log/signer.ts'
import { leafHash, RootBuilder } from '@zhongheng/ledger/verify/merkle.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { verifyInclusion } from '@zhongheng/ledger/verify/proofs.ts'
import type { Figure } from '../main.ts'
import { restedDisk } from './rested-disk.ts'

const batch = 1024
const roundEntries = batch * 200
const rounds = 5
const bigEntries = 10_000_000
const proofs = 20_000
/** Entries between two checkpoints while the large log is built: more often than the product's 60 s at this speed. */
const checkpointEvery = 1_000_000
export const origin = 'bench.example/ledger'
const { sha256 } = nodeCrypto

/** A leaf as long as the platform's usual ones. */
export const leaf = (index: number): Buffer =>
  Buffer.from(
    `{"actor":"per_01jd0000000000000000000000","at":"2026-11-21T05:00:00.000Z","engagementId":"eng_01jd0000000000000000000000",` +
      `"facts":{"n":${index}},"id":"evt_${String(index).padStart(26, '0')}","kind":"finding.read","role":"organizer",` +
      `"subject":"fnd_01jd0000000000000000000000","v":1}`,
  )

export const leavesFrom = (first: number, count: number): Buffer[] =>
  Array.from({ length: count }, (_, at) => leaf(first + at))

export const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

const perSecond = (count: number, milliseconds: number): number => Math.round((count / milliseconds) * 1000)

/** On the disk that the product itself would use: a temporary folder may be memory, which has no fsync to wait for. */
export async function inBenchFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  const parent = fileURLToPath(new URL('../../.data/bench', import.meta.url))
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, 'ledger-'))
  try {
    return await task(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** How long a task takes, by the clock and by this process's processor time, in milliseconds. */
async function timed(task: () => Promise<void> | void): Promise<{ wall: number; cpu: number }> {
  const cpuBefore = process.cpuUsage()
  const before = performance.now()
  await task()
  const wall = performance.now() - before
  const { user, system } = process.cpuUsage(cpuBefore)
  return { wall, cpu: (user + system) / 1000 }
}

type Rounds = { [subject: string]: { wall: number; cpu: number }[] }

/**
 * The engine in rounds of 204,800 entries beside its peers, each visited once a round: what it costs to make entries
 * durable in batches of 1,024 (one fsync each) and to verify them from their bundles.
 */
export async function measureEngine(): Promise<Figure[]> {
  const found: Rounds = {}
  const worst: number[] = []
  const note = (subject: string, one: { wall: number; cpu: number }): void => {
    const all = (found[subject] ??= [])
    all.push(one)
  }
  const all = leavesFrom(0, roundEntries)
  const batches = Array.from({ length: roundEntries / batch }, (_, at) => all.slice(at * batch, (at + 1) * batch))
  const { signer } = newEd25519Key()
  const subjects: { [name: string]: (folder: string) => Promise<void> } = {
    async ledger(folder) {
      const log = await openLog({ folder: join(folder, 'log'), origin, signer, now: () => new Date() })
      let slowest = 0
      note(
        'append',
        await timed(async () => {
          for (const leaves of batches) {
            const before = performance.now()
            await log.append(leaves)
            slowest = Math.max(slowest, performance.now() - before)
          }
          await log.checkpoint()
        }),
      )
      worst.push(slowest)
      await log.close()
      // What was appended is still on its way to the disk.
      await restedDisk(folder)
      note('verify', await timed(() => mustBeWhole(join(folder, 'log'), signer.publicKey)))
    },
    async everyCheckpoint(folder) {
      const log = await openLog({ folder: join(folder, 'signed'), origin, signer, now: () => new Date() })
      note(
        'append, checkpoint a batch',
        await timed(async () => {
          for (const leaves of batches) {
            await log.append(leaves)
            await log.checkpoint()
          }
        }),
      )
      await log.close()
    },
    async plainFile(folder) {
      const file = openSync(join(folder, 'plain'), 'w')
      note(
        'plain file',
        await timed(() => {
          for (const leaves of batches) {
            const lines = leaves.map((one) => `${hash('sha256', one)} ${one.toString('latin1')}\n`)
            writeSync(file, lines.join(''))
            fdatasyncSync(file)
          }
        }),
      )
      closeSync(file)
    },
    async sqlite(folder) {
      const database = new DatabaseSync(join(folder, 'rows.sqlite'))
      database.exec(
        'pragma journal_mode = wal; pragma synchronous = full; create table rows (n integer primary key, leaf blob, digest blob)',
      )
      const insert = database.prepare('insert into rows (leaf, digest) values (?, ?)')
      note(
        'sqlite',
        await timed(() => {
          for (const leaves of batches) {
            database.exec('begin')
            for (const one of leaves) insert.run(one, hash('sha256', one, 'buffer'))
            database.exec('commit')
          }
        }),
      )
      database.close()
    },
    async memory() {
      note(
        'merkle in memory',
        await timed(() => {
          const builder = new RootBuilder(sha256)
          for (const one of all) builder.add(leafHash(sha256, one))
          builder.root()
        }),
      )
    },
  }
  // Nothing is removed before the end: freeing its blocks would keep the disk busy while the next one is measured.
  await inBenchFolder(async (parent) => {
    // The first one is not counted: its code is being compiled.
    for (let round = -1; round < rounds; round++) {
      if (round === 0) {
        for (const cold of Object.values(found)) cold.length = 0
        worst.length = 0
      }
      for (const [name, subject] of Object.entries(subjects)) {
        await restedDisk(parent)
        const folder = join(parent, `${round + 1}-${name}`)
        await mkdir(folder)
        await subject(folder)
      }
    }
  })
  const rate = (subject: string): number =>
    perSecond(roundEntries, median((found[subject] ?? []).map(({ wall }) => wall)))
  const cpuRate = (subject: string): number =>
    perSecond(roundEntries, median((found[subject] ?? []).map(({ cpu }) => cpu)))
  return [
    {
      key: 'figures.append_per_s',
      what: 'entries made durable, batches of 1,024, one fsync each',
      value: rate('append'),
      unit: 'per s',
      reach: 'at least 150,000',
    },
    { key: 'figures.append_per_cpu_s', what: '  by processor time', value: cpuRate('append'), unit: 'per s' },
    { key: 'figures.append_worst_batch_ms', what: '  slowest batch of a round', value: median(worst), unit: 'ms' },
    {
      key: 'figures.append_with_checkpoint_per_s',
      what: '  with a signed, durable checkpoint after every batch',
      value: rate('append, checkpoint a batch'),
      unit: 'per s',
    },
    {
      key: 'figures.verify_per_s',
      what: 'entries verified from their bundles (fsck)',
      value: rate('verify'),
      unit: 'per s',
      reach: 'at least 300,000',
    },
    { key: 'figures.verify_per_cpu_s', what: '  by processor time', value: cpuRate('verify'), unit: 'per s' },
    {
      key: 'figures.peer_plain_file_per_s',
      what: 'peer: lines with SHA-256 to a plain file, one fsync a batch',
      value: rate('plain file'),
      unit: 'per s',
    },
    {
      key: 'figures.peer_sqlite_per_s',
      what: 'peer: SQLite rows with SHA-256, WAL, synchronous full',
      value: rate('sqlite'),
      unit: 'per s',
    },
    {
      key: 'figures.peer_merkle_in_memory_per_s',
      what: 'peer: the bare tree in memory, nothing kept',
      value: rate('merkle in memory'),
      unit: 'per s',
    },
    {
      key: 'ratios.append_vs_plain_file',
      what: 'append against the plain file',
      value: rate('append') / rate('plain file'),
      unit: 'times',
    },
    {
      key: 'ratios.append_vs_sqlite',
      what: 'append against SQLite',
      value: rate('append') / rate('sqlite'),
      unit: 'times',
    },
  ]
}

async function mustBeWhole(folder: string, publicKey: Uint8Array): Promise<void> {
  const verdict = await fsck(folder, publicKey)
  if (!verdict.ok) throw new Error(`the log that was measured does not verify: ${verdict.fault.what.en}`)
}

/** Ten million entries: memory while they are built and checked, disk, and proofs of entries chosen at random. */
export async function measureTenMillion(): Promise<Figure[]> {
  return inBenchFolder(async (folder) => {
    const { signer } = newEd25519Key()
    const log = await openLog({ folder, origin, signer, now: () => new Date() })
    const memory: number[] = []
    let leafBytes = 0
    const built = await timed(async () => {
      for (let size = 0; size < bigEntries; ) {
        const leaves = leavesFrom(size, Math.min(batch, bigEntries - size))
        leafBytes += leaves.reduce((sum, one) => sum + one.length, 0)
        const before = size
        size = (await log.append(leaves)).size
        if (Math.floor(size / checkpointEvery) === Math.floor(before / checkpointEvery)) continue
        await log.checkpoint()
        memory.push(process.memoryUsage().rss)
      }
      await log.checkpoint()
    })
    const made = await measureProofs(log)
    await log.close()
    const disk = await diskBytes(folder)
    const verified = await timed(() => mustBeWhole(folder, signer.publicKey))
    const afterCheck = process.memoryUsage().rss
    const mib = (bytes: number): number => Math.round(bytes / 2 ** 20)
    const early = memory[1] ?? 0
    return [
      ...made,
      {
        key: 'figures.build_10m_per_s',
        what: 'ten million entries built, making of the leaves included',
        value: perSecond(bigEntries, built.wall),
        unit: 'per s',
      },
      {
        key: 'figures.verify_10m_per_s',
        what: 'ten million entries verified',
        value: perSecond(bigEntries, verified.wall),
        unit: 'per s',
      },
      {
        key: 'figures.disk_bytes_per_entry',
        what: 'disk per entry, everything in the folder',
        value: Math.round((disk / bigEntries) * 10) / 10,
        unit: 'bytes',
      },
      {
        key: 'figures.leaf_bytes_per_entry',
        what: '  of which the leaf itself',
        value: Math.round((leafBytes / bigEntries) * 10) / 10,
        unit: 'bytes',
      },
      { key: 'figures.memory_at_2m_mib', what: 'memory at two million entries', value: mib(early), unit: 'MiB' },
      {
        key: 'figures.memory_at_10m_mib',
        what: 'memory at ten million entries',
        value: mib(memory.at(-1) ?? 0),
        unit: 'MiB',
      },
      {
        key: 'figures.memory_growth_mib',
        what: '  growth from two to ten million',
        value: mib((memory.at(-1) ?? 0) - early),
        unit: 'MiB',
        reach: 'flat',
      },
      {
        key: 'figures.memory_after_verify_mib',
        what: 'memory after verifying them',
        value: mib(afterCheck),
        unit: 'MiB',
      },
    ]
  })
}

async function measureProofs(log: Log): Promise<Figure[]> {
  const { size } = log
  const root = log.root()
  const [making, checking]: number[][] = [[], []]
  for (let round = 0; round < rounds; round++) {
    // Far apart and never the same twice: each one finds its tile cold.
    const indexes = Array.from({ length: proofs }, (_, at) => ((at + round * proofs) * 7_368_787) % size)
    const paths: Uint8Array[][] = []
    const made = await timed(async () => {
      for (const index of indexes) paths.push(await log.inclusionProof(index, size))
    })
    const checked = await timed(() => {
      for (const [at, path] of paths.entries()) {
        const index = indexes[at] ?? 0
        const hashed = leafHash(sha256, leaf(index))
        if (!verifyInclusion(sha256, { index, size, leafHash: hashed, path, root }))
          throw new Error(`proof of ${index} is wrong`)
      }
    })
    making?.push(perSecond(proofs, made.wall))
    checking?.push(perSecond(proofs, checked.wall))
  }
  return [
    {
      key: 'figures.proofs_per_s',
      what: 'inclusion proofs from tiles at 10 million entries, at random',
      value: median(making ?? []),
      unit: 'per s',
      reach: 'at least 10,000',
    },
    { key: 'figures.proofs_checked_per_s', what: '  checked', value: median(checking ?? []), unit: 'per s' },
  ]
}

/** Bytes of the blocks that a folder takes on the disk. */
async function diskBytes(folder: string): Promise<number> {
  let sum = 0
  for (const name of await readdir(folder, { recursive: true })) sum += (await lstat(join(folder, name))).blocks * 512
  return sum
}

import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../verify/bytes.ts'
import { openCheckpoint } from '../verify/checkpoint.ts'
import { decodeBundle } from '../verify/layout.ts'
import { leafHash, rootOf } from '../verify/merkle.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { verifyConsistency, verifyInclusion } from '../verify/proofs.ts'
import { fsck } from '../fsck/fsck.ts'
import { type Log, openLog } from './open-log.ts'
import { newEd25519Key } from './signer.ts'

const { sha256 } = nodeCrypto
const { signer } = newEd25519Key()
const origin = 'zhongheng.example/ledger'
const now = (): Date => new Date('2026-11-21T05:00:00.000Z')
const leaf = (index: number): Uint8Array => utf8(`entry ${index}`)
const leaves = (from: number, to: number): Uint8Array[] => Array.from({ length: to - from }, (_, at) => leaf(from + at))

let folder: string
let open: Log[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-log-'))
})
afterEach(async () => {
  for (const log of open) await log.close()
  open = []
  await rm(folder, { recursive: true })
})

async function begin(
  at = folder,
  more: { signer?: typeof signer; origin?: string; token?: number } = {},
): Promise<Log> {
  const log = await openLog({ folder: at, origin, signer, now, ...more })
  open.push(log)
  return log
}

const journal = async (): Promise<string> => {
  const name = (await readdir(join(folder, '.state'))).find((one) => one.startsWith('journal-'))
  if (name === undefined) throw new Error('no journal')
  return join(folder, '.state', name)
}

const claimIn = async (at: string): Promise<string> => {
  const name = (await readdir(join(at, '.state'))).find((one) => one.startsWith('claim-'))
  if (name === undefined) throw new Error('no claim')
  return join(at, '.state', name)
}

describe('a ledger that grows', () => {
  it('gives the root of RFC 6962 after every batch, across tile borders', async () => {
    const log = await begin()
    let size = 0
    for (const step of [1, 2, 252, 1, 1, 300, 1000, 0, 43]) {
      expect(await log.append(leaves(size, size + step))).toEqual({ firstIndex: size, size: size + step })
      size += step
      expect(toHex(log.root())).toBe(toHex(rootOf(sha256, leaves(0, size))))
      expect(toHex(await log.rootAt(size))).toBe(toHex(log.root()))
    }
    for (const index of [0, 255, 256, 1279, 1280, 1599]) expect(await log.entry(index)).toEqual(leaf(index))
  })

  it('proves every entry in every later tree and every tree in every later one', async () => {
    const log = await begin()
    const end = 530
    await log.append(leaves(0, end))
    const roots = new Map<number, Uint8Array>()
    const sizes = [1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 512, 513, 530]
    for (const size of sizes) roots.set(size, await log.rootAt(size))
    for (const [size, root] of roots) {
      for (const index of [0, 1, size >> 1, size - 1]) {
        if (index >= size) continue
        const path = await log.inclusionProof(index, size)
        expect(verifyInclusion(sha256, { index, size, leafHash: leafHash(sha256, leaf(index)), path, root })).toBe(true)
      }
      for (const [size1, root1] of roots) {
        if (size1 > size) continue
        const path = await log.consistencyProof(size1, size)
        expect(verifyConsistency(sha256, { size1, size2: size, root1, root2: root, path })).toBe(true)
      }
    }
  })

  it('proves also where the nodes that were set aside are gone or wrong', async () => {
    const log = await begin()
    await log.append(leaves(0, 2000))
    const root = log.root()
    const good = async (): Promise<boolean> => {
      const proofs = await Promise.all(
        [0, 300, 1791, 1999].map(async (index) => ({ index, path: await log.inclusionProof(index, 2000) })),
      )
      return proofs.every(({ index, path }) =>
        verifyInclusion(sha256, { index, size: 2000, leafHash: leafHash(sha256, leaf(index)), path, root }),
      )
    }
    expect(await good()).toBe(true)
    const nodes = join(folder, '.state/nodes')
    const bytes = await readFile(nodes)
    expect(bytes.length).toBe(7 * 960)
    await writeFile(
      nodes,
      bytes.map((byte) => byte ^ 1),
    )
    expect(await good()).toBe(true)
    await truncate(nodes, 0)
    expect(await good()).toBe(true)
  })

  it('publishes a checkpoint that names the log, is signed, and tells its time', async () => {
    const log = await begin()
    await log.append(leaves(0, 300))
    const note = await log.checkpoint()
    expect(await readFile(join(folder, 'checkpoint'), 'utf8')).toBe(note)
    const head = openCheckpoint(nodeCrypto, utf8(note), signer.publicKey)
    expect(head).toMatchObject({ origin, size: 300, signedAt: now() })
    expect(toHex(head?.root ?? new Uint8Array())).toBe(toHex(log.root()))
    expect(await log.checkpoint()).toBe(note)
  })

  it('lays its files out as tlog-tiles', async () => {
    const log = await begin()
    await log.append(leaves(0, 300))
    await log.checkpoint()
    expect((await readFile(join(folder, 'tile/0/000'))).length).toBe(8192)
    expect((await readFile(join(folder, 'tile/0/001.p/44'))).length).toBe(44 * 32)
    expect((await readFile(join(folder, 'tile/1/000.p/1'))).length).toBe(32)
    expect(decodeBundle(await readFile(join(folder, 'tile/entries/001.p/44'))).leaves.at(-1)?.length).toBe(9)
    await log.append(leaves(300, 512))
    await log.checkpoint()
    expect(await readdir(join(folder, 'tile/0'))).toEqual(['000', '001'])
  })

  it('keeps what was appended even when the caller changes its buffer afterwards', async () => {
    const log = await begin()
    const mine = utf8('as it was')
    await log.append([mine])
    mine.fill(0)
    expect(await log.entry(0)).toEqual(utf8('as it was'))
  })

  it('takes batches that are handed in at once one after the other', async () => {
    const log = await begin()
    const answers = await Promise.all([0, 1, 2, 3].map((at) => log.append(leaves(at * 10, at * 10 + 10))))
    expect(answers.map(({ firstIndex }) => firstIndex)).toEqual([0, 10, 20, 30])
    expect(toHex(log.root())).toBe(toHex(rootOf(sha256, leaves(0, 40))))
  })

  it.each([
    ['a leaf over 65,535 bytes', 'too_large', (log: Log) => log.append([leaf(0), new Uint8Array(65_536)])],
    ['an entry beyond the end', 'out_of_range', (log: Log) => log.entry(5)],
    ['a proof in a tree that is not yet', 'out_of_range', (log: Log) => log.inclusionProof(0, 6)],
    ['a consistency proof from nothing', 'out_of_range', (log: Log) => log.consistencyProof(0, 5)],
    ['a size that is no number', 'out_of_range', (log: Log) => log.rootAt(Number.NaN)],
  ])('refuses %s and goes on', async (_, code, act) => {
    const log = await begin()
    await log.append(leaves(0, 5))
    await expect(act(log)).rejects.toMatchObject({ name: 'LedgerError', code })
    expect(await log.append(leaves(5, 6))).toEqual({ firstIndex: 5, size: 6 })
  })
})

describe('a ledger that is opened again', () => {
  it.each([0, 1, 255, 256, 257, 511, 700])('goes on after %d entries', async (size) => {
    const first = await begin()
    await first.append(leaves(0, size))
    await first.checkpoint()
    await first.close()
    const again = await begin()
    expect(again.size).toBe(size)
    await again.append(leaves(size, size + 300))
    expect(toHex(again.root())).toBe(toHex(rootOf(sha256, leaves(0, size + 300))))
    await again.checkpoint()
    expect(await fsck(folder)).toMatchObject({ ok: true, size: size + 300, beyond: 0 })
  })

  it('makes tiles again that a power cut took', async () => {
    const first = await begin()
    await first.append(leaves(0, 700))
    await first.checkpoint()
    const copy = join(folder, 'copy')
    await cp(join(folder, '.state'), join(copy, '.state'), { recursive: true })
    await rm(await claimIn(copy))
    const again = await begin(copy)
    expect(toHex(again.root())).toBe(toHex(rootOf(sha256, leaves(0, 700))))
    await again.checkpoint()
    expect(await fsck(copy)).toMatchObject({ ok: true, size: 700 })
  })

  it('goes on from the public files alone, as after a restore from a mirror', async () => {
    const first = await begin()
    await first.append(leaves(0, 700))
    await first.checkpoint()
    await first.close()
    await rm(join(folder, '.state'), { recursive: true })
    const again = await begin()
    expect(again.size).toBe(700)
    await again.append(leaves(700, 800))
    expect(toHex(again.root())).toBe(toHex(rootOf(sha256, leaves(0, 800))))
  })

  it('cuts a record torn at any byte, and keeps everything acknowledged before it', async () => {
    const first = await begin()
    await first.append(leaves(0, 3))
    const acknowledged = (await readFile(await journal())).length
    await first.append(leaves(3, 5))
    const whole = await readFile(await journal())
    await first.close()
    for (let length = acknowledged; length < whole.length; length++) {
      await writeFile(await journal(), whole.subarray(0, length))
      const again = await begin()
      expect(again.size).toBe(3)
      expect(toHex(again.root())).toBe(toHex(rootOf(sha256, leaves(0, 3))))
      await again.close()
      await rm(join(folder, 'checkpoint'), { force: true })
    }
  })

  it('refuses to lose acknowledged entries behind a damaged byte', async () => {
    const first = await begin()
    await first.append(leaves(0, 3))
    await first.append(leaves(3, 5))
    await first.close()
    const bytes = await readFile(await journal())
    bytes[30] = (bytes[30] ?? 0) ^ 1
    await writeFile(await journal(), bytes)
    await expect(begin()).rejects.toMatchObject({ code: 'damaged' })
  })

  it('refuses a disk that was rolled back behind its own checkpoint', async () => {
    const first = await begin()
    await first.append(leaves(0, 3))
    const before = (await readFile(await journal())).length
    await first.append(leaves(3, 5))
    await first.checkpoint()
    await first.close()
    await truncate(await journal(), before)
    await expect(begin()).rejects.toMatchObject({ code: 'rollback' })
  })

  it('refuses another key and another name', async () => {
    const first = await begin()
    await first.append(leaves(0, 3))
    await first.checkpoint()
    await first.close()
    await expect(begin(folder, { signer: newEd25519Key().signer })).rejects.toMatchObject({ code: 'rollback' })
    await expect(begin(folder, { origin: 'other.example/ledger' })).rejects.toMatchObject({ code: 'rollback' })
  })
})

describe('the one writer', () => {
  it('keeps a second one out until it has closed', async () => {
    const first = await begin()
    await expect(begin()).rejects.toMatchObject({ code: 'locked' })
    await first.close()
    await expect(begin()).resolves.toMatchObject({ size: 0 })
  })

  it('takes the place of one that has died, even where its process number lives on in another', async () => {
    await mkdir(join(folder, '.state'))
    const { hostname } = await import('node:os')
    const dead = { host: hostname(), pid: process.pid, startedAt: 'another boot/1' }
    await writeFile(join(folder, '.state', `claim-0000000000000004-${process.pid}-abc`), JSON.stringify(dead))
    await expect(begin()).resolves.toMatchObject({ size: 0 })
    expect(await claimIn(folder)).toContain('claim-0000000000000005-')
  })

  it('does not judge a writer on another host', async () => {
    await mkdir(join(folder, '.state'))
    const elsewhere = { host: 'elsewhere', pid: 1, startedAt: '' }
    await writeFile(join(folder, '.state', 'claim-0000000000000001-1-abc'), JSON.stringify(elsewhere))
    await expect(begin()).rejects.toMatchObject({ code: 'locked' })
  })

  it('is put aside by one with a higher token, and then neither acknowledges nor shows anything', async () => {
    const old = await begin(folder, { token: 7 })
    await old.append(leaves(0, 300))
    await expect(begin(folder, { token: 7 })).rejects.toMatchObject({ code: 'fenced' })
    await expect(begin(folder, { token: 6 })).rejects.toMatchObject({ code: 'fenced' })
    const next = await begin(folder, { token: 8 })
    expect(next.size).toBe(300)
    await next.append(leaves(300, 301))
    const note = await next.checkpoint()
    await expect(old.append([utf8('too late')])).rejects.toMatchObject({ code: 'fenced' })
    await expect(old.checkpoint()).rejects.toMatchObject({ code: 'fenced' })
    expect(await readFile(join(folder, 'checkpoint'), 'utf8')).toBe(note)
    await next.append(leaves(301, 700))
    await next.checkpoint()
    expect(await fsck(folder)).toMatchObject({ ok: true, size: 700 })
  })

  it('says no more after it was closed', async () => {
    const log = await begin()
    await log.close()
    await expect(log.append([leaf(0)])).rejects.toMatchObject({ code: 'closed' })
  })
})

it('knows the root of nothing', async () => {
  const log = await begin()
  expect(toHex(log.root())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

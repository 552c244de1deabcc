import { cpSync, existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fsck } from '../fsck/fsck.ts'
import { toHex, utf8 } from '../verify/bytes.ts'
import { leafHash, RootBuilder } from '../verify/merkle.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { standStillAtEachStep } from './crash-points-for-tests.ts'
import { type Log, openLog } from './open-log.ts'
import { newEd25519Key } from './signer.ts'

const origin = 'zhongheng.example/killed'
const { signer } = newEd25519Key()
const now = (): Date => new Date('2026-11-21T05:00:00.000Z')
const entry = (index: number): Uint8Array => utf8(`entry ${index}`)

/** What the folder held at one step, and what had been said of it by then. */
type Moment = {
  readonly step: string
  readonly folder: string
  /** Entries acknowledged, entries that an append under way would make it, and entries that a checkpoint was given for. */
  readonly acknowledged: number
  readonly begun: number
  readonly promised: number
}

let base: string
let live: string
let moments: Moment[]
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'zh-steps-'))
  live = join(base, 'live')
  moments = []
})
afterEach(() => rm(base, { recursive: true }))

const said = { acknowledged: 0, begun: 0, promised: 0 }

const keep = (step: string): void => {
  const folder = join(base, `${moments.length}`)
  if (existsSync(live)) cpSync(live, folder, { recursive: true })
  moments.push({ step: `${moments.length} (${step})`, folder, ...said })
}

async function grow(log: Log, count: number): Promise<void> {
  said.begun = log.size + count
  await log.append(Array.from({ length: count }, (_, at) => entry(log.size + at)))
  said.acknowledged = log.size
}

async function sign(log: Log): Promise<void> {
  await log.checkpoint()
  said.promised = log.size
}

/** A log's life: born, grown over the borders of bundles and tiles, signed, closed, opened again, grown on. */
async function oneLife(): Promise<void> {
  const first = await openLog({ folder: live, origin, signer, now })
  await grow(first, 3)
  await grow(first, 300)
  await sign(first)
  await grow(first, 7)
  await sign(first)
  await grow(first, 400)
  await grow(first, 58)
  await sign(first)
  await first.close()
  const second = await openLog({ folder: live, origin, signer, now })
  await grow(second, 130)
  await sign(second)
  await second.close()
}

const roots: string[] = []
const tree = new RootBuilder(nodeCrypto.sha256)
function rootOf(size: number): string {
  for (; roots.length <= size; tree.add(leafHash(nodeCrypto.sha256, entry(roots.length - 1))))
    roots.push(toHex(tree.root()))
  return roots[size] ?? ''
}

/** Checks what was left at a moment as it is, opened again, and after it went on. */
async function judge({ step, folder, acknowledged, begun, promised }: Moment): Promise<void> {
  if (!existsSync(folder)) return
  const found = await fsck(folder)
  if (found.ok) {
    expect(found.size, step).toBeGreaterThanOrEqual(promised)
    expect(found.size + found.beyond, step).toBeGreaterThanOrEqual(acknowledged)
  } else {
    // Nobody was promised anything yet: fsck says so, and cannot tell it from a head that somebody removed.
    expect(found.fault, step).toMatchObject({ what: { en: expect.stringContaining('no checkpoint') as string } })
    expect(promised, step).toBe(0)
  }
  // With a token: the claim in the folder names this very process, which lives.
  const log = await openLog({ folder, origin, signer, now, token: 9 })
  expect(log.size, step).toBeGreaterThanOrEqual(acknowledged)
  expect(log.size, step).toBeLessThanOrEqual(begun)
  expect(toHex(log.root()), step).toBe(rootOf(log.size))
  if (promised > 0) expect(await fsck(folder), `opened again at step ${step}`).toMatchObject({ ok: true })
  await log.append([entry(log.size), entry(log.size + 1)])
  await log.checkpoint()
  await log.close()
  expect(await fsck(folder), `gone on after step ${step}`).toMatchObject({ ok: true, size: log.size, beyond: 0 })
}

it('a log killed before any single change on its disk, or in the middle of a write, is sound and goes on with all it acknowledged', async () => {
  await standStillAtEachStep(oneLife, keep)
  expect(moments.length).toBeGreaterThan(100)
  await Promise.all(moments.map(judge))
})

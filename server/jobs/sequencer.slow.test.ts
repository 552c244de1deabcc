import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { openLogReader } from '@zhongheng/ledger/log/read-log.ts'
import { openCheckpoint } from '@zhongheng/ledger/verify/checkpoint.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { verifyConsistency } from '@zhongheng/ledger/verify/proofs.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { sql } from 'kysely'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { inSystemWork } from '../work/work.ts'
import { recordRestore } from './restore.ts'
import { integrateNow } from './sequencer.ts'

const kills = 200
/** Processes that wait for their turn, so that a start is not waited for after each kill. */
const waiting = 3
const source = fileURLToPath(new URL('fixtures/sequencer-process.ts', import.meta.url))

let program: string
let stage: Stage
let running: ChildProcess[] = []
let errors: string[] = []
// As one file it starts in a third of the time, and two hundred starts are most of this test's work.
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zh-sequencer-'))
  program = join(folder, 'sequencer.mjs')
  const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"
  await build({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    banner: { js: banner },
  })
})
afterAll(() => rm(dirname(program), { recursive: true }))
beforeEach(async () => {
  stage = await openStage()
  running = []
  errors = []
})
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL')
  await stage.close()
})

const ledgerFolder = (): string => join(stage.folder, 'ledger')

function startServer(): ChildProcess {
  const child = fork(program, [stage.deps.settings.databaseUrl, ledgerFolder(), join(stage.folder, 'keys')], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text))
  running.push(child)
  return child
}

/** The process that integrates, as the database knows it. */
async function holder(): Promise<number> {
  const { rows } = await sql<{ holder: string }>`select holder from ledger_state`.execute(stage.deps.database.kysely)
  return Number(rows[0]?.holder.split('/')[1] ?? 0)
}

/** Commits events without pause until it is told to stop, a few at a time. */
function load(): () => Promise<number> {
  let going = true
  let made = 0
  const work = async (mark: string): Promise<void> => {
    while (going) {
      const count = 1 + (made % 40)
      await inSystemWork(stage.deps, async (unit) => {
        for (let n = 0; n < count; n++)
          unit.record({
            kind: n % 17 === 0 ? 'finding.read' : 'login.refused',
            engagementId: null,
            subject: `${mark}-${made + n}`,
            role: 'system',
            audience: 'house',
            facts: { n },
          })
      })
      made += count
      await wait(20)
    }
  }
  const workers = ['a', 'b'].map(work)
  return async () => {
    going = false
    await Promise.all(workers)
    return made
  }
}

/** Everything that an outsider was told: places of events, and checkpoints. Told once, it may never change. */
class Outsider {
  readonly places = new Map<string, string>()
  readonly notes = new Map<string, string>()
  readonly changed: string[] = []
  #going = true
  readonly #done: Promise<void>

  constructor() {
    this.#done = this.#watch()
  }

  async #watch(): Promise<void> {
    let seen = -1
    while (this.#going) {
      const rows = await stage.deps.database.kysely
        .selectFrom('events')
        .select(['id', 'ledger_index'])
        .where('ledger_index', '>', String(seen))
        .orderBy('ledger_index')
        .limit(5000)
        .execute()
      for (const { id, ledger_index: place } of rows) this.#told(id, place ?? '')
      seen = Number(rows.at(-1)?.ledger_index ?? seen)
      const note = await readFile(join(ledgerFolder(), 'checkpoint'), 'utf8').catch(() => '')
      if (note !== '') this.notes.set(note.split('\n')[1] ?? '', note)
      await wait(15)
    }
  }

  #told(id: string, place: string): void {
    if (this.places.get(id) !== undefined && this.places.get(id) !== place) this.changed.push(id)
    this.places.set(id, place)
  }

  async end(): Promise<void> {
    this.#going = false
    await this.#done
  }
}

/** Nothing told was lost, doubled, reordered or taken back, and the whole log is sound. */
async function mustHaveKept(outsider: Outsider, made: number): Promise<void> {
  await outsider.end()
  for (const child of running) child.kill('SIGKILL')
  // The last victim's lock ends with its connection, a moment after its process.
  await expect
    .poll(() => integrateNow({ ...stage.deps, recordRestore: recordRestore(stage.deps) }).then(String, String), {
      timeout: 30_000,
    })
    .toMatch(/^\d+$/)
  const rows = await stage.deps.database.kysely
    .selectFrom('events')
    .select(['id', 'seq', 'leaf', 'ledger_index'])
    .orderBy('ledger_index')
    .execute()
  expect(rows.length).toBe(made)
  expect(rows.map((row) => row.ledger_index)).toEqual(rows.map((_, at) => String(at)))
  const reader = await openLogReader({
    folder: ledgerFolder(),
    origin: stage.deps.ledger.origin,
    signer: stage.deps.ledger.keys,
    now: () => new Date(),
  })
  expect(reader.head.size).toBe(made)
  for (const [at, row] of rows.entries())
    if (Buffer.from(await reader.entry(at)).toString('utf8') !== row.leaf) expect.fail(`entry ${at} is not its event`)
  expect(outsider.changed).toEqual([])
  const now = new Map(rows.map((row) => [row.id, row.ledger_index]))
  expect([...outsider.places].filter(([id, place]) => now.get(id) !== place)).toEqual([])
  // One worker commits one after the other, so its events never overtake each other.
  for (const mark of ['a', 'b']) {
    const mine = rows.filter((row) => row.leaf.includes(`"subject":"${mark}-`)).map((row) => Number(row.seq))
    expect(mine).toEqual(mine.toSorted((one, other) => one - other))
  }
  for (const note of outsider.notes.values()) {
    const head = openCheckpoint(nodeCrypto, Buffer.from(note), stage.deps.ledger.forPacks.logKey)
    if (head === undefined || head.size === 0) continue
    const path = await reader.consistencyProof(head.size, made)
    const sound = verifyConsistency(nodeCrypto.sha256, {
      size1: head.size,
      size2: made,
      root1: head.root,
      root2: reader.head.root,
      path,
    })
    expect(sound, `the checkpoint over ${head.size}`).toBe(true)
  }
  expect(await fsck(ledgerFolder())).toMatchObject({ ok: true, size: made })
}

it(`loses, doubles and reorders nothing when the writing server is killed ${kills} times under load, and goes on by itself`, async () => {
  const outsider = new Outsider()
  const stop = load()
  const queue = Array.from({ length: waiting }, startServer)
  let before = 0
  for (let kill = 0; kill < kills; ) {
    await expect
      .poll(async () => queue.some((child) => child.pid === before) || (await holder()), {
        timeout: 30_000,
        interval: 10,
      })
      .not.toBe(before)
    const pid = await holder()
    // Every third is met while it takes over, the others after they have given places, in the middle of more.
    const told = outsider.places.size
    if (kill % 3 > 0)
      await expect.poll(() => outsider.places.size, { timeout: 30_000, interval: 10 }).toBeGreaterThan(told)
    await wait((kill * 37) % 60)
    const victim = queue.findIndex((child) => child.pid === pid)
    if (victim < 0) continue
    queue[victim]?.kill('SIGKILL')
    kill++
    queue.splice(victim, 1, startServer())
    before = pid
  }
  const made = await stop()
  await mustHaveKept(outsider, made)
  expect(outsider.places.size).toBeGreaterThan(kills)
}, 300_000)

it('a paused server that wakes up after another took over writes nothing any more, and may lead again later', async () => {
  const outsider = new Outsider()
  const stop = load()
  const [one, two] = [startServer(), startServer()]
  await expect.poll(holder, { timeout: 20_000 }).toBeGreaterThan(0)
  for (let round = 0; round < 4; round++) {
    const leading = await holder()
    const [paused, other] = one.pid === leading ? [one, two] : [two, one]
    await wait(150 + round * 40)
    paused.kill('SIGSTOP')
    await expect.poll(holder, { timeout: 20_000 }).toBe(other.pid)
    await wait(300)
    paused.kill('SIGCONT')
    await wait(700)
    expect(await holder()).toBe(other.pid)
  }
  const made = await stop()
  expect(errors.join('')).not.toMatch(/Contradiction|damaged/)
  await mustHaveKept(outsider, made)
}, 120_000)

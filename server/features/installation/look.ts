import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { InstallationView } from '@zhongheng/contracts/http/installation.ts'
import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import { backupNoteFile, isBackupNote } from '@zhongheng/contracts/records/backup-note.ts'
import type {
  BackupFacts,
  DatabaseFacts,
  GatewayFacts,
  InstallationFacts,
  LedgerFacts,
  MailFacts,
  RecorderFacts,
} from '@zhongheng/domain/installation/facts.ts'
import { seconds } from '@zhongheng/domain/shared/clock.ts'
import type { Text } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import { migrationNames } from '../../database/open.ts'
import type { Deps } from '../../work/deps.ts'
import { type Work, inSystemWork } from '../../work/work.ts'
import type { BusView } from '../../ports/row-feed.ts'
import { positionOf } from '../../jobs/feed-position.ts'
import { servedStates } from '../../work/node-assignment.ts'
import { type Node, nodesOf, positionAt } from '../../work/nodes.ts'
import { readDisks } from './read-disks.ts'

/** A part that says nothing for so long counts as away. */
const patience = seconds(3)

const { version: product } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

type FromDatabase = {
  readonly database: DatabaseFacts
  readonly ledger: Omit<LedgerFacts, 'size' | 'checkpointAt'>
  readonly rotationFault: Text | null
  /** Positions of the index, and engagements served, by node. */
  readonly indexedTo: ReadonlyMap<number, number>
  readonly served: ReadonlyMap<number, number>
  readonly mail: MailFacts
}

/** Looks at every part of the installation once, each wait bounded. Asks for single rows only. */
export async function look(deps: Deps): Promise<InstallationView> {
  const { condition } = deps
  const now = (): Date => deps.clock?.now() ?? new Date()
  const [first, ...others] = nodesOf(deps)
  const [stored, gateway, recorder, further, disks, backup] = await Promise.all([
    within(fromDatabase(deps)),
    within(gatewayFacts(first)),
    within(first.recorder.status()),
    Promise.all(
      others.map(async (node) => ({
        node,
        gateway: await within(gatewayFacts(node)),
        recorder: await within(node.recorder.status()),
      })),
    ),
    within(readDisks(deps.settings.dataFolder)),
    lastBackup(deps.settings.dataFolder),
  ])
  const at = now()
  const keeper = deps.keys.keeper
  const facts: InstallationFacts = {
    keys: {
      keeper:
        keeper.kind === 'shares' ? { kind: 'shares', needed: keeper.needed, of: keeper.of } : { kind: keeper.kind },
      suite: deps.keys.suite.name,
      version: deps.keys.kekVersions().at(-1)?.version ?? 0,
      rotationFault: stored?.rotationFault ?? null,
    },
    backup,
    disks,
    database: stored?.database ?? null,
    databaseAway: condition.noteDatabase(stored !== null, at),
    gateway,
    recorder: recorder && recorderFacts(recorder, stored?.indexedTo.get(0), first.rows.bus()),
    firstNode: { address: `${first.host}:${first.port}`, engagements: stored?.served.get(0) ?? 0 },
    nodes: further.map(({ node: { number, host, port, rows }, gateway: found, recorder: status }) => ({
      number,
      address: `${host}:${port}`,
      engagements: stored?.served.get(number) ?? 0,
      gateway: found,
      recorder: status && recorderFacts(status, stored?.indexedTo.get(number), rows.bus()),
    })),
    recorderRefused: condition.noteRecorder(recorder?.state ?? null, recorder?.why ?? null, at),
    ledger: stored && {
      ...stored.ledger,
      size: deps.ledger.size(),
      checkpointAt: deps.ledger.checkpointAt()?.toISOString() ?? null,
    },
    mail: deps.mail.on ? (stored?.mail ?? null) : null,
    jobs: condition.jobs(),
    versions: { product, node: process.versions.node, startedAt: condition.startedAt },
  }
  return condition.see(facts, at)
}

/** What a part says; null when it fails or is too slow. */
const within = <T>(task: Promise<T>): Promise<T | null> =>
  Promise.race([task.catch(() => null), wait(patience, null, { ref: false })])

async function fromDatabase(deps: Deps): Promise<FromDatabase> {
  const { kysely } = deps.database
  const asked = Date.now()
  // The list of steps belongs to the owner and to no role that people or jobs work as.
  const { rows } = await sql<{ version: string; now: Date; names: string[] }>`
    select current_setting('server_version') as version, clock_timestamp() as now,
      array(select name from migrations order by name) as names`.execute(kysely)
  const answered = Date.now()
  const row = rows[0] ?? { version: '', now: new Date(), names: [] }
  const known = await migrationNames()
  const rest = await inSystemWork(deps, async (work) => {
    const { db } = work
    const state = await db.selectFrom('ledger_state').select('fault').executeTakeFirstOrThrow()
    const scrub = await db.selectFrom('ledger_scrubs').select(['ended_at', 'fault']).executeTakeFirstOrThrow()
    const waiting = await db
      .selectFrom('events')
      .select('at')
      .where('ledger_index', 'is', null)
      .orderBy('seq')
      .limit(1)
      .executeTakeFirst()
    const rotation = await db
      .selectFrom('key_rotations')
      .select('fault')
      .where('state', '<>', 'done')
      .limit(1)
      .executeTakeFirst()
    return {
      mail: await mailFacts(work),
      ledger: {
        waitingSince: waiting?.at.toISOString() ?? null,
        fault: state.fault?.what ?? null,
        scrubbedAt: scrub.ended_at?.toISOString() ?? null,
        damage: scrub.fault && { file: scrub.fault.file, what: scrub.fault.what },
      },
      rotationFault: rotation?.fault ?? null,
      indexedTo: new Map(
        await Promise.all(
          nodesOf(deps).map(
            async ({ number }) =>
              [number, await positionOf(work, positionAt('exchanges', number), baseOf(number))] as const,
          ),
        ),
      ),
      served: await servedBy(work),
    }
  })
  return {
    ...rest,
    database: {
      version: row.version.split(' ')[0] ?? '',
      step: row.names.at(-1) ?? '',
      waiting: known.filter((name) => !row.names.includes(name)).length,
      unknown: row.names.filter((name) => !known.includes(name)).length,
      clockMs: clockDifference(row.now.getTime(), asked, answered),
    },
  }
}

/** How mail goes, in three questions of one row each. */
async function mailFacts({ db }: Work): Promise<MailFacts> {
  const waiting = await db
    .selectFrom('mail_queue')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('state', '=', 'waiting')
    .executeTakeFirstOrThrow()
  const sent = await db
    .selectFrom('mail_queue')
    .select((eb) => eb.fn.max('ended_at').as('at'))
    .where('state', '=', 'sent')
    .executeTakeFirst()
  const failing = await db
    .selectFrom('mail_queue')
    .select(['tries', 'at', 'fault'])
    .where('state', '=', 'waiting')
    .where('fault', 'is not', null)
    .orderBy('tries', 'desc')
    .limit(1)
    .executeTakeFirst()
  return {
    waiting: Number(waiting.count),
    sentAt: sent?.at?.toISOString() ?? null,
    failing: failing ? { tries: failing.tries, since: failing.at.toISOString(), what: failing.fault ?? '' } : null,
  }
}

/** How far another clock is ahead of ours, whatever the way there and back took. @returns milliseconds */
const clockDifference = (theirs: number, asked: number, answered: number): number =>
  theirs < asked ? theirs - asked : theirs > answered ? theirs - answered : 0

/** Engagements in the policy, by the node that they are assigned to. */
async function servedBy({ db }: Work): Promise<ReadonlyMap<number, number>> {
  const { rows } = await sql<{ node: number; count: number }>`
    select coalesce((nodes -> -1 ->> 'node')::int, 0) as node, count(*)::int as count from engagements
    where state in (${sql.join([...servedStates])}) group by 1`.execute(db)
  return new Map(rows.map(({ node, count }) => [node, count]))
}

async function gatewayFacts(node: Node): Promise<GatewayFacts | null> {
  const asked = Date.now()
  const status = await node.gateway.status()
  if (status === null) return null
  const { policySequence, policyExpiresAt, recorder, openConnections, now } = status
  return {
    policySequence,
    policyExpiresAt,
    recorder,
    openConnections,
    clockMs: now === undefined ? null : clockDifference(Date.parse(now), asked, Date.now()),
  }
}

const recorderFacts = (
  status: Awaited<ReturnType<Deps['recorder']['status']>>,
  indexedTo: number | undefined,
  bus: BusView | null,
): RecorderFacts => ({
  state: status.state,
  why: status.why,
  freeBytes: status.disk.freeBytes,
  reserveBytes: status.disk.reserveBytes,
  lag: indexedTo === undefined ? 0 : Math.max(0, status.lastSequence - indexedTo),
  withoutKey: status.engagementsWithoutKey.length,
  damaged: status.damaged.length,
  store: status.store && {
    place: status.store.place,
    waiting: status.store.waiting,
    waitingSince: status.store.waitingSince,
    stuck: status.store.stuck,
    failing: status.store.failing,
  },
  bus: bus && {
    place: bus.place,
    waiting: status.bus === null ? 0 : Math.max(0, status.lastSequence - status.bus.published),
    refused: bus.refused,
    // One of the two without a bus is a difference in their settings.
    failing: bus.failing ?? (status.bus === null ? { since: status.startedAt, why: 'ZH_BUS' } : status.bus.failing),
  },
})

async function lastBackup(dataFolder: string): Promise<BackupFacts | null> {
  try {
    const note: unknown = JSON.parse(await readFile(join(dataFolder, backupNoteFile), 'utf8'))
    return isBackupNote(note) ? { madeAt: note.madeAt, bytes: note.bytes, checkedAt: note.checkedAt } : null
  } catch {
    // None was made here, or somebody wrote into the file: either way none is on record.
    return null
  }
}

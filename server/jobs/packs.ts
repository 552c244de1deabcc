import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Actor, Role } from '@zhongheng/domain/access/actor.ts'
import { heldPosts } from '@zhongheng/domain/access/held-posts.ts'
import { packProgress, packRules, type PackStage } from '@zhongheng/domain/audit/packs.ts'
import { minutes, seconds } from '@zhongheng/domain/shared/clock.ts'
import { Problem, say, type Text } from '@zhongheng/domain/shared/problem.ts'
import { writePack } from '@zhongheng/ledger/pack/write-pack.ts'
import { PackError } from '@zhongheng/ledger/verify/pack/fault.ts'
import { sql } from 'kysely'
import { openEngagement } from '../features/engagements/reads.ts'
import { packInput, type PackOrder, type Watcher } from '../features/evidence/pack-contents.ts'
import { packFileAt, packPath, type PackRow } from '../features/evidence/packs.ts'
import { writeSealed } from '../sealing/sealed-file.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork, inWork } from '../work/work.ts'
import { everySoOften, type Stop } from './rounds.ts'

/** A builder that is not heard of for so long is gone; another takes its pack up. */
const silence = '30 seconds'
const maxTries = 3
/** Between two looks at the row: for progress, and for whether the pack is still wanted. */
const beatMs = 300

/** Thrown inside a build whose pack was cancelled or taken up by another builder, or whose server ends. */
class NotWanted extends Error {
  override readonly name = 'NotWanted'
}

/**
 * Builds the packs that wait, one after another. Several servers may: a row belongs to one builder at a time. Killed at
 * any moment, the pack is begun again. @returns how many came to an end
 */
export async function buildPacks(deps: Deps, signal?: AbortSignal): Promise<number> {
  let done = 0
  for (;;) {
    if (signal?.aborted === true) return done
    const builder = randomUUID()
    const row = await claim(deps, builder)
    if (row === null) return done
    await buildOne(deps, row, builder, signal)
    done++
  }
}

async function claim(deps: Deps, builder: string): Promise<PackRow | null> {
  return inSystemWork(deps, async ({ db }) => {
    const free = db
      .selectFrom('packs')
      .select('id')
      .where((eb) =>
        eb.or([
          eb('state', '=', 'queued'),
          eb.and([eb('state', '=', 'building'), sql<boolean>`beat_at < now() - interval '${sql.raw(silence)}'`]),
        ]),
      )
      .orderBy('asked_at')
      .limit(1)
      .forUpdate()
      .skipLocked()
    const row = await db
      .updateTable('packs')
      .set((eb) => ({ state: 'building', builder, beat_at: sql<Date>`now()`, tries: eb('tries', '+', 1) }))
      .where('id', 'in', free)
      .returningAll()
      .executeTakeFirst()
    return row ?? null
  })
}

async function buildOne(deps: Deps, row: PackRow, builder: string, signal: AbortSignal | undefined): Promise<void> {
  const folder = join(deps.settings.dataFolder, 'packs')
  const part = join(folder, `${row.id}.${builder}.part`)
  const beat = setInterval(() => void mine(deps, row.id, builder, {}).catch(() => undefined), 5000)
  try {
    if (row.tries > maxTries)
      throw new Problem('unavailable', say('多次制作未成功', 'it could not be built in several tries'))
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await build(deps, row, builder, { part, signal })
  } catch (error) {
    await rm(part, { force: true })
    if (error instanceof NotWanted) return await giveBack(deps, row.id, builder)
    await finish(deps, row.id, builder, { state: 'failed', failure: JSON.stringify(wordsFor(error)) })
    if (!(error instanceof Problem) && !(error instanceof PackError)) throw error
  } finally {
    clearInterval(beat)
  }
}

async function build(
  deps: Deps,
  row: PackRow,
  builder: string,
  { part, signal }: { part: string; signal: AbortSignal | undefined },
): Promise<void> {
  const actor = await personOf(deps, row.person_id)
  // Rights may have ended since the pack was asked for.
  const engagement = await inWork(deps, actor, (work) => openEngagement(work, row.engagement_id, 'pack.build'))
  if (row.redaction === 'none')
    await inWork(deps, actor, (work) => openEngagement(work, row.engagement_id, 'pack.build_whole'))
  const order: PackOrder = {
    engagement,
    redaction: row.redaction,
    about: {
      kind: row.kind,
      engagementId: row.engagement_id,
      findingId: row.finding_id,
      from: row.from_at?.toISOString() ?? null,
      to: row.to_at?.toISOString() ?? null,
    },
  }
  const watcher = watch(deps, row.id, builder, signal)
  const input = await packInput(deps, actor, order, watcher)
  await watcher.at('writing', 0)
  const { out, done } = writeSealed(part, engagement.sealing.keys, packFileAt(row.id))
  let written = 0
  const total = Math.max(1, input.exchanges.length)
  const exchanges = input.exchanges.map((exchange) => ({
    ...exchange,
    request: seen(exchange.request, () => watcher.at('writing', written++ / (total * 4))),
  }))
  const summary = await writePack(out, { ...input, exchanges }).catch(async (error: unknown) => {
    out.destroy()
    await done.catch(() => undefined)
    throw error
  })
  await done
  await watcher.at('writing', 1)
  await rename(part, packPath(deps.settings.dataFolder, row.id))
  await inWork(deps, actor, async (work) => {
    await work.asSystem(async (db) => {
      const kept = await db
        .updateTable('packs')
        .set({
          state: 'ready',
          stage: 'done',
          progress: 100,
          builder: null,
          bytes: summary.bytes,
          sha256: summary.sha256,
          ready_at: work.now,
          expires_at: new Date(work.now.getTime() + packRules.keptDays * 86_400_000),
        })
        .where('id', '=', row.id)
        .where('builder', '=', builder)
        .returning('id')
        .executeTakeFirst()
      if (!kept) throw new NotWanted()
    })
    work.record({
      kind: 'pack.built',
      engagementId: engagement.id,
      subject: row.id,
      role: engagement.role,
      audience: 'parties',
      facts: {
        kind: row.kind,
        redaction: row.redaction,
        sha256: summary.sha256,
        entries: summary.entries,
        exchanges: summary.exchanges,
        madeAt: input.madeAt.toISOString(),
      },
    })
  }).catch(async (error: unknown) => {
    await rm(packPath(deps.settings.dataFolder, row.id), { force: true })
    throw error
  })
}

type Shown = Awaited<ReturnType<typeof packInput>>['exchanges'][number]['request']

/** The same side, which tells when somebody begins to read it. */
function seen(side: Shown, tell: () => Promise<void>): Shown {
  if (side === null) return null
  const bytes = typeof side === 'function' ? side : side.bytes
  const told = async function* (): AsyncGenerator<Uint8Array> {
    await tell()
    yield* bytes()
  }
  return typeof side === 'function' ? told : { ...side, bytes: told }
}

/** Writes progress down every now and then, and ends the build once its pack is not wanted any more. */
function watch(deps: Deps, id: string, builder: string, signal: AbortSignal | undefined): Watcher {
  let last = 0
  let before: PackStage | null = null
  return {
    async at(stage, share) {
      if (signal?.aborted === true) throw new NotWanted()
      if (stage === before && performance.now() - last < beatMs) return
      before = stage
      last = performance.now()
      if (!(await mine(deps, id, builder, { stage, progress: packProgress(stage, share) }))) throw new NotWanted()
    },
  }
}

const mine = (deps: Deps, id: string, builder: string, more: { stage?: string; progress?: number }): Promise<boolean> =>
  inSystemWork(deps, async ({ db }) => {
    const row = await db
      .updateTable('packs')
      .set({ beat_at: sql<Date>`now()`, ...more })
      .where('id', '=', id)
      .where('builder', '=', builder)
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  })

/** A server that ends leaves its pack to the next one; a cancelled pack is nobody's. */
const giveBack = (deps: Deps, id: string, builder: string): Promise<void> =>
  inSystemWork(deps, async ({ db }) => {
    await db
      .updateTable('packs')
      .set((eb) => ({ state: 'queued', builder: null, tries: eb('tries', '-', 1) }))
      .where('id', '=', id)
      .where('builder', '=', builder)
      .execute()
  })

const finish = (deps: Deps, id: string, builder: string, to: { state: 'failed'; failure: string }): Promise<void> =>
  inSystemWork(deps, async ({ db }) => {
    await db
      .updateTable('packs')
      .set({ ...to, builder: null })
      .where('id', '=', id)
      .where('builder', '=', builder)
      .execute()
  })

function wordsFor(error: unknown): Text {
  if (error instanceof Problem) return error.text
  if (error instanceof PackError) return error.fault.what
  return say('制作中断，原因已记录；请重新申请', 'building broke off, and why is logged; ask for it again')
}

/** @throws Problem forbidden for somebody who is not a member any more */
async function personOf(deps: Deps, personId: string): Promise<Actor> {
  const { row, now } = await inSystemWork(deps, async ({ db, now }) => ({
    now,
    row: await db
      .selectFrom('persons')
      .innerJoin('organisations', 'organisations.id', 'persons.org_id')
      .select(['persons.id', 'persons.name', 'posts', 'post_ends', 'org_id', 'organisations.kind'])
      .where('persons.id', '=', personId)
      .where('persons.state', '=', 'active')
      .executeTakeFirst(),
  }))
  if (!row) throw new Problem('forbidden', say('申请人已不是成员', 'who asked for it is not a member any more'))
  const { id, name, org_id, kind } = row
  const posts = heldPosts(row.posts, row.post_ends, now)
  return { personId: id, name, posts, orgId: org_id, orgKind: kind as Role }
}

/** Removes packs whose time is over, and what killed builders left behind. */
export async function expirePacks(deps: Deps): Promise<number> {
  const due = await inSystemWork(deps, ({ db, now }) =>
    db
      .updateTable('packs')
      .set({ state: 'expired' })
      .where('state', '=', 'ready')
      .where('expires_at', '<=', now)
      .returning('id')
      .execute(),
  )
  const folder = join(deps.settings.dataFolder, 'packs')
  for (const { id } of due) await rm(packPath(deps.settings.dataFolder, id), { force: true })
  const files = await readdir(folder).catch(() => [] as string[])
  for (const name of files) {
    const [id = '', builder = ''] = name.split('.')
    const wanted = await inSystemWork(deps, ({ db }) =>
      db.selectFrom('packs').select(['state', 'builder']).where('id', '=', id).executeTakeFirst(),
    )
    const isKept = name.endsWith('.part')
      ? wanted?.state === 'building' && wanted.builder === builder
      : wanted?.state === 'ready' || wanted?.state === 'building'
    if (!isKept) await rm(join(folder, name), { force: true })
  }
  return due.length
}

export function startPackBuilder(deps: Deps, onFault: (error: unknown) => void): Stop {
  const ending = new AbortController()
  const building = everySoOften(() => buildPacks(deps, ending.signal), seconds(1), onFault)
  const expiring = everySoOften(() => expirePacks(deps), minutes(1), onFault)
  return async () => {
    ending.abort()
    await Promise.all([building.stop(), expiring.stop()])
  }
}

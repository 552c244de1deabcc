import { createHash, randomBytes } from 'node:crypto'
import { type Json, canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import type { Actor, Role } from '@zhongheng/domain/access/actor.ts'
import { type Id, type IdKind, makeId } from '@zhongheng/domain/shared/ids.ts'
import { type Transaction, sql } from 'kysely'
import type { OpenDatabase } from '../database/open.ts'
import type { Database } from '../database/schema.ts'
import type { Deps } from './deps.ts'
import { makeNotices } from './make-notices.ts'

export type Db = Transaction<Database>

/** Who may read an event on a timeline: own house only, the three supervising parties, or testers too. */
export type EventAudience = 'house' | 'parties' | 'everyone'

export type NewEvent = {
  readonly kind: string
  readonly engagementId: string | null
  readonly subject: string | null
  /** Role on the engagement; the organisation's kind where there is none. */
  readonly role: Role | 'system'
  readonly audience: EventAudience
  /** Numbers, states, ids, rule ids and digests only: a leaf never holds text (see `LedgerLeaf`). */
  readonly facts: { readonly [name: string]: Json }
  /** Written as the platform, where the act reaches an engagement that its actor need not see. Say why where you set it. */
  readonly pastOwn?: true
}

/**
 * One unit of work: one transaction under the actor's row policies, its events and what leaves after commit. A change
 * without `record` cannot be told from nothing by an auditor, so every use case that writes also records.
 */
export type Work = {
  readonly actor: Actor
  /** Database time of the transaction. */
  readonly now: Date
  readonly db: Db
  readonly deps: Deps
  newId<K extends IdKind>(kind: K): Id<K>
  /** Adds an event to this commit and answers its id. */
  record(event: NewEvent): Id<'event'>
  /** Runs after the commit only: pushes to the gateway, wake-ups. Failures there are retried by jobs, never lost. */
  afterCommit(task: () => void | Promise<void>): void
  /**
   * Runs statements as the system role inside this same transaction, for the few acts that reach past the actor's own
   * rows (ending a removed member's logins, the one-identity check). Say why where you call it.
   */
  asSystem<T>(task: (db: Db) => Promise<T>): Promise<T>
}

/** Runs a task in one transaction as this person. The tenant ends with the transaction, so a pooled connection cannot leak it. */
export async function inWork<T>(deps: Deps, actor: Actor, task: (work: Work) => Promise<T>): Promise<T> {
  return run(deps, actor, 'zh_app', task)
}

const system: Actor = { personId: 'system', orgId: '', orgKind: 'organizer', posts: [], name: 'system' }

/** Runs a task as the platform itself: sequencer, clock, traffic index, sign-in. Never on behalf of a request's body. */
export async function inSystemWork<T>(deps: Deps, task: (work: Work) => Promise<T>): Promise<T> {
  return run(deps, system, 'zh_system', task)
}

/** A unit of work without a server around it. */
export type BareWork = Omit<Work, 'deps'>

/** Runs a task as the platform itself, for an operator's command beside the server or in its absence. */
export async function inOperatorWork<T>(database: OpenDatabase, task: (work: BareWork) => Promise<T>): Promise<T> {
  return transact({ database }, system, 'zh_system', task)
}

const run = <T>(deps: Deps, actor: Actor, role: 'zh_app' | 'zh_system', task: (work: Work) => Promise<T>): Promise<T> =>
  transact(deps, actor, role, (work) => task({ ...work, deps }))

async function transact<T>(
  deps: Pick<Deps, 'database' | 'clock'>,
  actor: Actor,
  role: 'zh_app' | 'zh_system',
  task: (work: BareWork) => Promise<T>,
): Promise<T> {
  const later: (() => void | Promise<void>)[] = []
  const answer = await deps.database.kysely.transaction().execute(async (db) => {
    const opened = await sql<{ now: Date }>`
      select set_config('role', ${role}, true), set_config('app.org', ${actor.orgId}, true),
        set_config('app.kind', ${actor.orgId ? actor.orgKind : ''}, true),
        set_config('app.person', ${actor.orgId ? actor.personId : ''}, true), now() as now`.execute(db)
    const now = deps.clock?.now() ?? opened.rows[0]?.now ?? new Date()
    const events: (NewEvent & { id: Id<'event'> })[] = []
    let current = role
    const work: BareWork = {
      actor,
      now,
      db,
      newId: (kind) => makeId(kind, now, randomBytes(10)),
      record: (event) => {
        const id = makeId('event', now, randomBytes(10))
        events.push({ ...event, id })
        return id
      },
      afterCommit: (then) => later.push(then),
      asSystem: async (inner) => {
        // A step inside a step goes back to the outer one's rights, not to the person's.
        const before = current
        const become = async (next: typeof current): Promise<void> => {
          await sql`select set_config('role', ${next}, true)`.execute(db)
          current = next
        }
        const back = () => become(before)
        await become('zh_system')
        let result: Awaited<ReturnType<typeof inner>>
        try {
          result = await inner(db)
        } catch (error) {
          // A refusal leaves the transaction usable, so the rights go back; after an error of the database nothing can
          // be set any more, and the first reason counts.
          await back().catch(() => undefined)
          throw error
        }
        await back()
        return result
      },
    }
    const result = await task(work)
    if (events.length > 0) {
      const write = async (into: Db, which: typeof events): Promise<void> => {
        if (which.length > 0)
          await into
            .insertInto('events')
            .values(which.map((event) => rowOf(event, actor, now)))
            .execute()
      }
      await write(
        db,
        events.filter((event) => !event.pastOwn),
      )
      const past = events.filter((event) => event.pastOwn)
      if (past.length > 0) await work.asSystem((own) => write(own, past))
      await makeNotices(work, events)
      await sql`select pg_notify('zh_events', '')`.execute(db)
    }
    return result
  })
  // What was committed stays done: a push or wake-up that failed is made up for by its job.
  for (const then of later)
    await Promise.resolve()
      .then(then)
      .catch(() => undefined)
  return answer
}

function rowOf(event: NewEvent & { id: Id<'event'> }, actor: Actor, now: Date) {
  const leaf: LedgerLeaf = {
    v: 1,
    id: event.id,
    at: now.toISOString(),
    kind: event.kind,
    engagementId: event.engagementId,
    subject: event.subject,
    actor: actor.personId,
    role: event.role,
    facts: event.facts,
  }
  return {
    id: event.id,
    at: now,
    kind: event.kind,
    engagement_id: event.engagementId,
    subject: event.subject,
    actor: actor.personId,
    role: event.role,
    org_id: actor.orgId || null,
    audience: event.audience,
    leaf: canonicalJson(leaf),
  }
}

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

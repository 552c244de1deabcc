import type { Waiting } from '@zhongheng/contracts/http/people.ts'
import type { Role } from '@zhongheng/domain/access/actor.ts'
import { type EngagementAction, may } from '@zhongheng/domain/access/matrix.ts'
import { openAbroad } from '@zhongheng/domain/jurisdiction/border.ts'
import { nextSteps } from '@zhongheng/domain/engagements/next-steps.ts'
import type { EngagementState } from '@zhongheng/domain/engagements/states.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { inBlocks } from '../../database/traffic-blocks.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import type { EngagementKeyRow } from '../../sealing/engagement-envelope.ts'
import { disposed } from '../../sealing/keys.ts'
import {
  type DataKeys,
  type SealPlace,
  keyedDigest,
  open,
  openFromText,
  openText,
  seal,
  sealToText,
} from '../../sealing/seal.ts'
import { disposalNote } from '../retention/reads.ts'
import { checkAskerInside } from '../../work/border.ts'
import { closedToActor } from '../../work/work-ends.ts'
import type { Work } from '../../work/work.ts'

/**
 * An engagement that this person may act on, with their role here and its sealing key. Only `engagementRef` and
 * `openEngagement` make one.
 */
export type EngagementHandle = {
  readonly id: string
  readonly row: Selectable<Database['engagements']>
  readonly role: Role
  /** Seals and opens values of this engagement's rows. */
  readonly sealing: EngagementSealing
  /** The emergency access by which alone this person reads here; null for everybody with a right of their own. */
  readonly breakGlass: string | null
}

/** What the event of a reading says of the right that it was done by. */
export const underWhat = ({ breakGlass }: Pick<EngagementHandle, 'breakGlass'>): { breakGlassId?: string } =>
  breakGlass === null ? {} : { breakGlassId: breakGlass }

export type EngagementSealing = {
  seal(place: SealPlace, text: string | Uint8Array): Buffer
  open(place: SealPlace, sealed: Uint8Array): string
  openBytes(place: SealPlace, sealed: Uint8Array): Buffer
  /** The same for columns of text. */
  sealToText(place: SealPlace, text: string): string
  openFromText(place: SealPlace, sealed: string): string
  /** Hex HMAC-SHA-256: what the ledger may hold of a text. */
  commit(text: string): string
  /** The engagement's keys, for what is sealed outside of rows. */
  readonly keys: DataKeys
  /** Nothing opens any more: the keys went with the disposal of the engagement's data. */
  readonly destroyed: boolean
}

/** What stays of an engagement whose keys were destroyed. */
const afterDisposal: readonly EngagementAction[] = [
  'engagement.read',
  'engagement.timeline',
  'reading.list',
  'hold.read',
  'hold.place',
  'disposal.order',
]

/**
 * The reference every engagement route declares: loads under the row policies, then asks the matrix.
 * @param action the act, or several of which one is enough
 * @param lock `update` where the act changes the engagement or counts on its state not changing
 */
export function engagementRef(
  action: EngagementAction | readonly EngagementAction[],
  lock: 'read' | 'update' = 'read',
): Reference<EngagementHandle> {
  return { about: [action].flat().join(' or '), load: (work, id) => openEngagement(work, id, action, lock) }
}

/**
 * @param otherwise another right to the same act, asked for where the matrix gives none; answers its id
 * @throws Problem not_found when the caller may not know of it, forbidden ROLE-1 when the act is not theirs, RMSV-9-7 when it would give abroad
 */
export async function openEngagement(
  work: Work,
  id: string,
  action: EngagementAction | readonly EngagementAction[],
  lock: 'read' | 'update' = 'read',
  otherwise: (work: Work, engagementId: string) => Promise<string | null> = async () => null,
): Promise<EngagementHandle> {
  let query = work.db.selectFrom('engagements').selectAll().where('id', '=', id)
  if (lock === 'update') query = query.forUpdate()
  const row = await query.executeTakeFirst()
  const role = row ? await roleOn(work, row) : null
  // Given to others of the house: absent, whatever the row policies said.
  if (!row || !role || (await closedToActor(work)).has(row.id)) throw notFound()
  const own = [action].flat().some((one) => may(work.actor, one, role))
  const breakGlass = own ? null : await otherwise(work, row.id)
  if (!own && breakGlass === null)
    throw new Problem(
      'forbidden',
      say('您在此项目中的角色或岗位不能执行此操作', 'your role or post in this engagement may not do this'),
      { rule: 'ROLE-1' },
    )
  // What speaks of findings or shows traffic goes to nobody abroad but whose product it is.
  if (![action].flat().some((one) => openAbroad.includes(one))) await checkAskerInside(work, role === 'demand')
  const sealing = sealingOf(work, row)
  if (sealing.destroyed && ![action].flat().some((one) => afterDisposal.includes(one)))
    throw await fileDisposed(work, row.id)
  return { id: row.id, row, role, sealing, breakGlass }
}

/** Says when, by whom and under which rule, where the record of the disposal is there to be read. */
async function fileDisposed(work: Work, engagementId: string): Promise<Problem> {
  const note = await disposalNote(work, engagementId, 'file')
  return note ? new Problem('wrong_state', note.words, { rule: 'DISPOSED-1' }) : disposed()
}

export function sealingOf(work: Work, row: EngagementKeyRow): EngagementSealing {
  const keys = work.deps.keys.engagement(row)
  return keys === null ? withoutKey : sealingWith(keys)
}

export const sealingWith = (keys: DataKeys): EngagementSealing => ({
  destroyed: false,
  keys,
  seal: (place, text) => seal(keys, place, text),
  open: (place, sealed) => openText(keys, place, sealed),
  openBytes: (place, sealed) => open(keys, place, sealed),
  sealToText: (place, text) => sealToText(keys, place, text),
  openFromText: (place, sealed) => openFromText(keys, place, sealed),
  commit: (text) => keyedDigest(keys, text),
})

/** Of an engagement whose keys were destroyed: nothing opens, and nothing new is sealed. */
const refuse = (): never => {
  throw disposed()
}
const withoutKey: EngagementSealing = {
  destroyed: true,
  get keys(): DataKeys {
    return refuse()
  },
  seal: refuse,
  open: refuse,
  openBytes: refuse,
  sealToText: refuse,
  openFromText: refuse,
  commit: refuse,
}

/** The role of the actor's organisation on an engagement; null for a stranger. */
export async function roleOn(work: Work, row: { id: string; demand_org_id: string }): Promise<Role | null> {
  if (row.demand_org_id === work.actor.orgId) return 'demand'
  const party = await work.db
    .selectFrom('parties')
    .select('role')
    .where('engagement_id', '=', row.id)
    .where('org_id', '=', work.actor.orgId)
    .executeTakeFirst()
  return (party?.role as Role | undefined) ?? null
}

/** Another reference of the same request must belong to the engagement in its path; anything else is absent. */
export function handleOf(context: { on: Record<string, unknown> }): EngagementHandle {
  const handle = context.on['params.engagementId'] as EngagementHandle | undefined
  if (!handle) throw new Error('declare params.engagementId before the references that hang under it')
  return handle
}

/** Tables whose rows belong to one tester of an engagement, and those whose rows are the whole engagement's. */
type OfTester = 'alerts' | 'enrollments' | 'exchanges' | 'findings' | 'leases' | 'rewards'
type OfAll =
  | 'break_glass'
  | 'letters'
  | 'ownership_proofs'
  | 'packs'
  | 'reports'
  | 'segments'
  | 'target_certificates'
  | 'test_rules'
/** `update` where the act changes the row or counts on it not changing. */
type Lock = 'read' | 'update'

/**
 * A row of the engagement in the path; the row policies see to which side may know of it. What is another engagement's is
 * answered as absent.
 */
export const ofEngagementRef = <T extends OfAll>(
  table: T,
  about: string,
  lock: Lock = 'read',
): Reference<Selectable<Database[T]>> => ({
  about: `${about} of the engagement in the path`,
  load: async (work, id, context) =>
    (await rowOf(work, table, id, handleOf(context), lock)) as unknown as Selectable<Database[T]>,
})

/** The same of what is one tester's: a tester knows of their own only, also inside a team. */
export const ofTesterRef = <T extends OfTester>(
  table: T,
  about: string,
  lock: Lock = 'update',
): Reference<Selectable<Database[T]>> => ({
  about: `${about} of the engagement in the path`,
  async load(work, id, context) {
    const engagement = handleOf(context)
    const row = await rowOf(work, table, id, engagement, lock)
    if (engagement.role === 'tester' && row.person_id !== work.actor.personId) throw notFound()
    return row as unknown as Selectable<Database[T]>
  },
})

async function rowOf(work: Work, table: OfTester | OfAll, id: string, engagement: EngagementHandle, lock: Lock) {
  // The columns asked about are the same in each of these tables, which the query's types cannot say of a variable one.
  let query = work.db
    .selectFrom(table as 'leases')
    .selectAll()
    .where('id', '=', id)
    .where('engagement_id', '=', engagement.id)
  if (table === 'exchanges') query = query.where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
  if (lock === 'update') query = query.forUpdate()
  const row = await query.executeTakeFirst()
  if (!row) throw notFound()
  return row
}

/** The role of the signed-in person on each of their running engagements, for other features' home pages. */
export async function myEngagements(
  work: Work,
): Promise<{ id: string; title: string; role: Role; state: string; updatedAt: Date }[]> {
  const rows = await work.db
    .selectFrom('engagements')
    .innerJoin('parties', (join) =>
      join.onRef('parties.engagement_id', '=', 'engagements.id').on('parties.org_id', '=', work.actor.orgId),
    )
    .select(['engagements.id', 'title', 'state', 'updated_at', 'parties.role'])
    .where('state', 'not in', ['closed', 'cancelled'])
    .orderBy('updated_at', 'desc')
    .limit(100)
    .execute()
  const closed = await closedToActor(work)
  return rows
    .filter((row) => !closed.has(row.id))
    .map((row) => ({
      id: row.id,
      title: row.title,
      role: row.role as Role,
      state: row.state,
      updatedAt: row.updated_at,
    }))
}

/** One line for each engagement that waits for this person's side. */
export async function engagementsWaiting(work: Work): Promise<Waiting[]> {
  return (await myEngagements(work)).flatMap((one) => {
    const text = nextSteps[one.state as EngagementState][one.role]
    return text
      ? [
          {
            kind: 'engagement',
            text,
            engagementId: one.id,
            engagementTitle: one.title,
            href: `/engagements/${one.id}`,
            since: one.updatedAt.toISOString(),
          },
        ]
      : []
  })
}

export { readFacts } from './read-facts.ts'
export { type OpenScope, assetsOf, readScope } from './scope-store.ts'
export { rulesInForce } from './rules-in-force.ts'
export { openStop, stopReasonAt } from './stop-reason.ts'
export { namesOf } from './view-engagement.ts'

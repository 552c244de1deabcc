import type { CorrectionView, CorrectionWish } from '@zhongheng/contracts/http/corrections.ts'
import { heldPosts } from '@zhongheng/domain/access/held-posts.ts'
import {
  alreadyAsked,
  checkOpen,
  decidesOn,
  dueAt,
  nobodyDecides,
  notYetVerified,
  nothingToCorrect,
} from '@zhongheng/domain/personal-data/corrections.ts'
import { notFound } from '../../http/problems.ts'
import type { Caller, Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { accountsOfBrowser } from '../approvals/reads.ts'
import { documentDigest } from '../testers/reads.ts'
import { type Wished, sealWords } from './words.ts'
import { viewCorrection } from './view-corrections.ts'

export type CorrectionRow = { id: string; person_id: string; field: string; state: string; same_browser: string[] }
const oneRequest = (work: Work, id: string) =>
  work.db
    .selectFrom('correction_requests')
    .select(['id', 'person_id', 'field', 'state', 'same_browser'])
    .where('id', '=', id)

export const ownCorrectionRef: Reference<CorrectionRow> = {
  about: 'own request for correction',
  async load(work, id) {
    const row = await oneRequest(work, id).where('person_id', '=', work.actor.personId).executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

/** For those whose post decides on it, in the house that it is addressed to; for anybody else it is not there. */
export const decidedCorrectionRef: Reference<CorrectionRow> = {
  about: 'request for correction, addressed to my house and mine to decide',
  async load(work, id) {
    const row = await oneRequest(work, id).where('decider_org_id', '=', work.actor.orgId).executeTakeFirst()
    if (!row || !decidesOn(work.actor, row.field)) throw notFound()
    return row
  },
}

/**
 * Asks to have a value corrected that others rely on (GBT39276-5.1.1.4-f).
 * @throws Problem refused CORRECT-1; conflict CORRECT-4; wrong_state CORRECT-5, CORRECT-6; SOD-1 and a wrong check digit as the identity check itself
 */
export async function askCorrection(work: Work, wish: CorrectionWish, caller: Caller): Promise<CorrectionView> {
  const { personId, orgId } = work.actor
  const { wished, digest } = await wishedValue(work, wish)
  const id = work.newId('correction')
  const decider = await deciderOf(work, wish.field)
  const made = await work.db
    .insertInto('correction_requests')
    .values({
      id,
      person_id: personId,
      org_id: orgId,
      decider_org_id: decider,
      field: wish.field,
      sealed_value: sealWords(work, 'sealed_value', id, JSON.stringify(wished)),
      sealed_reason: sealWords(work, 'sealed_reason', id, wish.reason),
      value_digest: digest,
      same_browser: await accountsOfBrowser(work, caller.devices),
      state: 'asked',
      asked_at: work.now,
      due_at: dueAt(work.now),
      decided_by: null,
      decided_at: null,
      sealed_answer: null,
    })
    .onConflict((conflict) => conflict.columns(['person_id', 'field']).where('state', '=', 'asked').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!made) throw alreadyAsked()
  work.record({
    kind: 'correction.asked',
    engagementId: null,
    subject: id,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { field: wish.field, personId, decider },
  })
  return viewCorrection(work, id)
}

export async function withdrawCorrection(work: Work, row: CorrectionRow): Promise<CorrectionView> {
  await endRequest(work, row, { state: 'withdrawn', decided_at: work.now })
  work.record({
    kind: 'correction.withdrawn',
    engagementId: null,
    subject: row.id,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { field: row.field, personId: row.person_id },
  })
  return viewCorrection(work, row.id)
}

/** Gives a request its one result; two at the same moment see each other. @throws Problem wrong_state CORRECT-3 */
export async function endRequest(
  work: Work,
  row: CorrectionRow,
  result: { state: string; decided_at: Date; decided_by?: string; sealed_answer?: Buffer },
): Promise<void> {
  const ended = await work.db
    .updateTable('correction_requests')
    .set(result)
    .where('id', '=', row.id)
    .where('state', '=', 'asked')
    .returning('state')
    .executeTakeFirst()
  checkOpen(ended === undefined ? 'ended meanwhile' : 'asked')
}

async function wishedValue(work: Work, wish: CorrectionWish): Promise<{ wished: Wished; digest: string | null }> {
  const { personId } = work.actor
  if (wish.field === 'identity') {
    const tester = await work.db
      .selectFrom('testers')
      .select('identity')
      .where('person_id', '=', personId)
      .executeTakeFirst()
    if (tester?.identity !== 'verified') throw notYetVerified()
    const { field, realName, documentKind } = wish
    return { wished: { field, realName, documentKind }, digest: await documentDigest(work, personId, wish) }
  }
  const { name, jurisdiction } = await work.db
    .selectFrom('persons')
    .select(['name', 'jurisdiction'])
    .where('id', '=', personId)
    .executeTakeFirstOrThrow()
  if (wish.value === (wish.field === 'name' ? name : jurisdiction)) throw nothingToCorrect()
  const { field, value } = wish
  return { wished: { field, value } as Wished, digest: null }
}

/**
 * The house that decides: the own one where somebody else holds the post there, the organizer for an identity and where
 * nobody does. As the system, because a tester's house does not see the organizer's people.
 */
const deciderOf = (work: Work, field: CorrectionWish['field']): Promise<string> =>
  work.asSystem(async (db) => {
    const others = await db
      .selectFrom('persons')
      .innerJoin('organisations', 'organisations.id', 'persons.org_id')
      .select(['persons.id', 'persons.org_id', 'persons.name', 'posts', 'post_ends', 'kind'])
      .where('persons.state', '=', 'active')
      .where('persons.id', '<>', work.actor.personId)
      .where((eb) => eb.or([eb('persons.org_id', '=', work.actor.orgId), eb('kind', '=', 'organizer')]))
      .execute()
    const holders = others.filter((one) =>
      decidesOn(
        {
          personId: one.id,
          orgId: one.org_id,
          orgKind: one.kind as typeof work.actor.orgKind,
          posts: heldPosts(one.posts, one.post_ends, work.now),
          name: one.name,
        },
        field,
      ),
    )
    const own = field === 'identity' ? undefined : holders.find((one) => one.org_id === work.actor.orgId)
    const found = own ?? holders.find((one) => one.kind === 'organizer')
    if (!found) throw nobodyDecides()
    return found.org_id
  })

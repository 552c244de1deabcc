import type { Call } from '@zhongheng/contracts/http/index.ts'
import type { RetentionPage } from '@zhongheng/contracts/http/retention.ts'
import { may } from '@zhongheng/domain/access/matrix.ts'
import { guards } from '@zhongheng/domain/engagements/guards.ts'
import {
  disposableFrom,
  type DisposalFacts,
  type DisposalKind,
  whyNotDisposed,
} from '@zhongheng/domain/retention/disposal.ts'
import { recordingDays } from '@zhongheng/domain/retention/retention.ts'
import { Problem } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import type { Work } from '../../work/work.ts'
import { passSecondPerson } from '../approvals/reads.ts'
import { type EngagementHandle, readFacts } from '../engagements/reads.ts'
import { digestOf, openWords, sealWords } from './hold-words.ts'
import { holdsOver } from './reads.ts'
import { viewHolds } from './view-holds.ts'

/**
 * Orders the destruction of an engagement's data; the job `disposals` carries it out at once, and again after a crash
 * until it is done (GBT43741-5.3-06, GBT32914-5.9-g). The order is in the ledger before the first byte goes.
 * @throws Problem wrong_state with the rule of `whyNotDisposed`; TWO-1 where the house wants two persons for it
 */
export async function orderDisposal(
  work: Work,
  engagement: EngagementHandle,
  order: Call<'POST /api/engagements/:engagementId/disposals'>['body'],
): Promise<RetentionPage> {
  const no = whyNotDisposed(await factsOf(work, engagement), order.what, work.now)
  if (no) throw new Problem('wrong_state', no.why, { rule: no.rule })
  const second = await passSecondPerson(work, { kind: 'disposal', engagementId: engagement.id, disposal: order })
  const id = work.newId('disposal')
  const { what, basis, witness } = order
  // Nobody but the platform writes here: an order is only made by this way, past these guards.
  await work.asSystem((db) =>
    db
      .insertInto('disposals')
      .values({
        id,
        engagement_id: engagement.id,
        what,
        sealed_words: sealWords(work, 'disposals', id, { basis, witness }),
        ordered_by: work.actor.personId,
        approved_by: second,
        ordered_at: work.now,
        done_at: null,
        segments: null,
        segments_digest: null,
      })
      .execute(),
  )
  work.record({
    kind: 'disposal.ordered',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: {
      what,
      basisDigest: digestOf(work, basis),
      witnessDigest: digestOf(work, witness),
      ...(second === null ? {} : { approvedBy: second }),
    },
  })
  await sql`select pg_notify('zh_disposals', '')`.execute(work.db)
  return viewRetention(work, engagement)
}

/** Terms, holds and disposals of one engagement for this person. */
export async function viewRetention(work: Work, engagement: EngagementHandle): Promise<RetentionPage> {
  const facts = await factsOf(work, engagement)
  const rows = await work.asSystem((db) =>
    db
      .selectFrom('disposals')
      .innerJoin('persons', 'persons.id', 'disposals.ordered_by')
      .leftJoin('persons as seconds', 'seconds.id', 'disposals.approved_by')
      .selectAll('disposals')
      .select(['persons.name', 'seconds.name as second'])
      .where('engagement_id', '=', engagement.id)
      .execute(),
  )
  const term = (what: DisposalKind): RetentionPage['traffic'] => {
    // Traffic goes with the file where nobody disposed of it before.
    const row = rows.find((one) => one.what === what) ?? rows.find((one) => one.what === 'file')
    const { basis = '', witness = '' } = row ? openWords(work, 'disposals', row.id, row.sealed_words) : {}
    return {
      keptUntil: disposableFrom(facts, what)?.toISOString() ?? null,
      ordered: row ? { by: row.name, second: row.second, at: row.ordered_at.toISOString(), basis, witness } : null,
      doneAt: row?.done_at?.toISOString() ?? null,
      refused: whyNotDisposed(facts, what, work.now),
    }
  }
  return {
    holds: await viewHolds(work, { engagementId: engagement.id }),
    traffic: term('traffic'),
    file: term('file'),
    trafficDays: { days: facts.trafficDays, ...recordingDays },
    mayKeepFrom:
      may(work.actor, 'term.set', engagement.role) && facts.ordered.length === 0
        ? facts.lastSealedAt === null
          ? recordingDays.least
          : facts.trafficDays
        : null,
    mayPlace: may(work.actor, 'hold.place', engagement.role),
    mayDispose: may(work.actor, 'disposal.order', engagement.role),
  }
}

export async function factsOf(work: Work, engagement: EngagementHandle): Promise<DisposalFacts> {
  const facts = await readFacts(work, engagement)
  const holds = await holdsOver(work, engagement.id)
  return work.asSystem(async (db) => {
    const sealed = await db
      .selectFrom('segments')
      .select((eb) => eb.fn.max('sealed_at').as('at'))
      .where('engagement_id', '=', engagement.id)
      .executeTakeFirst()
    const moved = await db
      .selectFrom('events')
      .select((eb) => eb.fn.max('at').as('at'))
      .where('engagement_id', '=', engagement.id)
      .where('kind', '=', 'engagement.moved')
      .executeTakeFirst()
    const ordered = await db.selectFrom('disposals').select('what').where('engagement_id', '=', engagement.id).execute()
    return {
      state: facts.state,
      holds,
      // Nobody tested in one that was cancelled, so nobody has anything to certify.
      actsMissing: facts.state === 'cancelled' ? null : guards.disposalDone(facts),
      ordered: ordered.map(({ what }) => what),
      lastSealedAt: sealed?.at ?? null,
      trafficDays: engagement.row.traffic_days,
      endedAt: moved?.at ?? engagement.row.updated_at,
    }
  })
}

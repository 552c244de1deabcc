import type { Call } from '@zhongheng/contracts/http/index.ts'
import type { DecoyView } from '@zhongheng/contracts/http/decoys.ts'
import type { EngagementState } from '@zhongheng/domain/engagements/states.ts'
import { checkPlacing, checkStands, decoyLimits } from '@zhongheng/domain/findings/decoys.ts'
import { hours } from '@zhongheng/domain/shared/clock.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import { checkVersion } from '../../work/versions.ts'
import { decoyDigest } from '../../work/decoy-openings.ts'
import { inBlocks } from '../../database/traffic-blocks.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, handleOf } from '../engagements/reads.ts'
import { digestsOf, letterInForce, scopeOfWords, takeNumber } from '../findings/reads.ts'
import { viewDecoy } from './view-decoys.ts'
import { nameableTesters } from './nameable-testers.ts'
import { type DecoyRow, type DecoyWords, sealWords } from './words.ts'

type Given = Call<'POST /api/engagements/:engagementId/decoys'>['body']
type Changed = Call<'PUT /api/engagements/:engagementId/decoys/:findingId'>['body']

/** A decoy of the own house; anything else is answered as absent, a finding too. */
export const ownDecoyRef: Reference<DecoyRow> = {
  about: 'decoy of the own house in the engagement in the path',
  async load(work, id, context) {
    const row = await work.db
      .selectFrom('decoys')
      .selectAll()
      .where('id', '=', id)
      .where('engagement_id', '=', handleOf(context).id)
      .where('org_id', '=', work.actor.orgId)
      .forUpdate()
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

/** @throws Problem as `checkPlacing`; malformed for an asset or a weakness that no finding could have */
export async function placeDecoy(work: Work, engagement: EngagementHandle, given: Given): Promise<DecoyView> {
  checkPlacing({
    engagement: engagement.row.state as EngagementState,
    standing: await standing(work, engagement),
    tester: await testerIn(work, engagement, given.testerId),
  })
  const scope = await scopeOfWords(work, engagement, given)
  const cited = await work.db
    .selectFrom('exchanges')
    .select('id')
    .where('engagement_id', '=', engagement.id)
    .where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
    .where('person_id', '=', given.testerId)
    .where('kind', '<>', 'refusal')
    .orderBy('sequence', 'desc')
    .limit(decoyLimits.cites)
    .execute()
  const id = work.newId('finding')
  const row = { id, text_version: 1 }
  const event = work.record({
    kind: 'decoy.placed',
    engagementId: null,
    subject: null,
    role: engagement.role,
    audience: 'house',
    facts: { decoy: entered(work, engagement, id), digest: digestOfWords(engagement, given) },
  })
  await work.db
    .insertInto('decoys')
    .values({
      ...row,
      engagement_id: engagement.id,
      org_id: work.actor.orgId,
      number: await takeNumber(work, engagement),
      person_id: given.testerId,
      severity: given.severity,
      cwe: given.cwe,
      ...sealWords(engagement, row, given, given.note),
      ...tokensOf(engagement, given),
      exchange_ids: cited.map((one) => one.id),
      letter_number: await letterInForce(work, engagement),
      scope_version_id: scope.id,
      submitted_at: work.now,
      settles_at: new Date(work.now.getTime() + hours(given.settleHours)),
      placed_by: work.actor.personId,
      event_id: event,
      removed_at: null,
      removed_by: null,
    })
    .execute()
  return viewDecoy(work, engagement, id)
}

export async function changeDecoy(
  work: Work,
  engagement: EngagementHandle,
  row: DecoyRow,
  given: Changed,
): Promise<DecoyView> {
  checkVersion(row.version, given.version)
  checkStands(row.removed_at !== null)
  await scopeOfWords(work, engagement, given)
  const version = row.version + 1
  await work.db
    .updateTable('decoys')
    .set({
      severity: given.severity,
      cwe: given.cwe,
      ...sealWords(engagement, { id: row.id, text_version: row.text_version + 1 }, given, given.note),
      ...tokensOf(engagement, given),
      version,
    })
    .where('id', '=', row.id)
    .execute()
  work.record({
    kind: 'decoy.changed',
    engagementId: null,
    subject: null,
    role: engagement.role,
    audience: 'house',
    facts: { decoy: entered(work, engagement, row.id), digest: digestOfWords(engagement, given), version },
  })
  return viewDecoy(work, engagement, row.id)
}

/** It shows nowhere from now on; naming it still tells. */
export async function removeDecoy(
  work: Work,
  engagement: EngagementHandle,
  row: DecoyRow,
  given: { readonly version: number },
): Promise<DecoyView> {
  checkVersion(row.version, given.version)
  checkStands(row.removed_at !== null)
  const version = row.version + 1
  await work.db
    .updateTable('decoys')
    .set({ removed_at: work.now, removed_by: work.actor.personId, version })
    .where('id', '=', row.id)
    .execute()
  work.record({
    kind: 'decoy.removed',
    engagementId: null,
    subject: null,
    role: engagement.role,
    audience: 'house',
    facts: { decoy: entered(work, engagement, row.id), version },
  })
  return viewDecoy(work, engagement, row.id)
}

const entered = (work: Work, { row }: EngagementHandle, id: string): string | null =>
  decoyDigest(work, { id, engagement_id: row.id, wrapped_key: row.wrapped_key, demand_org_id: row.demand_org_id })

async function testerIn(work: Work, engagement: EngagementHandle, testerId: string) {
  const found = (await nameableTesters(work, engagement)).some((one) => one.id === testerId)
  return { admitted: found, exchanges: found ? 1 : 0 }
}

async function standing(work: Work, engagement: EngagementHandle): Promise<number> {
  const { count } = await work.db
    .selectFrom('decoys')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('engagement_id', '=', engagement.id)
    .where('org_id', '=', work.actor.orgId)
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

const textsOf = ({ title, asset, description, steps, impact, repair }: DecoyWords): string[] => [
  title,
  asset,
  description,
  steps,
  impact,
  repair,
]
const digestOfWords = (engagement: EngagementHandle, given: DecoyWords & { readonly note: string }): string =>
  engagement.sealing.commit(JSON.stringify([...textsOf(given), given.note]))

function tokensOf(engagement: EngagementHandle, given: DecoyWords): { tokens: Buffer[]; counts: number[] } {
  const found = digestsOf(engagement, textsOf(given))
  return { tokens: found.map((one) => one.token), counts: found.map((one) => one.count) }
}

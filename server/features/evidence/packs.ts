import { join } from 'node:path'
import type { PackView } from '@zhongheng/contracts/http/packs.ts'
import { may } from '@zhongheng/domain/access/matrix.ts'
import { checkPackWish, packRules, type PackStage, packStages, type PackWish } from '@zhongheng/domain/audit/packs.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { sql, type Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { FileReply, Later, Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { readSealed } from '../../sealing/sealed-file.ts'
import { type EngagementHandle, ofEngagementRef } from '../engagements/reads.ts'
import { withinBudget } from '../readings/reads.ts'

export type PackRow = Selectable<Database['packs']>

/** Where a pack's sealed file lies. */
export const packPath = (dataFolder: string, id: string): string => join(dataFolder, 'packs', `${id}.sealed`)

/** What its pieces are sealed for. */
export const packFileAt = (id: string) => ({ table: 'packs', column: 'file', row: id })

/** One of this person's own packs in the engagement of the path. */
export const packRef = (lock: 'read' | 'update' = 'read'): Reference<PackRow> =>
  ofEngagementRef('packs', 'own pack', lock)

/** @throws Problem forbidden PACK-2 for all of the traffic, malformed, too_many PACK-1 */
export async function askForPack(
  work: Work,
  engagement: EngagementHandle,
  wish: PackWish & { readonly redaction: PackRow['redaction'] },
): Promise<PackView> {
  checkPackWish(wish)
  if (wish.redaction === 'none' && !may(work.actor, 'pack.build_whole', engagement.role))
    throw new Problem(
      'forbidden',
      say('含凭证的完整证据包须由签署人或审计方申请', 'a signatory or the auditor asks for packs with credentials'),
      { rule: 'PACK-2' },
    )
  // Two requests at one moment would each count without the other.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`packs ${work.actor.personId}`}, 0))`.execute(work.db)
  const open = await work.db
    .selectFrom('packs')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('person_id', '=', work.actor.personId)
    .where('state', 'in', ['queued', 'building'])
    .executeTakeFirst()
  if (Number(open?.count ?? 0) >= packRules.atOnce)
    throw new Problem(
      'too_many',
      say(
        `最多同时制作 ${packRules.atOnce} 个证据包`,
        `at most ${packRules.atOnce} packs are built for one person at a time`,
      ),
      { rule: 'PACK-1', retryAfter: 30 },
    )
  const id = work.newId('pack')
  await work.db
    .insertInto('packs')
    .values({
      id,
      engagement_id: engagement.id,
      org_id: work.actor.orgId,
      person_id: work.actor.personId,
      kind: wish.kind,
      finding_id: wish.findingId,
      from_at: wish.from,
      to_at: wish.to,
      redaction: wish.redaction,
      state: 'queued',
      asked_at: work.now,
    })
    .execute()
  work.record({
    kind: 'pack.asked',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: {
      kind: wish.kind,
      redaction: wish.redaction,
      findingId: wish.findingId,
      from: wish.from?.toISOString() ?? null,
      to: wish.to?.toISOString() ?? null,
    },
  })
  return viewPack(work, id)
}

export async function myPacks(work: Work, engagementId: string): Promise<PackView[]> {
  const rows = await packsWhere(work)
    .where('packs.engagement_id', '=', engagementId)
    .orderBy('packs.asked_at', 'desc')
    .limit(100)
    .execute()
  return rows.map(viewOf)
}

async function viewPack(work: Work, id: string): Promise<PackView> {
  return viewOf(await packsWhere(work).where('packs.id', '=', id).executeTakeFirstOrThrow())
}

const packsWhere = (work: Work) =>
  work.db
    .selectFrom('packs')
    .leftJoin('findings', 'findings.id', 'packs.finding_id')
    .selectAll('packs')
    .select('findings.number as finding_number')

const viewOf = (row: PackRow & { finding_number: string | null }): PackView => ({
  packId: row.id,
  engagementId: row.engagement_id,
  kind: row.kind,
  findingId: row.finding_id,
  findingNumber: row.finding_number,
  from: row.from_at?.toISOString() ?? null,
  to: row.to_at?.toISOString() ?? null,
  redaction: row.redaction,
  state: row.state,
  stage: packStages[row.stage as PackStage].text,
  progress: row.progress,
  bytes: row.bytes === null ? null : Number(row.bytes),
  sha256: row.sha256,
  failure: row.failure,
  askedAt: row.asked_at.toISOString(),
  readyAt: row.ready_at?.toISOString() ?? null,
  expiresAt: row.expires_at?.toISOString() ?? null,
})

/** @throws Problem wrong_state PACK-3 where there is nothing to stop any more */
export async function cancelPack(work: Work, engagement: EngagementHandle, pack: PackRow): Promise<PackView> {
  if (pack.state !== 'queued' && pack.state !== 'building')
    throw new Problem('wrong_state', say('此证据包已不在制作中', 'this pack is not being built any more'), {
      rule: 'PACK-3',
    })
  await work.db.updateTable('packs').set({ state: 'cancelled', builder: null }).where('id', '=', pack.id).execute()
  work.record({
    kind: 'pack.cancelled',
    engagementId: engagement.id,
    subject: pack.id,
    role: engagement.role,
    audience: 'parties',
    facts: {},
  })
  return viewPack(work, pack.id)
}

/** @throws Problem wrong_state PACK-4 before it is ready and after it expired; too_many READING-1, READING-2 */
export async function downloadPack(work: Work, engagement: EngagementHandle, pack: PackRow): Promise<Later<FileReply>> {
  const { bytes, sha256 } = pack
  if (pack.state !== 'ready' || bytes === null || sha256 === null)
    throw new Problem(
      'wrong_state',
      pack.state === 'expired'
        ? say('证据包已过期，请重新申请', 'the pack has expired; ask for it again')
        : say('证据包尚未完成', 'the pack is not ready'),
      { rule: 'PACK-4' },
    )
  const budget = await withinBudget(work, engagement, 'pack', pack.id)
  work.record({
    kind: 'pack.read',
    engagementId: engagement.id,
    subject: pack.id,
    role: engagement.role,
    audience: 'parties',
    facts: { sha256, ...budget },
  })
  const path = packPath(work.deps.settings.dataFolder, pack.id)
  const size = Number(bytes)
  const read = (first: number, last: number) =>
    readSealed(path, engagement.sealing.keys, packFileAt(pack.id), first, last)
  return {
    later: async () => ({
      bytes: read(0, size - 1),
      name: `${engagement.row.number}-${pack.kind}-evidence.zip`,
      ranges: { size, etag: sha256, read },
    }),
  }
}

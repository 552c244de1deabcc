import type { Waiting } from '@zhongheng/contracts/http/people.ts'
import { waitsFor } from '@zhongheng/domain/findings/waits-for.ts'
import { checkAsset } from '@zhongheng/domain/findings/submission.ts'
import { badField, Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { findWeakness } from '@zhongheng/registers/catalogues/weaknesses.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { assetsOf, type EngagementHandle, type OpenScope, ofTesterRef, readScope } from '../engagements/reads.ts'

export type FindingDbRow = Selectable<Database['findings']>
export type FindingBody = {
  readonly description: string
  readonly steps: string
  readonly impact: string
  readonly repair: string
}

const at = (column: string, row: { id: string; text_version: number }) => ({
  table: 'findings',
  column,
  row: row.id,
  version: row.text_version,
})

/** Where a reward's note lies. Each change writes the note anew, so its version is the row's. */
export const noteAt = (row: { id: string; version: number }) => ({
  table: 'rewards',
  column: 'note',
  row: row.id,
  version: row.version,
})

export const findingRef = (lock: 'read' | 'update' = 'read'): Reference<FindingDbRow> =>
  ofTesterRef('findings', 'finding', lock)

/** The next number of the engagement. The counter is raised under the row's lock, so numbers have no gaps and no doubles. */
export async function takeNumber(work: Work, engagement: EngagementHandle): Promise<string> {
  const counted = await work.db
    .updateTable('engagements')
    .set((eb) => ({ finding_count: eb('finding_count', '+', 1) }))
    .where('id', '=', engagement.id)
    .returning('finding_count')
    .executeTakeFirstOrThrow()
  return `${engagement.row.number}-F${String(counted.finding_count).padStart(3, '0')}`
}

/** Number of the letter that testing goes by now. */
export async function letterInForce(work: Work, engagement: EngagementHandle): Promise<string | null> {
  const letter = await work.db
    .selectFrom('letters')
    .select('number')
    .where('engagement_id', '=', engagement.id)
    .where('state', '=', 'valid')
    .orderBy('issued_at', 'desc')
    .executeTakeFirst()
  return letter?.number ?? null
}

export { digestsOf } from './search-index.ts'

export const openTitle = (engagement: EngagementHandle, row: FindingDbRow): string =>
  engagement.sealing.open(at('sealed_title', row), row.sealed_title)
export const openAsset = (engagement: EngagementHandle, row: FindingDbRow): string =>
  engagement.sealing.open(at('sealed_asset', row), row.sealed_asset)

/** Decrypts a finding. Whoever calls it for a reader writes the `finding.read` event first. */
export function openFinding(
  engagement: EngagementHandle,
  row: FindingDbRow,
): FindingBody & { title: string; asset: string } {
  const body = JSON.parse(engagement.sealing.open(at('sealed_body', row), row.sealed_body)) as FindingBody
  return { ...body, title: openTitle(engagement, row), asset: openAsset(engagement, row) }
}

/** Columns of a text in its version: one that takes another's place has the next number. */
export function sealFinding(
  engagement: EngagementHandle,
  row: { id: string; text_version: number },
  text: FindingBody & { title: string; asset: string },
) {
  const { title, asset, description, steps, impact, repair } = text
  return {
    text_version: row.text_version,
    sealed_title: engagement.sealing.seal(at('sealed_title', row), title),
    sealed_asset: engagement.sealing.seal(at('sealed_asset', row), asset),
    sealed_body: engagement.sealing.seal(
      at('sealed_body', row),
      JSON.stringify({ description, steps, impact, repair }),
    ),
  }
}

/** One line per finding that waits for this person's side; numbers only, the page reveals. */
export async function findingsWaiting(work: Work): Promise<Waiting[]> {
  let query = work.db
    .selectFrom('findings')
    .innerJoin('engagements', 'engagements.id', 'findings.engagement_id')
    .select([
      'findings.id',
      'findings.number',
      'findings.state',
      'findings.severity',
      'findings.updated_at',
      'engagements.id as engagement_id',
      'engagements.title',
    ])
    .where('findings.state', 'in', [...waitsFor[work.actor.orgKind]])
    .where('engagements.state', 'not in', ['closed', 'cancelled'])
    .orderBy('findings.updated_at', 'desc')
    .limit(30)
  if (work.actor.orgKind === 'tester') query = query.where('findings.person_id', '=', work.actor.personId)
  return (await query.execute()).map((row) => ({
    kind: 'finding',
    text: say(`处理漏洞 ${row.number}`, `finding ${row.number} waits for you`),
    engagementId: row.engagement_id,
    engagementTitle: row.title,
    href: `/engagements/${row.engagement_id}/findings/${row.id}`,
    since: row.updated_at.toISOString(),
  }))
}

/** The scope that holds what a finding names, which must be of it, as its weakness of the catalogue. @throws Problem SCOPE-0, malformed */
export async function scopeOfWords(
  work: Work,
  engagement: EngagementHandle,
  given: { readonly asset: string; readonly cwe: string },
): Promise<OpenScope> {
  const scope = await readScope(work.db, engagement.row, engagement.sealing)
  if (!scope) throw new Problem('wrong_state', say('尚无测试范围', 'there is no scope yet'), { rule: 'SCOPE-0' })
  checkAsset(given.asset, assetsOf(scope))
  if (!findWeakness(given.cwe))
    throw badField(
      'body.cwe',
      say('不在漏洞类型目录中', 'is not in the weakness catalogue'),
      say('从目录中选择', 'choose one from the catalogue'),
    )
  return scope
}

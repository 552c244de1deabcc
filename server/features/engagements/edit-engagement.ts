import type { Call } from '@zhongheng/contracts/http/index.ts'
import { checkGiven } from '@zhongheng/domain/jurisdiction/border.ts'
import { Problem, badField, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import { tenantKeyOf } from '../../sealing/tenant-keys.ts'
import { checkVersion } from '../../work/versions.ts'
import type { Work } from '../../work/work.ts'
import { goalsAt } from './goals.ts'
import { type EngagementHandle, openEngagement, sealingWith } from './reads.ts'

type Draft = Call<'POST /api/engagements'>['body']

/** Begins a demand as a draft of the demand side alone (GBT43741-5.1-01). */
export async function beginEngagement(work: Work, draft: Draft): Promise<EngagementHandle> {
  checkDraft(draft)
  await checkParties(work, draft)
  const id = work.newId('engagement')
  const keys = work.deps.keys.newEngagementKeys(work.actor.orgId, id)
  const wrapped = work.deps.keys.wrap(await tenantKeyOf(work, work.actor.orgId), keys)
  const sealing = sealingWith(keys)
  const next = await sql<{ n: string }>`select nextval('engagement_numbers') as n`.execute(work.db)
  const number = `ZH-${work.now.getUTCFullYear()}-${String(next.rows[0]?.n ?? '0').padStart(4, '0')}`
  await work.db
    .insertInto('engagements')
    .values({
      id,
      number,
      title: draft.title,
      state: 'draft',
      demand_org_id: work.actor.orgId,
      organizer_org_id: draft.organizerOrgId,
      auditor_org_id: draft.auditorOrgId,
      sealed_goals: sealing.seal(goalsAt({ id, text_version: 1 }), draft.goals),
      text_version: 1,
      wrapped_key: wrapped,
      window_opens: new Date(draft.windowOpens),
      window_closes: new Date(draft.windowCloses),
      audit_mode: draft.auditMode,
      data_level: draft.dataLevel,
      environment: draft.environment,
      min_grade: draft.minGrade,
      reward_table: JSON.stringify(draft.rewardTable),
      budget_fen: draft.budgetFen,
      scope_version_id: null,
      stop: 'null',
      ca_certificate: null,
      sealed_ca_key: null,
      created_at: work.now,
      updated_at: work.now,
    })
    .execute()
  await work.db.insertInto('parties').values({ engagement_id: id, org_id: work.actor.orgId, role: 'demand' }).execute()
  work.record({
    kind: 'engagement.drafted',
    engagementId: id,
    subject: id,
    role: 'demand',
    audience: 'house',
    facts: { number },
  })
  return openEngagement(work, id, 'engagement.read')
}

/** Changes a draft; afterwards the demand stands as it was submitted. @throws Problem wrong_state STATE-1, conflict VERSION-1 */
export async function editEngagement(
  work: Work,
  engagement: EngagementHandle,
  change: Partial<Draft> & { version: number },
): Promise<EngagementHandle> {
  const { row, sealing } = engagement
  checkVersion(row.version, change.version)
  if (row.state !== 'draft')
    throw new Problem(
      'wrong_state',
      say(
        '只有草稿可以修改；提交后的变更须由双方批准',
        'only a draft can be edited; later changes are approved by both sides',
      ),
      { rule: 'STATE-1' },
    )
  const merged = {
    windowOpens: change.windowOpens ?? row.window_opens?.toISOString(),
    windowCloses: change.windowCloses ?? row.window_closes?.toISOString(),
    rewardTable: change.rewardTable ?? row.reward_table,
  }
  checkDraft(merged)
  await checkParties(work, change)
  await work.db
    .updateTable('engagements')
    .set({
      ...(change.title === undefined ? {} : { title: change.title }),
      ...(change.goals === undefined
        ? {}
        : {
            sealed_goals: sealing.seal(goalsAt({ id: row.id, text_version: row.text_version + 1 }), change.goals),
            text_version: row.text_version + 1,
          }),
      ...(change.windowOpens === undefined ? {} : { window_opens: new Date(change.windowOpens) }),
      ...(change.windowCloses === undefined ? {} : { window_closes: new Date(change.windowCloses) }),
      ...(change.auditMode === undefined ? {} : { audit_mode: change.auditMode }),
      ...(change.dataLevel === undefined ? {} : { data_level: change.dataLevel }),
      ...(change.environment === undefined ? {} : { environment: change.environment }),
      ...(change.organizerOrgId === undefined ? {} : { organizer_org_id: change.organizerOrgId }),
      ...(change.auditorOrgId === undefined ? {} : { auditor_org_id: change.auditorOrgId }),
      ...(change.minGrade === undefined ? {} : { min_grade: change.minGrade }),
      ...(change.rewardTable === undefined ? {} : { reward_table: JSON.stringify(change.rewardTable) }),
      ...(change.budgetFen === undefined ? {} : { budget_fen: change.budgetFen }),
      updated_at: work.now,
      version: row.version + 1,
    })
    .where('id', '=', row.id)
    .execute()
  work.record({
    kind: 'engagement.edited',
    engagementId: row.id,
    subject: row.id,
    role: 'demand',
    audience: 'parties',
    facts: { version: row.version + 1, fields: Object.keys(change).filter((key) => key !== 'version') },
  })
  return openEngagement(work, row.id, 'engagement.read')
}

type Checked = {
  windowOpens?: string | undefined
  windowCloses?: string | undefined
  rewardTable?: readonly { severity: string; minFen: number; maxFen: number }[] | undefined
}

function checkDraft(draft: Checked): void {
  if (draft.windowOpens && draft.windowCloses) {
    const opens = Date.parse(draft.windowOpens)
    const closes = Date.parse(draft.windowCloses)
    if (closes <= opens)
      throw badField(
        'body.windowCloses',
        say('须晚于开始时间', 'must be after the opening'),
        say('改为更晚的时间', 'choose a later time'),
      )
    if (closes - opens > 366 * 86_400_000)
      throw badField(
        'body.windowCloses',
        say('测试时间最长一年', 'a window lasts a year at most'),
        say('缩短测试时间', 'shorten the window'),
      )
  }
  const seen = new Set<string>()
  for (const band of draft.rewardTable ?? []) {
    if (band.maxFen < band.minFen)
      throw badField(
        'body.rewardTable',
        say('上限不得低于下限', 'the maximum may not be below the minimum'),
        say('调整金额', 'change the amounts'),
      )
    if (seen.has(band.severity))
      throw badField(
        'body.rewardTable',
        say('每个等级只能出现一次', 'each severity once'),
        say('合并重复的等级', 'merge the doubled line'),
      )
    seen.add(band.severity)
  }
}

/** The parties named must exist with the kind their role needs; what may not be seen is answered as absent. */
async function checkParties(
  work: Work,
  draft: { organizerOrgId?: string | undefined; auditorOrgId?: string | undefined },
): Promise<void> {
  for (const [field, id, kind] of [
    ['body.organizerOrgId', draft.organizerOrgId, 'organizer'],
    ['body.auditorOrgId', draft.auditorOrgId, 'auditor'],
  ] as const) {
    if (id === undefined) continue
    const found = await work.db
      .selectFrom('organisations')
      .select(['kind', 'jurisdiction'])
      .where('id', '=', id)
      .executeTakeFirst()
    if (found?.kind !== kind)
      throw badField(
        field,
        say('没有这样的单位', 'there is no such organisation'),
        say('从列表中选择', 'choose one from the list'),
      )
    checkGiven({ organisation: found.jurisdiction, person: null }, false, field)
  }
}

import type { Call } from '@zhongheng/contracts/http/index.ts'
import type { ScopeVersionView } from '@zhongheng/contracts/http/engagements.ts'
import { answerQuestion as answerRow } from '@zhongheng/domain/authorizations/scope/questions.ts'
import { compileScope } from '@zhongheng/domain/authorizations/scope/compile.ts'
import { importProgramme } from '@zhongheng/domain/authorizations/scope/import-programme.ts'
import { readScopeLines } from '@zhongheng/domain/authorizations/scope/read-lines.ts'
import type { ScopeRow } from '@zhongheng/domain/authorizations/scope/rows.ts'
import { Problem, badField, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import type { Work } from '../../work/work.ts'
import { checkVersion } from '../../work/versions.ts'
import { issueLetter } from './letters.ts'
import { announcePolicy } from '../../work/notices.ts'
import type { EngagementHandle } from './reads.ts'
import { factsOf, listScopes, openScope, rowsOf, scopeRow, storeVersion } from './scope-store.ts'

type Written = Call<'PUT /api/engagements/:engagementId/scope'>['body']
const mostRows = 5000

/** Writes the scope of a draft; an earlier draft version is replaced, a frozen one never. */
export async function writeScope(
  work: Work,
  engagement: EngagementHandle,
  written: Written,
): Promise<ScopeVersionView> {
  const { row } = engagement
  checkVersion(row.version, written.version)
  if (row.state !== 'draft')
    throw new Problem(
      'wrong_state',
      say('提交后须通过“范围变更”修改', 'after submission the scope is changed by a change request'),
      { rule: 'SCOPE-FROZEN' },
    )
  const rows = readRows(written.format, written.content)
  const current = row.scope_version_id ? await scopeRow(work.db, row.scope_version_id) : undefined
  const { id } = await storeVersion(work, engagement, {
    rows,
    state: 'draft',
    format: written.format,
    reason: null,
    ...(current?.state === 'draft' ? { replace: current } : {}),
  })
  await work.db
    .updateTable('engagements')
    .set({ scope_version_id: id, updated_at: work.now, version: row.version + 1 })
    .where('id', '=', row.id)
    .execute()
  work.record({
    kind: 'scope.written',
    engagementId: row.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: { rows: rows.length, ...(await factsOf(work, id)) },
  })
  return viewOf(work, { ...engagement, row: { ...row, scope_version_id: id } }, id)
}

/** Answers one open question of a version that is still being written: the draft's, or a proposed change's. */
export async function answerQuestion(
  work: Work,
  engagement: EngagementHandle,
  given: Call<'POST /api/engagements/:engagementId/scope/answers'>['body'],
): Promise<ScopeVersionView> {
  const version = await scopeRow(work.db, given.scopeVersionId)
  if (!version) throw notFound()
  if (version.state !== 'draft' && version.state !== 'proposed')
    throw new Problem('wrong_state', say('已冻结的范围版本不能修改', 'a frozen scope version does not change'), {
      rule: 'SCOPE-FROZEN',
    })
  const rows = rowsOf(version, engagement.sealing)
  const question = compileScope(rows, { versionId: version.id }).questions.find(
    (one) => one.questionId === given.questionId,
  )
  if (!question)
    throw badField(
      'body.questionId',
      say('没有这个待定问题', 'there is no such open question'),
      say('刷新后重试', 'load the scope again'),
    )
  const next = answerRow(rows, question, given.answer)
  await storeVersion(work, engagement, {
    rows: next,
    state: version.state,
    format: version.format,
    reason: version.reason,
    replace: version,
  })
  work.record({
    kind: 'scope.question_answered',
    engagementId: engagement.id,
    subject: version.id,
    role: engagement.role,
    audience: 'parties',
    facts: {
      question: question.kind,
      rowId: question.rowId,
      answer: given.answer.kind,
      ...(await factsOf(work, version.id)),
    },
  })
  return viewOf(work, engagement, version.id)
}

/** Proposes a new version while the old one stays in force (GBT43741-5.2-14). */
export async function proposeChange(
  work: Work,
  engagement: EngagementHandle,
  given: { content: string; reason: string },
): Promise<ScopeVersionView> {
  checkChangeable(engagement)
  const open = await work.db
    .selectFrom('scope_versions')
    .select('id')
    .where('engagement_id', '=', engagement.id)
    .where('state', '=', 'proposed')
    .executeTakeFirst()
  if (open)
    throw new Problem(
      'wrong_state',
      say('已有一个待批准的范围变更', 'a scope change is waiting for approval already'),
      { rule: 'SCOPE-CHANGE-1' },
    )
  const { id } = await storeVersion(work, engagement, {
    rows: readRows('text', given.content),
    state: 'proposed',
    format: 'text',
    reason: engagement.sealing.commit(given.reason),
  })
  work.record({
    kind: 'scope.change_proposed',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: { reasonDigest: engagement.sealing.commit(given.reason), ...(await factsOf(work, id)) },
  })
  return viewOf(work, engagement, id)
}

/**
 * One side's verdict on a proposed version. When both the demand side and the organizer have approved, it takes force
 * at once: the letter is issued anew and the policy follows in the same second.
 */
export async function decideChange(
  work: Work,
  engagement: EngagementHandle,
  id: string,
  given: { verdict: 'approve' | 'refuse'; reason: string },
): Promise<ScopeVersionView> {
  if (given.verdict === 'approve') checkChangeable(engagement)
  const version = await scopeRow(work.db, id)
  if (version?.state !== 'proposed')
    throw new Problem('wrong_state', say('该变更不在待批准状态', 'this change does not wait for approval'), {
      rule: 'SCOPE-CHANGE-2',
    })
  if (given.verdict === 'approve' && version.unanswered > 0)
    throw new Problem(
      'wrong_state',
      say(`还有 ${version.unanswered} 个待定问题`, `${version.unanswered} open questions are not answered`),
      { rule: 'SCOPE-OPEN' },
    )
  if (given.verdict === 'approve') await checkProven(work, engagement, version)
  const { role } = engagement
  const facts = { reasonDigest: engagement.sealing.commit(given.reason), ...(await factsOf(work, id)) }
  if (given.verdict === 'refuse') {
    await work.db.updateTable('scope_versions').set({ state: 'refused' }).where('id', '=', id).execute()
    work.record({
      kind: 'scope.change_refused',
      engagementId: engagement.id,
      subject: id,
      role,
      audience: 'parties',
      facts,
    })
    return viewOf(work, engagement, id)
  }
  const approvals = [...new Set([...version.approvals, role])]
  await work.db
    .updateTable('scope_versions')
    .set({ approvals: JSON.stringify(approvals) })
    .where('id', '=', id)
    .execute()
  work.record({
    kind: 'scope.change_approved',
    engagementId: engagement.id,
    subject: id,
    role,
    audience: 'parties',
    facts,
  })
  if (!(approvals.includes('demand') && approvals.includes('organizer'))) return viewOf(work, engagement, id)
  await work.db
    .updateTable('scope_versions')
    .set({ state: 'superseded' })
    .where('id', '=', engagement.row.scope_version_id ?? '')
    .execute()
  await work.db
    .updateTable('scope_versions')
    .set({ state: 'frozen', effective_at: work.now })
    .where('id', '=', id)
    .execute()
  await work.db
    .updateTable('engagements')
    .set({ scope_version_id: id, updated_at: work.now, version: engagement.row.version + 1 })
    .where('id', '=', engagement.id)
    .execute()
  work.record({ kind: 'scope.in_force', engagementId: engagement.id, subject: id, role, audience: 'everyone', facts })
  const changed = { ...engagement, row: { ...engagement.row, scope_version_id: id } }
  if (engagement.row.letter_count > 0) await issueLetter(work, changed)
  await announcePolicy(work)
  return viewOf(work, changed, id)
}

function checkChangeable(engagement: EngagementHandle): void {
  if (!['agreed', 'authorised', 'recruiting', 'ready', 'testing', 'suspended'].includes(engagement.row.state))
    throw new Problem('wrong_state', say('当前状态不能变更范围', 'the scope cannot be changed in this state'), {
      rule: 'STATE-1',
    })
}

/** Nothing comes into scope whose ownership is not proven, neither at the start nor by a change (GBT43741-5.1-02). */
async function checkProven(
  work: Work,
  engagement: EngagementHandle,
  version: NonNullable<Awaited<ReturnType<typeof scopeRow>>>,
): Promise<void> {
  const proofs = await work.db
    .selectFrom('ownership_proofs')
    .select('object')
    .where('engagement_id', '=', engagement.id)
    .where('state', '=', 'proven')
    .where('expires_at', '>', work.now)
    .execute()
  const proven = new Set(proofs.map((proof) => proof.object))
  const missing = openScope(version, engagement.sealing).objects.filter((object) => !proven.has(object))
  if (missing.length > 0)
    throw new Problem(
      'wrong_state',
      say(
        `以下新增对象尚未证明权属：${missing.join('、')}。请先证明再批准`,
        `ownership is not proven for: ${missing.join(', ')}. Prove it, then approve`,
      ),
      { rule: 'GBT43741-5.1-02' },
    )
}

function readRows(format: Written['format'], content: string): ScopeRow[] {
  const rows = format === 'text' ? readScopeLines(content) : importProgramme(format, parseJson(content))
  if (rows.length === 0)
    throw badField(
      'body.content',
      say('没有可识别的范围条目', 'no scope line was found'),
      say('每行一个对象', 'write one object a line'),
    )
  if (rows.length > mostRows)
    throw badField(
      'body.content',
      say(`最多 ${mostRows} 行`, `at most ${mostRows} lines`),
      say('拆分为多个项目', 'split it into several engagements'),
    )
  return [...rows]
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    throw badField(
      'body.content',
      say('不是有效的 JSON', 'is not valid JSON'),
      say('粘贴平台导出的 JSON', 'paste the JSON that the platform exported'),
    )
  }
}

async function viewOf(work: Work, engagement: EngagementHandle, id: string): Promise<ScopeVersionView> {
  const found = (await listScopes(work, engagement)).versions.find((version) => version.scopeVersionId === id)
  if (!found) throw notFound()
  return found
}

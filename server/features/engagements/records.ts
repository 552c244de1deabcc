import type { RecordForm, RecordView } from '@zhongheng/contracts/http/engagements.ts'
import { type Json, canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import type { Role } from '@zhongheng/domain/access/actor.ts'
import {
  type RecordField,
  type RecordKind,
  type RecordKindRule,
  isRecordKind,
  postsFor,
  recordKinds,
} from '@zhongheng/domain/engagements/records.ts'
import { type EngagementMoveName, engagementMoves } from '@zhongheng/domain/engagements/moves.ts'
import { stateFacts } from '@zhongheng/domain/engagements/states.ts'
import type { EngagementState } from '@zhongheng/domain/engagements/states.ts'
import { Problem, type Text, badField, say } from '@zhongheng/domain/shared/problem.ts'
import { signAsOrganisation } from '../../work/sign-as-organisation.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from './reads.ts'

const place = (id: string) => ({ table: 'engagement_records', column: 'sealed_fields', row: id })

/** Why this person cannot write a record of this kind now; null when they can. */
function whyNot(work: Work, engagement: EngagementHandle, kind: RecordKind): { rule: string; why: Text } | null {
  const rule: RecordKindRule = recordKinds[kind]
  if (!rule.by.includes(engagement.role))
    return { rule: 'ROLE-1', why: say('应由其他角色填写', 'another role writes this') }
  if (!postsFor(kind).some((post) => work.actor.posts.includes(post)))
    return {
      rule: 'SIGN-1',
      why: rule.signed
        ? say('须由签署人签署', 'a signatory must sign this')
        : say('您的岗位不能填写', 'your post may not write this'),
    }
  const state = engagement.row.state as EngagementState
  if (!rule.states.includes(state))
    return {
      rule: 'STATE-2',
      why: say(
        `当前状态“${stateFacts[state].name.zh}”不能填写${rule.title.zh}`,
        `“${rule.title.en}” cannot be written while the engagement is ${state}`,
      ),
    }
  if (rule.about === 'scope_version' && !engagement.row.scope_version_id)
    return { rule: 'SCOPE-FROZEN', why: say('尚无测试范围', 'there is no scope yet') }
  return null
}

/** Writes one act: checks who, when and what; seals the words, signs where the act binds the organisation. */
export async function writeRecord(
  work: Work,
  engagement: EngagementHandle,
  kindName: string,
  given: { [name: string]: string | boolean },
): Promise<RecordView> {
  if (!isRecordKind(kindName))
    throw badField(
      'body.kind',
      say(`只能是：${Object.keys(recordKinds).join('、')}`, `one of: ${Object.keys(recordKinds).join(', ')}`),
      say('选择一种记录', 'choose a kind'),
    )
  const rule: RecordKindRule = recordKinds[kindName]
  const no = whyNot(work, engagement, kindName)
  if (no)
    throw new Problem(no.rule === 'ROLE-1' || no.rule === 'SIGN-1' ? 'forbidden' : 'wrong_state', no.why, {
      rule: no.rule,
    })
  const fields = checkFields(rule.fields, given)
  await checkOnce(work, engagement, kindName, rule)
  const id = work.newId('signature')
  const { row, role, sealing } = engagement
  const scopeVersionId = rule.about === 'scope_version' ? row.scope_version_id : null
  const statement = canonicalJson({
    recordId: id,
    kind: kindName,
    engagementId: row.id,
    number: row.number,
    scopeVersionId,
    orgId: work.actor.orgId,
    personId: work.actor.personId,
    role,
    at: work.now.toISOString(),
    fields,
  } as Json)
  const digest = sealing.commit(statement)
  const signed = rule.signed ? await signAsOrganisation(work, digest) : null
  const choices = Object.fromEntries(
    rule.fields
      .filter((field) => field.kind === 'choice' || field.kind === 'confirm')
      .map((field) => [field.name, fields[field.name] ?? '']),
  )
  await work.db
    .insertInto('engagement_records')
    .values({
      id,
      engagement_id: row.id,
      kind: kindName,
      role,
      org_id: work.actor.orgId,
      person_id: work.actor.personId,
      scope_version_id: scopeVersionId,
      choices: JSON.stringify(choices),
      sealed_fields: sealing.seal(place(id), JSON.stringify(fields)),
      digest,
      signature: signed?.signature ?? null,
      key_fingerprint: signed?.fingerprint ?? null,
      withdrawn_at: null,
      at: work.now,
    })
    .execute()
  work.record({
    kind: 'record.written',
    engagementId: row.id,
    subject: id,
    role,
    audience: 'parties',
    facts: {
      record: kindName,
      digest,
      signature: signed?.signature ?? null,
      key: signed?.fingerprint ?? null,
      scopeVersionId,
      clauses: [...rule.clauses],
    },
  })
  const written = (await readRecords(work, engagement)).find((record) => record.recordId === id)
  if (!written) throw new Error('a record just written must be readable by its writer')
  return written
}

export async function readRecords(work: Work, engagement: EngagementHandle): Promise<RecordView[]> {
  const rows = await work.db
    .selectFrom('engagement_records')
    .leftJoin('persons', 'persons.id', 'engagement_records.person_id')
    .leftJoin('organisations', 'organisations.id', 'engagement_records.org_id')
    .selectAll('engagement_records')
    .select(['persons.name as by_name', 'organisations.name as org_name'])
    .where('engagement_id', '=', engagement.id)
    .orderBy('engagement_records.at', 'desc')
    .limit(500)
    .execute()
  return rows.map((row) => {
    const kind = row.kind as RecordKind
    const rule: RecordKindRule = recordKinds[kind]
    const fields = JSON.parse(engagement.sealing.open(place(row.id), row.sealed_fields)) as {
      [name: string]: string | boolean
    }
    return {
      recordId: row.id,
      kind: row.kind,
      title: rule.title,
      role: row.role as Role,
      byName: row.by_name ?? '',
      orgName: row.org_name ?? '',
      at: row.at.toISOString(),
      fields: rule.fields.map((field) => ({
        name: field.name,
        label: field.label,
        value: String(fields[field.name] ?? ''),
        ...wordsOf(kind, field, String(fields[field.name] ?? '')),
      })),
      digest: row.digest,
      signature: row.signature,
      keyFingerprint: row.key_fingerprint,
      scopeVersionId: row.scope_version_id,
      current:
        row.withdrawn_at === null &&
        (row.scope_version_id === null || row.scope_version_id === engagement.row.scope_version_id),
    }
  })
}

/** A value of a closed list in the words that its form, or the table of moves, has for it. */
function wordsOf(kind: RecordKind, field: RecordField, value: string): { words?: Text } {
  const move = kind === 'move_reason' && field.name === 'move'
  const words = move
    ? engagementMoves[value as EngagementMoveName]?.title
    : field.options?.find((one) => one.value === value)?.label
  return words === undefined ? {} : { words }
}

/** The forms that this person's role could fill on this engagement, with the reason where one is closed now. */
export function readForms(work: Work, engagement: EngagementHandle, records: readonly RecordView[]): RecordForm[] {
  return (Object.keys(recordKinds) as RecordKind[])
    .filter((kind) => (recordKinds[kind] as RecordKindRule).by.includes(engagement.role))
    .map((kind) => {
      const rule: RecordKindRule = recordKinds[kind]
      return {
        kind,
        title: rule.title,
        signed: rule.signed,
        clauses: [...rule.clauses],
        fields: rule.fields.map((field) => ({ ...field, options: field.options ? [...field.options] : undefined })),
        done: records.some((record) => record.kind === kind && record.current && record.role === engagement.role),
        refused: whyNot(work, engagement, kind),
      }
    })
}

function checkFields(
  rules: readonly RecordField[],
  given: { [name: string]: string | boolean },
): { [name: string]: string | boolean } {
  const unknown = Object.keys(given).filter((name) => !rules.some((field) => field.name === name))
  if (unknown.length > 0)
    throw badField(`body.fields.${unknown[0]}`, say('不认识的字段', 'unknown field'), say('请去掉', 'leave it out'))
  const fields: { [name: string]: string | boolean } = {}
  for (const field of rules) {
    const at = `body.fields.${field.name}`
    const value = given[field.name]
    if (field.kind === 'confirm') {
      if (value !== true) throw badField(at, say('必须勾选', 'must be ticked'), field.label)
      fields[field.name] = true
      continue
    }
    if (typeof value !== 'string') throw badField(at, say('必填', 'is needed'), field.label)
    if (field.kind === 'choice') {
      if (!field.options?.some((option) => option.value === value))
        throw badField(
          at,
          say(
            `只能是：${field.options?.map((one) => one.value).join('、')}`,
            `one of: ${field.options?.map((one) => one.value).join(', ')}`,
          ),
          field.label,
        )
    } else {
      const text = value.trim()
      const min = field.min ?? 1
      const max = field.max ?? 4000
      if (text.length < min || text.length > max)
        throw badField(at, say(`${min} 至 ${max} 字`, `${min} to ${max} characters`), field.label)
      if (field.kind === 'line' && /[\r\n]/.test(text))
        throw badField(at, say('只能一行', 'one line'), say('去掉换行', 'remove line breaks'))
    }
    fields[field.name] = value.trim()
  }
  return fields
}

/** One per role or person: the same person cannot give a second review, a role does not sign twice. */
async function checkOnce(
  work: Work,
  engagement: EngagementHandle,
  kind: RecordKind,
  rule: RecordKindRule,
): Promise<void> {
  if (rule.one === 'latest') return
  let query = work.db
    .selectFrom('engagement_records')
    .select(['id'])
    .where('engagement_id', '=', engagement.id)
    .where('kind', '=', kind)
    .where('withdrawn_at', 'is', null)
  query =
    rule.one === 'role' ? query.where('role', '=', engagement.role) : query.where('person_id', '=', work.actor.personId)
  if ((await query.executeTakeFirst()) === undefined) return
  throw new Problem(
    'wrong_state',
    kind === 'review'
      ? say(
          '同一人不能作两次审查，须由另一名人员审查',
          'one person cannot be both reviewers; somebody else must review',
        )
      : say(`${rule.title.zh}已填写`, `“${rule.title.en}” was written already`),
    { rule: kind === 'review' ? 'GBT43741-5.1-09' : 'RECORD-1' },
  )
}

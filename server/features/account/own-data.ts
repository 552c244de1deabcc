import type { OwnData } from '@zhongheng/contracts/http/personal-data.ts'
import { heldAfterClosure } from '@zhongheng/domain/personal-data/closure.ts'
import { bases, inventory, purposes, terms } from '@zhongheng/domain/personal-data/inventory.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import type { Work } from '../../work/work.ts'
import { ownCorrectionWords } from '../corrections/reads.ts'
import { ownSealedAddress } from '../mail/reads.ts'
import { answersTo } from '../privacy/reads.ts'
import { ownSealedWords } from '../testers/reads.ts'

/** Values of one column that are shown. */
const most = 200

/**
 * Everything that is held about a person (GBT39276-5.1.1.4-f), by the inventory. Runs as the system, because sign-in's tables
 * belong to it alone; nobody's id but the caller's own is ever handed in.
 * @param opened with what lies sealed of the identity check: for the file alone, after its entry is durable
 */
export async function readOwnData(work: Work, personId: string, opened: boolean): Promise<OwnData> {
  const words: { readonly [column: string]: readonly string[] } = opened
    ? {
        ...(await ownSealedWords(work, personId)),
        ...(await ownCorrectionWords(work, personId)),
        sealed_address: await ownSealedAddress(work, personId),
      }
    : {}
  const plain = await plainValues(work, personId)
  const fields = inventory.map((one): OwnData['fields'][number] => {
    const column = `${one.table}.${one.column}`
    return {
      column,
      what: one.what,
      purpose: purposes[one.purpose],
      basis: bases[one.basis],
      needed: one.needed,
      kept: terms[one.kept],
      form: one.form,
      values: one.form === 'plain' ? (plain.get(column) ?? []) : [...(words[one.column] ?? [])],
    }
  })
  return {
    personId,
    fields,
    answers: await answersTo(work, personId),
    givenTo: await givenTo(work, personId),
    held: heldAfterClosure(work.now, await lastLeaseEnd(work, personId)).map((one) => ({
      ...one,
      until: one.until?.toISOString() ?? null,
    })),
  }
}

/** What the columns hold that are kept in plain, by table and column: one statement, whatever the inventory grows to. */
async function plainValues(work: Work, personId: string): Promise<ReadonlyMap<string, string[]>> {
  const columns = inventory.filter(({ form }) => form === 'plain')
  const each = columns.map(
    ({ table, column }, at) => sql`(
      select coalesce(jsonb_agg(held.value), '[]') from (
        select distinct to_jsonb(${sql.ref(column)}) as value from ${sql.table(table)}
        where ${sql.ref(table === 'persons' ? 'id' : 'person_id')} = ${personId} and ${sql.ref(column)} is not null
        limit ${most}
      ) held
    ) as ${sql.ref(`field_${at}`)}`,
  )
  const { rows } = await sql<{ readonly [field: string]: readonly unknown[] }>`select ${sql.join(each)}`.execute(
    work.db,
  )
  return new Map(
    columns.map(({ table, column }, at) => [
      `${table}.${column}`,
      (rows[0]?.[`field_${at}`] ?? []).map(textOf).filter((text) => text !== ''),
    ]),
  )
}

const textOf = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(String).join(', ')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, inner]) => `${name}: ${String(inner)}`)
    .join(', ')
}

/** When the last lease ended that a person held, or will end; null for none. */
export async function lastLeaseEnd(work: Work, personId: string): Promise<Date | null> {
  const row = await work.db
    .selectFrom('leases')
    .select(sql<Date | null>`max(coalesce(ended_at, closes))`.as('last'))
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return row?.last ?? null
}

/** Who was given what of a person, out of the rows that gave it (GBT39276-5.1.1.4-e). */
async function givenTo(work: Work, personId: string): Promise<OwnData['givenTo']> {
  const house = await work.db
    .selectFrom('persons')
    .innerJoin('organisations', 'organisations.id', 'persons.org_id')
    .select(['organisations.id', 'organisations.name', 'kind', 'persons.created_at'])
    .where('persons.id', '=', personId)
    .executeTakeFirstOrThrow()
  const { rows } = await sql<{
    engagement_id: string
    number: string
    organisation: string
    role: 'demand' | 'organizer' | 'auditor'
    enrolled: Date | null
    signed: Date | null
  }>`
    with mine as (
      select engagement_id, min(enrolled) as enrolled, min(signed) as signed from (
        select engagement_id, created_at as enrolled, null::timestamptz as signed from enrollments where person_id = ${personId}
        union all
        select engagement_id, null, at from engagement_records where person_id = ${personId}
      ) acts group by engagement_id
    )
    select mine.*, e.number, o.name as organisation, party.role
    from mine join engagements e on e.id = mine.engagement_id
      cross join lateral (values (e.demand_org_id, 'demand'), (e.organizer_org_id, 'organizer'), (e.auditor_org_id, 'auditor')) party (org_id, role)
      join organisations o on o.id = party.org_id
    where party.org_id <> ${house.id} order by e.number, party.role limit 600`.execute(work.db)
  const named = rows.map((row) => ({
    organisation: row.organisation,
    role: row.role,
    engagement: { engagementId: row.engagement_id, number: row.number },
    what:
      row.enrolled === null
        ? say('姓名、单位', 'name and organisation')
        : say('姓名、单位、等级、实名核验状态', 'name, organisation, grade and state of the identity check'),
    by:
      row.enrolled === null
        ? say('您签署的项目文件', 'records of the engagement that you signed')
        : say('您参加该项目', 'your taking part in the engagement'),
    since: (row.enrolled ?? row.signed ?? work.now).toISOString(),
  }))
  const own = {
    organisation: house.name,
    role: house.kind as OwnData['givenTo'][number]['role'],
    engagement: null,
    what: say('姓名、登录名、岗位、所在地、最近使用时间', 'name, login name, posts, place and when you were last here'),
    by: say('您是本单位成员', 'your being a member'),
    since: house.created_at.toISOString(),
  }
  return [own, ...named]
}

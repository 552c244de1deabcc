import type { Call } from '@zhongheng/contracts/http/index.ts'
import type { TesterView } from '@zhongheng/contracts/http/testers.ts'
import { Problem, badField, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import { identityDigest } from '../../ports/identity.ts'
import { type SealPlace, openFromText, seal, sealToText } from '../../sealing/seal.ts'
import type { Work } from '../../work/work.ts'
import { checkVersion } from '../../work/versions.ts'
import { checkConsent, consenting } from '../privacy/reads.ts'

type TesterRow = { person_id: string; version: number; identity: string; grade: number }

/** A tester of the directory; only the organizer's routes declare it. */
export const testerRef: Reference<TesterRow> = {
  about: 'tester of the directory',
  async load(work, id) {
    const row = await work.db
      .selectFrom('testers')
      .select(['person_id', 'version', 'identity', 'grade'])
      .where('person_id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

export async function listTesters(
  work: Work,
  filter: { search?: string | undefined; personId?: string },
): Promise<TesterView[]> {
  let query = work.db
    .selectFrom('testers')
    .innerJoin('persons', 'persons.id', 'testers.person_id')
    .innerJoin('organisations', 'organisations.id', 'testers.org_id')
    .select([
      'testers.person_id',
      'persons.name',
      'organisations.name as org_name',
      'identity',
      'identity_verified_at',
      'grade',
      'grade_basis',
      'skills',
      'testers.version',
    ])
    .select([
      sql<number>`(select count(*)::int from enrollments e where e.person_id = testers.person_id and e.state = 'admitted')`.as(
        'engagements',
      ),
      sql<number>`(select count(*)::int from findings f where f.person_id = testers.person_id and f.state in ('confirmed', 'remediation', 'retest', 'fixed', 'risk_accepted', 'closed'))`.as(
        'confirmed',
      ),
    ])
    .orderBy('persons.name')
    .limit(500)
  if (filter.personId) query = query.where('testers.person_id', '=', filter.personId)
  if (filter.search) query = query.where('persons.name', 'ilike', `%${filter.search.replace(/[\\%_]/g, '\\$&')}%`)
  const rows = await query.execute()
  // Skills rest on consent alone: of whoever has not given it nobody reads any, also not those of before it was asked.
  const stating = await consenting(
    work,
    rows.filter(({ skills }) => skills.length > 0).map((row) => row.person_id),
    'skills',
  )
  return rows.map((row) => ({
    personId: row.person_id,
    name: row.name,
    orgName: row.org_name,
    identity: row.identity as TesterView['identity'],
    identityVerifiedAt: row.identity_verified_at?.toISOString() ?? null,
    grade: row.grade,
    gradeBasis: row.grade_basis === null ? null : openBasis(work, row.person_id, row.grade_basis),
    skills: stating.has(row.person_id) ? row.skills : [],
    engagements: row.engagements,
    findingsConfirmed: row.confirmed,
    version: row.version,
  }))
}

export async function oneTester(work: Work, personId: string): Promise<TesterView> {
  const found = (await listTesters(work, { personId }))[0]
  if (!found) throw notFound()
  return found
}

/**
 * A tester asks for verification (GBT43741-5.1-11). The number itself is not kept: its keyed digest finds a second account
 * with the same identity (SOD-1), name and kind are sealed for the person who checks.
 */
export async function askIdentity(
  work: Work,
  asked: Call<'POST /api/testers/me/identity'>['body'],
): Promise<TesterView> {
  const { personId } = work.actor
  const now = await work.db
    .selectFrom('testers')
    .select('identity')
    .where('person_id', '=', personId)
    .executeTakeFirst()
  if (now?.identity === 'verified')
    throw new Problem('wrong_state', say('实名已核验，不能更改', 'the identity is verified and does not change'), {
      rule: 'IDENTITY-2',
    })
  if (asked.skills.length > 0) await checkConsent(work, 'skills', 'body.skills')
  const digest = await documentDigest(work, personId, asked)
  const verdict = await work.deps.identity.check(asked)
  await work.db
    .updateTable('testers')
    .set((eb) => ({
      identity: verdict === 'manual' ? 'asked' : verdict,
      identity_digest: digest,
      sealed_identity: sealIdentity(work, personId, asked),
      identity_verified_at: verdict === 'verified' ? work.now : null,
      skills: asked.skills,
      version: eb('version', '+', 1),
    }))
    .where('person_id', '=', personId)
    .execute()
  work.record({
    kind: 'tester.identity_asked',
    engagementId: null,
    subject: personId,
    role: 'tester',
    audience: 'house',
    facts: { service: work.deps.identity.name, documentKind: asked.documentKind },
  })
  return oneTester(work, personId)
}

type Document = { readonly realName: string; readonly documentKind: string }
const sealIdentity = (work: Work, personId: string, { realName, documentKind }: Document): Buffer =>
  seal(
    work.deps.keys.house('identity'),
    { table: 'testers', column: 'sealed_identity', row: personId },
    JSON.stringify({ realName, documentKind }),
  )

/**
 * Keyed digest of a person's document, which no other account has.
 * @throws Problem malformed for a wrong check digit; refused SOD-1 where another account has it
 */
export async function documentDigest(
  work: Work,
  personId: string,
  asked: { readonly documentKind: string; readonly documentNumber: string },
): Promise<string> {
  if (asked.documentKind === 'cn_id' && !validResidentNumber(asked.documentNumber))
    throw badField(
      'body.documentNumber',
      say('居民身份号码校验位不正确', 'the check digit of the resident number is wrong'),
      say('核对 18 位号码', 'check the 18 characters'),
    )
  const digest = identityDigest(work.deps.keys.house('identity').fixed, asked.documentKind, asked.documentNumber)
  await refuseSecondAccount(work, personId, digest)
  return digest
}

/** One person, one tester identity. @throws Problem refused SOD-1 */
async function refuseSecondAccount(work: Work, personId: string, digest: string): Promise<void> {
  // The one-identity rule looks across organisations, which the tester's own rows cannot.
  const other = await work.asSystem((db) =>
    db
      .selectFrom('testers')
      .select('person_id')
      .where('identity_digest', '=', digest)
      .where('person_id', '<>', personId)
      .executeTakeFirst(),
  )
  if (other)
    throw new Problem(
      'refused',
      say(
        '该证件已用于另一账号，一人只能有一个测试者身份',
        'this document is used by another account; one person has one tester identity',
      ),
      {
        rule: 'SOD-1',
        fields: [
          {
            field: 'body.documentNumber',
            limit: say('一证一号', 'one account for one document'),
            fix: say('使用原账号，或联系组织方', 'use the first account or ask the organizer'),
          },
        ],
      },
    )
}

/** Puts a corrected document in the place of a verified one: who granted the correction checked it. @throws Problem refused SOD-1 */
export async function replaceIdentity(work: Work, personId: string, document: Document, digest: string): Promise<void> {
  await refuseSecondAccount(work, personId, digest)
  await work.db
    .updateTable('testers')
    .set((eb) => ({
      identity_digest: digest,
      sealed_identity: sealIdentity(work, personId, document),
      identity_verified_at: work.now,
      version: eb('version', '+', 1),
    }))
    .where('person_id', '=', personId)
    .execute()
}

/** States the own skills anew. @throws Problem refused GBT39276-5.1.1.4-a without consent; conflict VERSION-1 */
export async function stateSkills(
  work: Work,
  given: { readonly skills: readonly string[]; readonly version: number },
): Promise<TesterView> {
  const { personId } = work.actor
  if (given.skills.length > 0) await checkConsent(work, 'skills', 'body.skills')
  const { version } = await work.db
    .selectFrom('testers')
    .select('version')
    .where('person_id', '=', personId)
    .forUpdate()
    .executeTakeFirstOrThrow()
  checkVersion(version, given.version)
  await work.db
    .updateTable('testers')
    .set({ skills: [...new Set(given.skills)], version: version + 1 })
    .where('person_id', '=', personId)
    .execute()
  work.record({
    kind: 'tester.skills_stated',
    engagementId: null,
    subject: personId,
    role: 'tester',
    audience: 'house',
    facts: { count: given.skills.length },
  })
  return oneTester(work, personId)
}

/** GB 11643: weights modulo 11 over the first 17 digits. */
export function validResidentNumber(text: string): boolean {
  if (!/^\d{17}[\dXx]$/.test(text)) return false
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  const sum = weights.reduce((total, weight, at) => total + weight * Number(text.charAt(at)), 0)
  return '10X98765432'.charAt(sum % 11) === text.charAt(17).toUpperCase()
}

export async function decideIdentity(
  work: Work,
  tester: TesterRow,
  decision: { verdict: 'verified' | 'refused'; reason: string; version: number },
): Promise<TesterView> {
  checkVersion(tester.version, decision.version)
  if (tester.identity !== 'asked')
    throw new Problem('wrong_state', say('该测试者未申请核验', 'this tester did not ask for verification'), {
      rule: 'IDENTITY-1',
    })
  await work.db
    .updateTable('testers')
    .set({
      identity: decision.verdict,
      identity_verified_at: decision.verdict === 'verified' ? work.now : null,
      version: tester.version + 1,
    })
    .where('person_id', '=', tester.person_id)
    .execute()
  work.record({
    kind: 'tester.identity_decided',
    engagementId: null,
    subject: tester.person_id,
    role: 'organizer',
    audience: 'house',
    facts: { verdict: decision.verdict },
  })
  return oneTester(work, tester.person_id)
}

const basisAt = (personId: string): SealPlace => ({ table: 'testers', column: 'grade_basis', row: personId })
/** What a grade rests on, as it lies in the row: words about a person. */
export const sealBasis = (work: Work, personId: string, basis: string): string =>
  sealToText(work.deps.keys.house('identity'), basisAt(personId), basis)
const openBasis = (work: Work, personId: string, sealed: string): string =>
  openFromText(work.deps.keys.house('identity'), basisAt(personId), sealed)

/** A grade always names its basis (GBT43741-5.1-12). */
export async function gradeTester(
  work: Work,
  tester: TesterRow,
  given: { grade: number; basis: string; note: string; version: number },
): Promise<TesterView> {
  checkVersion(tester.version, given.version)
  await work.db
    .updateTable('testers')
    .set({
      grade: given.grade,
      grade_basis: sealBasis(work, tester.person_id, `${given.basis}: ${given.note}`),
      version: tester.version + 1,
    })
    .where('person_id', '=', tester.person_id)
    .execute()
  work.record({
    kind: 'tester.graded',
    engagementId: null,
    subject: tester.person_id,
    role: 'organizer',
    audience: 'house',
    facts: { from: tester.grade, to: given.grade, basis: given.basis },
  })
  return oneTester(work, tester.person_id)
}

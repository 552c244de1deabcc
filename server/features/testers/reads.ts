import type { Waiting } from '@zhongheng/contracts/http/people.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { openFromText, openText } from '../../sealing/seal.ts'
import type { Work } from '../../work/work.ts'

/** The caller's own live lease on an engagement, or null. */
export async function myLease(work: Work, engagementId: string): Promise<Selectable<Database['leases']> | null> {
  return (
    (await work.db
      .selectFrom('leases')
      .selectAll()
      .where('engagement_id', '=', engagementId)
      .where('person_id', '=', work.actor.personId)
      .orderBy('issued_at', 'desc')
      .executeTakeFirst()) ?? null
  )
}

/** What a tester gave for the identity check and what the grade rests on, opened for the tester alone. */
export async function ownSealedWords(
  work: Work,
  personId: string,
): Promise<{ readonly sealed_identity: string[]; readonly grade_basis: string[] }> {
  const row = await work.db
    .selectFrom('testers')
    .select(['sealed_identity', 'grade_basis'])
    .where('person_id', '=', personId)
    .executeTakeFirst()
  const key = work.deps.keys.house('identity')
  const at = (column: string) => ({ table: 'testers', column, row: personId })
  const identity = row?.sealed_identity ? openText(key, at('sealed_identity'), row.sealed_identity) : null
  const basis = row?.grade_basis ? openFromText(key, at('grade_basis'), row.grade_basis) : null
  return { sealed_identity: identity === null ? [] : [identity], grade_basis: basis === null ? [] : [basis] }
}

/** A tester's verified document in words, for who decides on its correction. */
export async function sealedIdentityOf(work: Work, personId: string): Promise<string | null> {
  const [sealed] = (await ownSealedWords(work, personId)).sealed_identity
  if (sealed === undefined) return null
  const { realName, documentKind } = JSON.parse(sealed) as { realName: string; documentKind: string }
  return `${realName} · ${documentKind}`
}

export { documentDigest, replaceIdentity } from './directory.ts'

/** Takes the caller's own skills away. */
export async function dropSkills(work: Work): Promise<void> {
  await work.db
    .updateTable('testers')
    .set((eb) => ({ skills: [], version: eb('version', '+', 1) }))
    .where('person_id', '=', work.actor.personId)
    .execute()
}

/** Applications and identity checks that wait for the organizer; invitations that wait for a tester. */
export async function testersWaiting(work: Work): Promise<Waiting[]> {
  if (work.actor.orgKind === 'organizer') {
    const asked = await work.db
      .selectFrom('testers')
      .innerJoin('persons', 'persons.id', 'testers.person_id')
      .select(['persons.name'])
      .where('identity', '=', 'asked')
      .limit(20)
      .execute()
    const applied = await work.db
      .selectFrom('enrollments')
      .innerJoin('engagements', 'engagements.id', 'enrollments.engagement_id')
      .innerJoin('persons', 'persons.id', 'enrollments.person_id')
      .select(['enrollments.created_at', 'engagements.id', 'engagements.title', 'persons.name'])
      .where('enrollments.state', '=', 'applied')
      .orderBy('enrollments.created_at', 'desc')
      .limit(20)
      .execute()
    return [
      ...asked.map(
        (one): Waiting => ({
          kind: 'identity',
          text: say(`核验测试者身份：${one.name}`, `verify identity of ${one.name}`),
          engagementId: null,
          engagementTitle: null,
          href: '/testers',
          since: null,
        }),
      ),
      ...applied.map(
        (one): Waiting => ({
          kind: 'application',
          text: say(`处理报名：${one.name}`, `decide on the application of ${one.name}`),
          engagementId: one.id,
          engagementTitle: one.title,
          href: `/engagements/${one.id}/people`,
          since: one.created_at.toISOString(),
        }),
      ),
    ]
  }
  if (work.actor.orgKind === 'tester') {
    const invited = await work.db
      .selectFrom('enrollments')
      .select(['engagement_id', 'created_at'])
      .where('person_id', '=', work.actor.personId)
      .where('state', '=', 'invited')
      .limit(20)
      .execute()
    return invited.map((one) => ({
      kind: 'invitation',
      text: say('您收到一份众测邀请', 'you are invited to an engagement'),
      engagementId: null,
      engagementTitle: null,
      href: '/offers',
      since: one.created_at.toISOString(),
    }))
  }
  return []
}

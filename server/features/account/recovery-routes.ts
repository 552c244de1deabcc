import type { SignInRules } from '@zhongheng/contracts/http/account.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import { type Feature, type Reference, route } from '../../http/registry.ts'
import { openFromText, type SealPlace, sealToText } from '../../sealing/seal.ts'
import { endTokens } from '../../sign-in/access-tokens.ts'
import { endLogins } from '../../sign-in/logins.ts'
import { endCodes } from '../../sign-in/one-time-codes.ts'
import { endRecoveryCodes } from '../../sign-in/recovery-codes.ts'
import { tellOwner } from '../../sign-in/security-notices.ts'
import { checkVersion } from '../../work/versions.ts'
import type { Work } from '../../work/work.ts'
import { refuseSameHuman } from '../approvals/reads.ts'
import { recordOf } from './answers.ts'
import { helpedAtHome, helpersAtHome, mayHelp, recoverablePerson } from './recoverable.ts'

const reasonAt = (id: string): SealPlace => ({ table: 'factor_releases', column: 'reason', row: id })
/** Why somebody lost a second factor, as it lies in the row. */
export const sealReason = (work: Work, id: string, reason: string): string =>
  sealToText(work.deps.keys.house('factor-releases'), reasonAt(id), reason)
const openReason = (work: Work, id: string, sealed: string): string =>
  openFromText(work.deps.keys.house('factor-releases'), reasonAt(id), sealed)

const openRelease: Reference<{ id: string; person_id: string; org_id: string; asked_by: string }> = {
  about: 'open request to let a second factor go, of a house that I may help',
  async load(work, id) {
    const row = await work.db
      .selectFrom('factor_releases')
      .select(['id', 'person_id', 'org_id', 'asked_by'])
      .where('id', '=', id)
      .where('state', '=', 'asked')
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

/** How administrators help people back into their accounts, and the rules that a house sets for itself. */
export const recoveryRoutes: Feature = (deps) => [
  route('GET /api/recoveries', {
    access: 'members.recover',
    references: {},
    handle: async ({ work }) => ({ passwords: await lostPasswords(work), factors: await lostFactors(work) }),
  }),
  route('POST /api/factor-releases', {
    access: 'members.recover',
    references: {},
    async handle({ work, body }) {
      const person = await recoverablePerson(work, body.login)
      const id = work.newId('factorRelease')
      const { asked, hasFactor } = await work.asSystem(async (db) => ({
        asked: await db
          .selectFrom('factor_releases')
          .select('id')
          .where('person_id', '=', person.id)
          .where('state', '=', 'asked')
          .executeTakeFirst(),
        hasFactor: await hasFactorOf(work, person.id),
      }))
      if (asked || !hasFactor)
        throw new Problem(
          'wrong_state',
          asked
            ? say('已有一份待批准的申请', 'there is a request already')
            : say('此账号没有第二因素', 'this account has no second factor'),
          { rule: 'RECOVER-2' },
        )
      // Written as the system: the house may be another's, where nobody is left to ask.
      await work.asSystem((db) =>
        db
          .insertInto('factor_releases')
          .values({
            id,
            person_id: person.id,
            org_id: person.org_id,
            reason: sealReason(work, id, body.reason),
            asked_by: work.actor.personId,
            asked_at: work.now,
            decided_by: null,
            decided_at: null,
            state: 'asked',
          })
          .execute(),
      )
      recordOf(work, 'factor.release_asked', person.id, { factorReleaseId: id })
    },
  }),
  route('POST /api/factor-releases/:factorReleaseId/decision', {
    access: 'members.recover',
    references: { 'params.factorReleaseId': openRelease },
    async handle({ work, body, on, caller }) {
      const { id, person_id: personId, org_id: orgId, asked_by: askedBy } = on['params.factorReleaseId']
      if (askedBy === work.actor.personId || personId === work.actor.personId)
        throw new Problem('refused', say('须由另一名管理员决定', 'another administrator must decide'), {
          rule: 'RECOVER-3',
        })
      if (!mayHelp(work, orgId, await helpersAtHome(work, [orgId]), [personId, askedBy])) throw helpedAtHome()
      await refuseSameHuman(work, { personId: askedBy, sameBrowser: [] }, caller)
      const decided = await work.asSystem((db) =>
        db
          .updateTable('factor_releases')
          .set({
            state: body.decision === 'release' ? 'released' : 'refused',
            decided_by: work.actor.personId,
            decided_at: work.now,
          })
          .where('id', '=', id)
          .where('state', '=', 'asked')
          .returning('id')
          .execute(),
      )
      if (decided.length === 0) throw notFound()
      if (body.decision === 'release') await letGo(work, personId)
      recordOf(work, body.decision === 'release' ? 'factor.released' : 'factor.release_refused', personId, {
        factorReleaseId: id,
      })
    },
  }),
  route('GET /api/sign-in-rules', {
    access: 'sign_in.rules',
    references: {},
    handle: ({ work }) => readRules(work),
  }),
  route('PUT /api/sign-in-rules', {
    access: 'sign_in.rules',
    references: {},
    async handle({ work, body }) {
      const before = await readRules(work)
      checkVersion(before.version, body.version)
      const { loginIdleMinutes, loginAbsoluteMinutes } = deps.settings
      const rules = {
        second_factor: body.secondFactor,
        idle_minutes: shorter(body.idleMinutes, loginIdleMinutes),
        absolute_minutes: shorter(body.absoluteMinutes, loginAbsoluteMinutes),
        version: body.version + 1,
      }
      await work.db
        .insertInto('sign_in_rules')
        .values({ org_id: work.actor.orgId, ...rules })
        .onConflict((conflict) => conflict.column('org_id').doUpdateSet(rules))
        .execute()
      recordOf(work, 'sign_in.rules_changed', work.actor.orgId, {
        secondFactor: rules.second_factor,
        idleMinutes: rules.idle_minutes,
        absoluteMinutes: rules.absolute_minutes,
      })
      return readRules(work)
    },
  }),
]

const shorter = (asked: number | null, installation: number): number | null =>
  asked === null || asked >= installation ? null : asked

async function readRules(work: Work): Promise<SignInRules> {
  const row = await work.db
    .selectFrom('sign_in_rules')
    .selectAll()
    .where('org_id', '=', work.actor.orgId)
    .executeTakeFirst()
  const { secondFactor, loginIdleMinutes, loginAbsoluteMinutes, passwordDays } = work.deps.settings
  return {
    secondFactor: row?.second_factor === 'everybody' ? 'everybody' : 'installation',
    idleMinutes: row?.idle_minutes ?? null,
    absoluteMinutes: row?.absolute_minutes ?? null,
    version: row?.version ?? 0,
    installation: { secondFactor, idleMinutes: loginIdleMinutes, absoluteMinutes: loginAbsoluteMinutes, passwordDays },
  }
}

async function hasFactorOf(work: Work, personId: string): Promise<boolean> {
  const code = await work.db
    .selectFrom('one_time_code_secrets')
    .select('id')
    .where('person_id', '=', personId)
    .where('confirmed_at', 'is not', null)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  const passkey = await work.db
    .selectFrom('passkeys')
    .select('id')
    .where('person_id', '=', personId)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return code !== undefined || passkey !== undefined
}

/** Ends every factor of the person, and everything that was opened with them. */
async function letGo(work: Work, personId: string): Promise<void> {
  await endCodes(work, personId)
  await endRecoveryCodes(work, personId)
  await work.asSystem((db) =>
    db
      .updateTable('passkeys')
      .set({ ended_at: work.now })
      .where('person_id', '=', personId)
      .where('ended_at', 'is', null)
      .execute(),
  )
  await endLogins(work, personId, { but: null }, 'factor_released')
  await endTokens(work, personId)
  await tellOwner(work, personId, 'factor_released')
}

/** Names of people of other houses are the organizer's to see only here, for this and where nobody at home does it; so they are read as the system. */
async function lostPasswords(work: Work) {
  const open = await work.db
    .selectFrom('password_resets')
    .select(['person_id', 'org_id', 'asked_at'])
    .where('ended_at', 'is', null)
    .where('issued_at', 'is', null)
    .orderBy('asked_at', 'desc')
    .limit(100)
    .execute()
  const names = await namesOf(
    work,
    open.map((row) => row.person_id),
  )
  const helpers = await helpersAtHome(work, housesOf(open))
  return open.flatMap((row) => {
    const found = mayHelp(work, row.org_id, helpers, [row.person_id]) ? names.get(row.person_id) : undefined
    return found ? [{ ...found, askedAt: row.asked_at.toISOString() }] : []
  })
}

async function lostFactors(work: Work) {
  const open = await work.db
    .selectFrom('factor_releases')
    .selectAll()
    .where('state', '=', 'asked')
    .orderBy('asked_at', 'desc')
    .limit(100)
    .execute()
  const names = await namesOf(
    work,
    open.flatMap((row) => [row.person_id, row.asked_by]),
  )
  const helpers = await helpersAtHome(work, housesOf(open))
  return open.flatMap((row) => {
    const helps = mayHelp(work, row.org_id, helpers, [row.person_id, row.asked_by])
    const found = helps || row.asked_by === work.actor.personId ? names.get(row.person_id) : undefined
    return found
      ? [
          {
            factorReleaseId: row.id,
            ...found,
            reason: openReason(work, row.id, row.reason),
            askedBy: names.get(row.asked_by)?.name ?? '',
            askedAt: row.asked_at.toISOString(),
            mayDecide: row.asked_by !== work.actor.personId && row.person_id !== work.actor.personId,
          },
        ]
      : []
  })
}

const housesOf = (rows: readonly { org_id: string }[]): string[] => [...new Set(rows.map(({ org_id }) => org_id))]

async function namesOf(work: Work, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, { login: string; name: string; organisation: string }>()
  const rows = await work.asSystem((db) =>
    db
      .selectFrom('persons')
      .innerJoin('credentials', 'credentials.person_id', 'persons.id')
      .innerJoin('organisations', 'organisations.id', 'persons.org_id')
      .select(['persons.id', 'persons.name', 'credentials.login', 'organisations.name as organisation'])
      .where('persons.id', 'in', [...new Set(ids)])
      .execute(),
  )
  return new Map(rows.map(({ id, ...names }) => [id, names]))
}

import { timingSafeEqual } from 'node:crypto'
import type { OwnMail } from '@zhongheng/contracts/http/mail.ts'
import { readMailAddress } from '@zhongheng/domain/mail/addresses.ts'
import type { MailGroup } from '@zhongheng/domain/mail/groups.ts'
import { mailRules } from '@zhongheng/domain/mail/rules.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { type DataKeys, keyedDigest, openText, seal } from '../../sealing/seal.ts'
import { tellOwner } from '../../sign-in/security-notices.ts'
import type { Deps } from '../../work/deps.ts'
import { newTypedCode, readTypedCode } from '../../work/typed-code.ts'
import type { Work } from '../../work/work.ts'
import { checkConsent } from '../privacy/reads.ts'

const keys = (deps: Deps): DataKeys => deps.keys.house('mail-addresses')
const at = (column: 'sealed_address' | 'sealed_before' | 'sealed_code', personId: string) => ({
  table: 'mail_addresses',
  column,
  row: personId,
})
export const openAddress = (deps: Deps, row: { person_id: string; sealed_address: Uint8Array }): string =>
  openText(keys(deps), at('sealed_address', row.person_id), row.sealed_address)
/** The address that the present one replaced, while that is not yet told there. */
export const openBefore = (deps: Deps, personId: string, sealed: Uint8Array): string =>
  openText(keys(deps), at('sealed_before', personId), sealed)
/** Keyed, so that mails to one address are counted whoever gave it. */
export const addressDigest = (deps: Deps, address: string): string => keyedDigest(keys(deps), address.toLowerCase())
export const openCode = (deps: Deps, personId: string, sealed: Uint8Array): string =>
  openText(keys(deps), at('sealed_code', personId), sealed)

/** The own address as its owner sees it. */
export async function ownMail(work: Work): Promise<OwnMail> {
  const row = await work.db
    .selectFrom('mail_addresses')
    .select(['person_id', 'sealed_address', 'verified_at', 'code_expires_at'])
    .where('person_id', '=', work.actor.personId)
    .executeTakeFirst()
  const without = await work.db
    .selectFrom('mail_choices')
    .select('kind')
    .where('person_id', '=', work.actor.personId)
    .orderBy('kind')
    .execute()
  return {
    offered: work.deps.mail.on,
    address: row ? openAddress(work.deps, row) : null,
    verifiedAt: row?.verified_at?.toISOString() ?? null,
    codeUntil: row?.code_expires_at?.toISOString() ?? null,
    without: without.map(({ kind }) => kind as MailGroup),
  }
}

/** The address of a person for the file of their own data; none is an empty list. */
export async function ownSealedAddress(work: Work, personId: string): Promise<string[]> {
  const row = await work.db
    .selectFrom('mail_addresses')
    .select(['person_id', 'sealed_address'])
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return row ? [openAddress(work.deps, row)] : []
}

/**
 * Gives an address, or another one: nothing but a code goes there until that is given back. A confirmed one that it replaces is told.
 * @throws Problem refused MAIL-1 where no mail is sent, GBT39276-5.1.1.4-a without consent; malformed for what is no plain address
 */
export async function giveAddress(work: Work, typed: string): Promise<OwnMail> {
  if (!work.deps.mail.on)
    throw new Problem('refused', say('本平台未启用邮件', 'this installation sends no mail'), { rule: 'MAIL-1' })
  await checkConsent(work, 'mail', 'body.address')
  const address = readMailAddress(typed, 'body.address')
  const { personId, orgId } = work.actor
  const code = newTypedCode(12, 0)
  const row = {
    sealed_address: seal(keys(work.deps), at('sealed_address', personId), address),
    address_digest: addressDigest(work.deps, address),
    sealed_code: seal(keys(work.deps), at('sealed_code', personId), code),
    code_expires_at: new Date(work.now.getTime() + mailRules.codeLife),
    code_tries: 0,
    given_at: work.now,
    verified_at: null,
  }
  // Codes and the queue are not the person's rows: who could read them would need no mailbox.
  await work.asSystem(async (db) => {
    const before = await db
      .selectFrom('mail_addresses')
      .select(['person_id', 'sealed_address', 'address_digest'])
      .where('person_id', '=', personId)
      .where('verified_at', 'is not', null)
      .forUpdate()
      .executeTakeFirst()
    const replaced = before && before.address_digest !== row.address_digest ? openAddress(work.deps, before) : null
    const told =
      replaced === null ? {} : { sealed_before: seal(keys(work.deps), at('sealed_before', personId), replaced) }
    await db
      .insertInto('mail_addresses')
      .values({ person_id: personId, org_id: orgId, last_sent_at: null, ...row })
      .onConflict((conflict) => conflict.column('person_id').doUpdateSet({ ...row, ...told }))
      .execute()
    for (const purpose of replaced === null ? ['code'] : ['code', 'moved'])
      await db
        .insertInto('mail_queue')
        .values({
          id: work.newId('mail'),
          person_id: personId,
          org_id: orgId,
          purpose,
          state: 'waiting',
          at: work.now,
          next_try_at: work.now,
        })
        .onConflict((conflict) =>
          conflict.columns(['person_id', 'purpose']).where('state', '=', 'waiting').doUpdateSet({ at: work.now }),
        )
        .execute()
  })
  recordAddress(work, 'mail_address.given')
  await tellOwner(work, personId, 'mail_changed')
  return ownMail(work)
}

/** Confirms with the code that came. Throttled by the route, and bound to a number of tries. @returns whether it was right */
export async function tryCode(work: Work, typed: string): Promise<boolean> {
  const { personId } = work.actor
  return work.asSystem(async (db) => {
    const row = await db
      .selectFrom('mail_addresses')
      .select(['sealed_code', 'code_expires_at', 'code_tries'])
      .where('person_id', '=', personId)
      .forUpdate()
      .executeTakeFirst()
    if (!row?.sealed_code || !row.code_expires_at || row.code_expires_at <= work.now) return false
    if (row.code_tries >= mailRules.codeTries) return false
    const right = same(openCode(work.deps, personId, row.sealed_code), readTypedCode(typed))
    await db
      .updateTable('mail_addresses')
      .set(
        right
          ? { verified_at: work.now, sealed_code: null, code_expires_at: null }
          : { code_tries: row.code_tries + 1 },
      )
      .where('person_id', '=', personId)
      .execute()
    if (right) recordAddress(work, 'mail_address.verified')
    return right
  })
}

export const wrongCode = (): Problem =>
  new Problem('refused', say('验证码不正确、已过期或试错过多', 'the code is wrong, too old, or was tried too often'), {
    rule: 'MAIL-2',
    fields: [
      {
        field: 'body.code',
        limit: say(`最多试 ${mailRules.codeTries} 次`, `at most ${mailRules.codeTries} tries`),
        fix: say('核对邮件中的验证码，或重新填写邮箱', 'compare with the mail, or give the address again'),
      },
    ],
  })

/** @throws Problem refused GBT39276-5.1.1.4-a without consent to mail, where there is something to keep */
export async function chooseMail(work: Work, without: readonly MailGroup[]): Promise<OwnMail> {
  const { personId } = work.actor
  if (without.length > 0) await checkConsent(work, 'mail', 'body.without')
  await work.db.deleteFrom('mail_choices').where('person_id', '=', personId).execute()
  const kinds = [...new Set(without)]
  if (kinds.length > 0)
    await work.db
      .insertInto('mail_choices')
      .values(kinds.map((kind) => ({ person_id: personId, kind })))
      .execute()
  return ownMail(work)
}

/** All that was held to send mails to the caller: address, queue and choices. */
export async function forgetMail(work: Work): Promise<void> {
  await work.db.deleteFrom('mail_choices').where('person_id', '=', work.actor.personId).execute()
  await dropAddress(work)
}

/** Takes the address away, with what waits for it. */
export async function dropAddress(work: Work): Promise<OwnMail> {
  const { personId } = work.actor
  const gone = await work.asSystem(async (db) => {
    await db.deleteFrom('mail_queue').where('person_id', '=', personId).where('state', '=', 'waiting').execute()
    return db.deleteFrom('mail_addresses').where('person_id', '=', personId).returning('person_id').execute()
  })
  if (gone.length > 0) {
    recordAddress(work, 'mail_address.removed')
    await tellOwner(work, personId, 'mail_changed')
  }
  return ownMail(work)
}

const recordAddress = (work: Work, kind: string): void => {
  work.record({
    kind,
    engagementId: null,
    subject: work.actor.personId,
    role: work.actor.orgKind,
    audience: 'house',
    facts: {},
  })
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

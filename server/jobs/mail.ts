import type { Actor, Role } from '@zhongheng/domain/access/actor.ts'
import { heldPosts } from '@zhongheng/domain/access/held-posts.ts'
import { type Letter, codeLetter, movedLetter, noticesLetter } from '@zhongheng/domain/mail/letters.ts'
import { leavesAt, mailRules, nextMailAfter } from '@zhongheng/domain/mail/rules.ts'
import { hours, minutes } from '@zhongheng/domain/shared/clock.ts'
import { type Selectable, sql } from 'kysely'
import type { Database } from '../database/schema.ts'
import { consentOf } from '../features/privacy/reads.ts'
import { addressDigest, openAddress, openBefore, openCode } from '../features/mail/reads.ts'
import { unmailed } from '../features/notices/reads.ts'
import type { Mailed } from '../ports/mail.ts'
import type { Deps } from '../work/deps.ts'
import { type Work, inSystemWork, inWork } from '../work/work.ts'
import { everySoOften, keepTaking, type Stop } from './rounds.ts'

const pause = 1000
/** Mails that are on their way at a time: one that hangs keeps few others waiting, and for seconds. */
const atOnce = 5
/** Milliseconds after which a mail whose server fell silent is taken up by another. */
const patience = minutes(1)

type Taken = Selectable<Database['mail_queue']>
/** A mail to send, or when to look again; null where nothing is to be sent any more. */
type Composed =
  | { readonly to: string; readonly digest: string; readonly letter: Letter; readonly notices: readonly string[] }
  | { readonly notBefore: Date }
  | null

/** Sends what is due, beside each other. @returns how many lines of the queue were looked at */
export async function sendMails(deps: Deps): Promise<number> {
  const taken = await inSystemWork(deps, take)
  await Promise.all(
    taken.map(async (one) => {
      const mail = await compose(deps, one)
      if (mail === null) await inSystemWork(deps, (work) => drop(work, one))
      else if ('notBefore' in mail) await inSystemWork(deps, (work) => postpone(work, one, mail.notBefore))
      else await keep(deps, one, mail, await deps.mail.send(mail.to, mail.letter, one.id))
    }),
  )
  return taken.length
}

/** Takes what is due, so that of several servers one sends it. */
async function take({ db, now }: Work): Promise<Taken[]> {
  const due = db
    .selectFrom('mail_queue')
    .select('id')
    .where('state', '=', 'waiting')
    .where('next_try_at', '<=', now)
    .orderBy('next_try_at')
    .orderBy('id')
    .limit(atOnce)
    .forUpdate()
    .skipLocked()
  return db
    .with('due', () => due)
    .updateTable('mail_queue')
    .set({ tries: sql`tries + 1`, next_try_at: new Date(now.getTime() + patience) })
    .where('id', 'in', (eb) => eb.selectFrom('due').select('due.id'))
    .returningAll()
    .execute()
}

/** The text is made of what its reader may know at this moment, asked under their own row policies. */
async function compose(deps: Deps, one: Taken): Promise<Composed> {
  const found = await inSystemWork(deps, async ({ db, now }) => {
    const row = await db
      .selectFrom('mail_addresses')
      .innerJoin('persons', 'persons.id', 'mail_addresses.person_id')
      .innerJoin('organisations', 'organisations.id', 'persons.org_id')
      .selectAll('mail_addresses')
      .select(['persons.name', 'persons.posts', 'persons.post_ends', 'persons.locale', 'organisations.kind'])
      .where('mail_addresses.person_id', '=', one.person_id)
      .where('persons.state', '=', 'active')
      .executeTakeFirst()
    if (!row) return null
    const before = one.purpose === 'moved' ? row.sealed_before : null
    if (one.purpose === 'moved' && before === null) return null
    const to = before === null ? openAddress(deps, row) : openBefore(deps, row.person_id, before)
    const digest = before === null ? row.address_digest : addressDigest(deps, to)
    const sent = await db
      .selectFrom('mail_queue')
      .select('ended_at')
      .where('address_digest', '=', digest)
      .where('state', '=', 'sent')
      .where('ended_at', '>', new Date(now.getTime() - hours(1)))
      .orderBy('ended_at', 'desc')
      .limit(mailRules.perAddressHour)
      .execute()
    // The one place where an address is used: its owner's consent is asked for here, each time.
    const consented = (await consentOf(db, one.person_id, 'mail')) === 'given'
    return {
      row,
      to,
      digest,
      now,
      consented,
      tooMany: sent.length >= mailRules.perAddressHour ? (sent.at(-1)?.ended_at ?? now) : null,
    }
  })
  if (found === null || !found.consented) return null
  const { row, to, digest, now, tooMany } = found
  if (tooMany !== null) return { notBefore: new Date(tooMany.getTime() + hours(1)) }
  if (one.purpose === 'moved')
    return {
      to,
      digest,
      letter: movedLetter(row.locale, `${deps.settings.publicUrl}/account/security`),
      notices: [],
    }
  if (one.purpose === 'code') {
    if (row.sealed_code === null || (row.code_expires_at ?? now) <= now) return null
    const letter = codeLetter(openCode(deps, row.person_id, row.sealed_code), row.locale)
    return { to, digest, letter, notices: [] }
  }
  if (row.verified_at === null) return null
  const actor: Actor = {
    personId: row.person_id,
    orgId: row.org_id,
    orgKind: row.kind as Role,
    posts: heldPosts(row.posts, row.post_ends, now),
    name: row.name,
  }
  const waiting = await inWork(deps, actor, unmailed)
  const [first] = waiting
  if (first === undefined) return null
  const urgent = waiting.some((notice) => notice.urgent)
  const due = leavesAt(first.at, urgent, row.last_sent_at, deps.settings.mail?.digestMinutes ?? 60)
  if (due > now) return { notBefore: due }
  return {
    to,
    digest,
    letter: noticesLetter(waiting, row.locale, `${deps.settings.publicUrl}/notices`),
    notices: waiting.map(({ id }) => id),
  }
}

const drop = ({ db }: Work, { id }: Taken) => db.deleteFrom('mail_queue').where('id', '=', id).execute()

/** Waiting for its time is no try. */
const postpone = ({ db }: Work, { id, tries }: Taken, until: Date) =>
  db
    .updateTable('mail_queue')
    .set({ next_try_at: until, tries: tries - 1 })
    .where('id', '=', id)
    .execute()

const keep = (
  deps: Deps,
  one: Taken,
  mail: { readonly digest: string; readonly notices: readonly string[] },
  mailed: Mailed,
): Promise<void> =>
  inSystemWork(deps, async (work) => {
    const { db, now } = work
    // Whoever took the address away meanwhile also took the line away.
    const still = await db.selectFrom('mail_queue').select('id').where('id', '=', one.id).forUpdate().executeTakeFirst()
    if (!still) return
    const wait = mailed.ok || mailed.forGood ? null : nextMailAfter(one.tries)
    const next = wait === null ? null : new Date(now.getTime() + wait)
    await db
      .updateTable('mail_queue')
      .set({
        state: mailed.ok ? 'sent' : next === null ? 'given_up' : 'waiting',
        next_try_at: next,
        ended_at: next === null ? now : null,
        fault: mailed.ok ? null : mailed.what,
        address_digest: mail.digest,
      })
      .where('id', '=', one.id)
      .execute()
    const ended = next === null && one.purpose === 'moved' ? { sealed_before: null } : {}
    const sent = mailed.ok && one.purpose !== 'moved' ? { last_sent_at: now } : {}
    if ('sealed_before' in ended || 'last_sent_at' in sent)
      await db
        .updateTable('mail_addresses')
        .set({ ...ended, ...sent })
        .where('person_id', '=', one.person_id)
        .execute()
    if (mailed.ok) {
      if (mail.notices.length > 0)
        await db
          .updateTable('notices')
          .set({ mailed_at: now })
          .where('id', 'in', [...mail.notices])
          .execute()
      if (one.purpose === 'notices') await waitAgain(work, one)
    } else if (next === null)
      work.record({
        kind: 'mail.given_up',
        engagementId: null,
        subject: one.person_id,
        role: 'system',
        audience: 'house',
        facts: { mailId: one.id, tries: one.tries },
      })
  })

/** What came while the mail was on its way found this line waiting, and waits for the next. */
async function waitAgain({ db, now, newId }: Work, one: Taken): Promise<void> {
  const more = await db
    .selectFrom('notices')
    .select('id')
    .where('person_id', '=', one.person_id)
    .where('read_at', 'is', null)
    .where('mailed_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  if (!more) return
  await db
    .insertInto('mail_queue')
    .values({
      id: newId('mail'),
      person_id: one.person_id,
      org_id: one.org_id,
      purpose: 'notices',
      state: 'waiting',
      at: now,
      next_try_at: now,
    })
    .onConflict((conflict) => conflict.columns(['person_id', 'purpose']).where('state', '=', 'waiting').doNothing())
    .execute()
}

const forget = (deps: Deps): Promise<unknown> =>
  inSystemWork(deps, ({ db, now }) =>
    db
      .deleteFrom('mail_queue')
      .where('state', '<>', 'waiting')
      .where('ended_at', '<', new Date(now.getTime() - mailRules.keptFor))
      .execute(),
  )

/** Rounds until it is stopped; none where no mail is sent. */
export function startMails(deps: Deps, onFault: (error: unknown) => void): Stop {
  if (!deps.mail.on) return async () => undefined
  const sending = keepTaking(async () => (await sendMails(deps)) > 0, pause, onFault)
  const forgetting = everySoOften(() => forget(deps), hours(1), onFault)
  return async () => {
    await Promise.all([sending.stop(), forgetting.stop()])
  }
}

import type { Id } from '@zhongheng/domain/shared/ids.ts'
import { Secret, TOTP } from 'otpauth'
import { openText, seal } from '../sealing/seal.ts'
import type { Work } from '../work/work.ts'

const period = 30
const place = (row: string) => ({ table: 'one_time_code_secrets', column: 'sealed_secret', row })
const generator = (secret: string, account: string): TOTP =>
  new TOTP({
    issuer: '众衡 Zhongheng',
    label: account,
    algorithm: 'SHA1',
    digits: 6,
    period,
    secret: Secret.fromBase32(secret),
  })

/** Makes a secret that counts only after its first code was shown; one that was begun before is dropped. */
export async function beginCodes(work: Work, account: string): Promise<{ secret: string; address: string }> {
  const secret = new Secret({ size: 20 }).base32
  const id: Id<'codeSecret'> = work.newId('codeSecret')
  const { personId, orgId } = work.actor
  await work.asSystem(async (db) => {
    await db
      .deleteFrom('one_time_code_secrets')
      .where('person_id', '=', personId)
      .where('confirmed_at', 'is', null)
      .execute()
    await db
      .insertInto('one_time_code_secrets')
      .values({
        id,
        person_id: personId,
        org_id: orgId,
        sealed_secret: seal(work.deps.keys.house('one-time-codes'), place(id), secret),
        created_at: work.now,
        confirmed_at: null,
        ended_at: null,
      })
      .execute()
  })
  return { secret, address: generator(secret, account).toString() }
}

/** Confirms the secret that was begun, by its first code, and ends the former one. @returns what happened; null: wrong code */
export async function confirmCodes(work: Work, code: string): Promise<'enrolled' | 'replaced' | null> {
  const { personId } = work.actor
  return work.asSystem(async (db) => {
    const begun = await db
      .selectFrom('one_time_code_secrets')
      .select('id')
      .where('person_id', '=', personId)
      .where('confirmed_at', 'is', null)
      .where('ended_at', 'is', null)
      .executeTakeFirst()
    if (!begun || !(await spend(work, begun.id, code))) return null
    const former = await endCodes(work, personId)
    await db.updateTable('one_time_code_secrets').set({ confirmed_at: work.now }).where('id', '=', begun.id).execute()
    return former ? 'replaced' : 'enrolled'
  })
}

/** Whether this code is right, now and for the first time. The step it stands for is spent, and every earlier one. */
export async function checkCode(work: Work, personId: string, code: string): Promise<boolean> {
  return work.asSystem(async (db) => {
    const row = await db
      .selectFrom('one_time_code_secrets')
      .select('id')
      .where('person_id', '=', personId)
      .where('confirmed_at', 'is not', null)
      .where('ended_at', 'is', null)
      .executeTakeFirst()
    return row !== undefined && spend(work, row.id, code)
  })
}

/** Ends the confirmed secret; whether there was one. */
export async function endCodes(work: Work, personId: string): Promise<boolean> {
  const ended = await work.asSystem((db) =>
    db
      .updateTable('one_time_code_secrets')
      .set({ ended_at: work.now })
      .where('person_id', '=', personId)
      .where('confirmed_at', 'is not', null)
      .where('ended_at', 'is', null)
      .returning('id')
      .execute(),
  )
  return ended.length > 0
}

/** One comparison and one conditional update: of many who bring the same code at once, one row is changed by one. */
async function spend(work: Work, id: string, code: string): Promise<boolean> {
  const row = await work.db
    .selectFrom('one_time_code_secrets')
    .select('sealed_secret')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const secret = openText(work.deps.keys.house('one-time-codes'), place(id), row.sealed_secret)
  const timestamp = work.now.getTime()
  const delta = generator(secret, '').validate({ token: code, timestamp, window: 1 })
  if (delta === null) return false
  const step = Math.floor(timestamp / 1000 / period) + delta
  const spent = await work.db
    .updateTable('one_time_code_secrets')
    .set({ last_step: step })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('last_step', '<', String(step))
    .returning('id')
    .execute()
  return spent.length === 1
}

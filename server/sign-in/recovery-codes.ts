import { keyedDigest } from '../sealing/seal.ts'
import { newTypedCode, readTypedCode } from '../work/typed-code.ts'
import type { Work } from '../work/work.ts'

const count = 10

/** Makes ten codes and ends the former ones. They are told this once; the table holds keyed digests. */
export async function makeRecoveryCodes(work: Work, personId: string): Promise<string[]> {
  const codes = Array.from({ length: count }, newCode)
  await work.asSystem(async (db) => {
    await db.deleteFrom('recovery_codes').where('person_id', '=', personId).execute()
    await db
      .insertInto('recovery_codes')
      .values(
        codes.map((code) => ({
          person_id: personId,
          code_digest: digestOf(work, code),
          made_at: work.now,
          used_at: null,
        })),
      )
      .execute()
  })
  return codes
}

/** Whether this is an unused code of the person; it is spent by asking. */
export async function spendRecoveryCode(work: Work, personId: string, code: string): Promise<boolean> {
  const spent = await work.asSystem((db) =>
    db
      .updateTable('recovery_codes')
      .set({ used_at: work.now })
      .where('person_id', '=', personId)
      .where('code_digest', '=', digestOf(work, code))
      .where('used_at', 'is', null)
      .returning('person_id')
      .execute(),
  )
  return spent.length === 1
}

export async function recoveryCodesLeft(work: Work, personId: string): Promise<number> {
  const row = await work.asSystem((db) =>
    db
      .selectFrom('recovery_codes')
      .select((eb) => eb.fn.countAll<string>().as('n'))
      .where('person_id', '=', personId)
      .where('used_at', 'is', null)
      .executeTakeFirst(),
  )
  return Number(row?.n ?? 0)
}

/** Ends all codes, with the factors that they stood for. */
export async function endRecoveryCodes(work: Work, personId: string): Promise<void> {
  await work.asSystem((db) => db.deleteFrom('recovery_codes').where('person_id', '=', personId).execute())
}

/** 60 random bits, as people type them from paper. */
const newCode = (): string => newTypedCode(12, 4)
const digestOf = (work: Work, code: string): string =>
  keyedDigest(work.deps.keys.house('recovery-codes'), readTypedCode(code))

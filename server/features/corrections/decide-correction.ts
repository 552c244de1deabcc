import type { CorrectionView } from '@zhongheng/contracts/http/corrections.ts'
import { checkDecides } from '@zhongheng/domain/personal-data/corrections.ts'
import type { Caller } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { refuseSameHuman } from '../approvals/reads.ts'
import { placeMember } from '../people/reads.ts'
import { replaceIdentity } from '../testers/reads.ts'
import { type CorrectionRow, endRequest } from './ask-correction.ts'
import { viewCorrection } from './view-corrections.ts'
import { type Wished, openWords, sealWords } from './words.ts'

/**
 * Grants or refuses a correction; with the grant the value is replaced in the same commit. What was signed before keeps what
 * was printed in it. The asker and whoever decides are two humans, as for an act by two persons.
 * @throws Problem forbidden CORRECT-2, TWO-2, TWO-3; wrong_state CORRECT-3; refused SOD-1
 */
export async function decideCorrection(
  work: Work,
  row: CorrectionRow,
  said: { verdict: 'granted' | 'refused'; reason: string },
  caller: Caller,
): Promise<CorrectionView> {
  checkDecides(work.actor, { personId: row.person_id, field: row.field })
  await refuseSameHuman(work, { personId: row.person_id, sameBrowser: row.same_browser }, caller)
  await endRequest(work, row, {
    state: said.verdict,
    decided_by: work.actor.personId,
    decided_at: work.now,
    sealed_answer: sealWords(work, 'sealed_answer', row.id, said.reason),
  })
  if (said.verdict === 'granted') await replace(work, row, caller)
  work.record({
    kind: said.verdict === 'granted' ? 'correction.granted' : 'correction.refused',
    engagementId: null,
    subject: row.id,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { field: row.field, personId: row.person_id },
  })
  return viewCorrection(work, row.id)
}

/** As the system: names are no administrator's to change, and the person may be of a house that the organizer decides for. */
const replace = (work: Work, row: CorrectionRow, caller: Caller): Promise<void> =>
  work.asSystem(async (db) => {
    const held = await db
      .selectFrom('correction_requests')
      .select(['sealed_value', 'value_digest'])
      .where('id', '=', row.id)
      .executeTakeFirstOrThrow()
    const wished = JSON.parse(openWords(work, 'sealed_value', row.id, held.sealed_value)) as Wished
    if (wished.field === 'identity') return replaceIdentity(work, row.person_id, wished, held.value_digest ?? '')
    const member = await db
      .selectFrom('persons')
      .select(['id', 'version'])
      .where('id', '=', row.person_id)
      .forUpdate()
      .executeTakeFirstOrThrow()
    if (wished.field === 'jurisdiction') {
      const place = { jurisdiction: wished.value, version: member.version }
      await placeMember(work, member, place, caller.login?.loginId ?? null)
      return
    }
    await db
      .updateTable('persons')
      .set({ name: wished.value, version: member.version + 1 })
      .where('id', '=', member.id)
      .execute()
  })

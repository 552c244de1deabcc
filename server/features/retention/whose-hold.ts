import { may, mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'

export type HoldRow = Selectable<Database['legal_holds']>

/** Whether this person speaks for the house that placed it. Organizer and auditor place holds, each under its own kind. */
export const maySpeak = (work: Work, row: Pick<HoldRow, 'org_id' | 'engagement_id'>): boolean =>
  row.org_id === work.actor.orgId &&
  (row.engagement_id === null
    ? mayInHouse(work.actor, 'holds.place')
    : may(work.actor, 'hold.place', work.actor.orgKind))

/** A hold that this person's house placed; another's that they may see is theirs to read only. */
export const holdRef: Reference<HoldRow> = {
  about: 'legal hold of the own organisation',
  async load(work, id) {
    const row = await work.db.selectFrom('legal_holds').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw notFound()
    if (!maySpeak(work, row))
      throw new Problem(
        'forbidden',
        say('只有下达单位的相应人员可以解除', 'only those who may place it in its own organisation lift a hold'),
        { rule: 'ROLE-1' },
      )
    // Locked only now: the row policy for changes shows no other house's.
    return work.db.selectFrom('legal_holds').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow()
  },
}

import type { CorrectionView, OpenedCorrection } from '@zhongheng/contracts/http/corrections.ts'
import type { Waiting } from '@zhongheng/contracts/http/people.ts'
import { type CorrectionField, correctionNames, decidable } from '@zhongheng/domain/personal-data/corrections.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import type { Db, Work } from '../../work/work.ts'
import { sealedIdentityOf } from '../testers/reads.ts'
import { type Wished, openWords } from './words.ts'

/** So many requests a page holds. */
const most = 100

const rowsIn = (db: Db) =>
  db
    .selectFrom('correction_requests')
    .innerJoin('persons', 'persons.id', 'correction_requests.person_id')
    .innerJoin('organisations', 'organisations.id', 'correction_requests.org_id')
    .select([
      'correction_requests.id',
      'person_id',
      'field',
      'correction_requests.state',
      'asked_at',
      'due_at',
      'decided_at',
      'sealed_value',
      'sealed_reason',
      'sealed_answer',
      'persons.name',
      'persons.jurisdiction',
      'organisations.name as organisation',
    ])
    .limit(most)
type Row = Awaited<ReturnType<ReturnType<typeof rowsIn>['execute']>>[number]

const view = (work: Work, row: Row): CorrectionView => ({
  correctionId: row.id,
  field: row.field as CorrectionField,
  what: correctionNames[row.field as CorrectionField],
  state: row.state as CorrectionView['state'],
  by: row.name,
  byOrganisation: row.organisation,
  askedAt: row.asked_at.toISOString(),
  dueAt: row.due_at.toISOString(),
  overdue: row.state === 'asked' && row.due_at <= work.now,
  decidedAt: row.decided_at?.toISOString() ?? null,
  answer:
    row.sealed_answer === null || row.person_id !== work.actor.personId
      ? null
      : openWords(work, 'sealed_answer', row.id, row.sealed_answer),
})

export const ownCorrections = async (work: Work): Promise<CorrectionView[]> =>
  (
    await rowsIn(work.db)
      .where('person_id', '=', work.actor.personId)
      .orderBy('asked_at', 'desc')
      .orderBy('correction_requests.id', 'desc')
      .execute()
  ).map((row) => view(work, row))

/**
 * Requests that wait for this person. As the system, because a member of another house, for whom the organizer decides, is
 * nobody that the decider's own rows show; only requests addressed to the decider's house, and by the decider's posts.
 */
const waitingRows = (work: Work): Promise<Row[]> =>
  work.asSystem((db) =>
    rowsIn(db)
      .where('decider_org_id', '=', work.actor.orgId)
      .where('person_id', '<>', work.actor.personId)
      .where('correction_requests.state', '=', 'asked')
      .where('field', 'in', ['', ...decidable(work.actor)])
      .orderBy('asked_at')
      .execute(),
  )

export const correctionsToDecide = async (work: Work): Promise<CorrectionView[]> =>
  (await waitingRows(work)).map((row) => view(work, row))

/** One of them as its reader sees it after an act on it. */
export async function viewCorrection(work: Work, id: string): Promise<CorrectionView> {
  const row = await work.asSystem((db) => rowsIn(db).where('correction_requests.id', '=', id).executeTakeFirst())
  if (!row) throw notFound()
  return view(work, row)
}

/** What it says, with what is held now. Runs after the reading's event is durable. */
export async function openCorrection(work: Work, id: string): Promise<OpenedCorrection> {
  const row = await rowsIn(work.db).where('correction_requests.id', '=', id).executeTakeFirst()
  if (!row) throw notFound()
  const wished = JSON.parse(openWords(work, 'sealed_value', id, row.sealed_value)) as Wished
  const now: { readonly [field in CorrectionField]: () => Promise<string | null> } = {
    name: async () => row.name,
    jurisdiction: async () => row.jurisdiction,
    identity: () => sealedIdentityOf(work, row.person_id),
  }
  return {
    correction: view(work, row),
    now: await now[wished.field](),
    wished: wished.field === 'identity' ? `${wished.realName} · ${wished.documentKind}` : wished.value,
    reason: openWords(work, 'sealed_reason', id, row.sealed_reason),
  }
}

export async function correctionsWaiting(work: Work): Promise<Waiting[]> {
  return (await waitingRows(work)).slice(0, 20).map((row) => ({
    kind: 'correction',
    text: say(`决定更正请求：${row.name}`, `decide on the correction that ${row.name} asked for`),
    engagementId: null,
    engagementTitle: null,
    href: '/corrections',
    since: row.asked_at.toISOString(),
  }))
}

/** What a person's requests say, opened for that person's file alone. */
export async function ownCorrectionWords(
  work: Work,
  personId: string,
): Promise<{ readonly [column: string]: readonly string[] }> {
  const rows = await rowsIn(work.db).where('person_id', '=', personId).orderBy('asked_at').execute()
  const words = (column: 'sealed_value' | 'sealed_reason' | 'sealed_answer'): string[] =>
    rows.flatMap((row) => {
      const sealed = row[column]
      return sealed === null ? [] : [openWords(work, column, row.id, sealed)]
    })
  return {
    sealed_value: words('sealed_value'),
    sealed_reason: words('sealed_reason'),
    sealed_answer: words('sealed_answer'),
  }
}

import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { type Work, inSystemWork } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { type FindingBody, type FindingDbRow, openFinding } from './reads.ts'

type Text = FindingBody & { readonly title: string; readonly asset: string }

/** All that a finding says, in the order in which its digest binds it. */
export const textsOf = (given: Text): string[] => [
  given.title,
  given.asset,
  given.description,
  given.steps,
  given.impact,
  given.repair,
]

/** What the ledger binds of a finding's text: proof of discovery without the discovery. */
export const digestOfText = (engagement: EngagementHandle, text: Text): string =>
  engagement.sealing.commit(JSON.stringify(textsOf(text)))

/**
 * Opens a finding and holds it against its newest submission in the ledger: a text that somebody put in its place, also an
 * older one of the same finding with all its columns, is never shown. The alarm is an entry.
 * @returns a function that opens, for after the commit. It throws Problem refused SEAL-1
 */
export function openAsSubmitted(work: Work, engagement: EngagementHandle, row: FindingDbRow): () => Promise<Text> {
  const { deps } = work
  return async () => {
    const text = attempt(() => openFinding(engagement, row))
    // After the commit, so that a submission of this very request is seen.
    const submitted = await inSystemWork(deps, ({ db }) =>
      db
        .selectFrom('events')
        .select(['leaf', 'ledger_index'])
        .where('subject', '=', row.id)
        .where('kind', '=', 'finding.submitted')
        .orderBy('seq', 'desc')
        .executeTakeFirst(),
    )
    if (text && submitted && (await isEntered(deps.ledger, submitted))) {
      const { digest } = (JSON.parse(submitted.leaf) as LedgerLeaf).facts as { digest: string }
      if (digest === digestOfText(engagement, text)) return text
    }
    await inSystemWork(deps, async (alarm) => {
      alarm.record({
        kind: 'finding.not_as_submitted',
        engagementId: engagement.id,
        subject: row.id,
        role: 'system',
        audience: 'parties',
        facts: { version: row.version },
      })
    })
    throw new Problem(
      'refused',
      say(
        '存储的内容与账本记录的提交不一致，已拒绝显示并告警；请联系平台管理员',
        'what is stored is not what the ledger says was submitted; it is not shown, and the alarm is an entry. Tell the administrator',
      ),
      { rule: 'SEAL-1' },
    )
  }
}

/** Where the ledger has published the entry, the row's leaf must be that entry. */
async function isEntered(
  ledger: Work['deps']['ledger'],
  event: { leaf: string; ledger_index: string | null },
): Promise<boolean> {
  const index = Number(event.ledger_index ?? Number.NaN)
  if (!(index < ledger.size())) return true
  return Buffer.from(await ledger.forPacks.log.entry(index)).equals(Buffer.from(event.leaf, 'utf8'))
}

function attempt<T>(task: () => T): T | undefined {
  try {
    return task()
  } catch (error) {
    // Keys that were destroyed are no tampering.
    if (error instanceof Problem) throw error
    return undefined
  }
}

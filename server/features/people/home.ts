import type { Waiting } from '@zhongheng/contracts/http/people.ts'
import type { Work } from '../../work/work.ts'
import { approvalsWaiting } from '../approvals/reads.ts'
import { accessesOpen } from '../break-glass/reads.ts'
import { engagementsWaiting } from '../engagements/reads.ts'
import { findingsWaiting } from '../findings/reads.ts'
import { testersWaiting } from '../testers/reads.ts'

/** What waits for this person, newest first, from every feature's own question. At most 50 lines. */
export async function waitingFor(work: Work): Promise<Waiting[]> {
  const lists = [
    await engagementsWaiting(work),
    await findingsWaiting(work),
    await testersWaiting(work),
    await approvalsWaiting(work),
    await accessesOpen(work),
  ]
  return lists
    .flat()
    .sort((a, b) => (b.since ?? '').localeCompare(a.since ?? ''))
    .slice(0, 50)
}

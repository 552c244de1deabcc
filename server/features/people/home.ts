import { say } from '@zhongheng/domain/shared/problem.ts'
import type { Waiting } from '@zhongheng/contracts/http/people.ts'
import type { Work } from '../../work/work.ts'
import { correctionsWaiting } from '../corrections/reads.ts'
import { approvalsWaiting } from '../approvals/reads.ts'
import { accessesOpen } from '../break-glass/reads.ts'
import { engagementsWaiting } from '../engagements/reads.ts'
import { findingsWaiting } from '../findings/reads.ts'
import { testersWaiting } from '../testers/reads.ts'
import { placesWaiting } from './places.ts'

/** What waits for this person, newest first, from every feature's own question. At most 50 lines. */
export async function waitingFor(work: Work): Promise<Waiting[]> {
  const lists = [
    await engagementsWaiting(work),
    await findingsWaiting(work),
    await testersWaiting(work),
    await approvalsWaiting(work),
    await correctionsWaiting(work),
    await accessesOpen(work),
    await placesToConfirm(work),
  ]
  return lists
    .flat()
    .sort((a, b) => (b.since ?? '').localeCompare(a.since ?? ''))
    .slice(0, 50)
}

async function placesToConfirm(work: Work): Promise<Waiting[]> {
  const count = await placesWaiting(work)
  if (count === 0) return []
  const text = say(
    `${count} 个单位的所在地是推定的，请核对并确认`,
    `where ${count} organisations are is presumed; check and confirm it`,
  )
  return [{ kind: 'place', text, engagementId: null, engagementTitle: null, href: '/members', since: null }]
}

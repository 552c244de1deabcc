import type { TwoPersonAct } from '@zhongheng/domain/access/describe-act.ts'
import { actRules } from '@zhongheng/domain/access/two-persons.ts'
import type { Work } from '../../work/work.ts'
import { rulesOf } from './house-rules.ts'
import { spendApproval } from './spend-approval.ts'

/**
 * For use cases that the house's rules may have two persons for: uses up the approval where one is needed.
 * @returns the person who let it pass; null where one is enough
 * @throws Problem wrong_state TWO-1
 */
export async function passSecondPerson(work: Work, act: TwoPersonAct): Promise<string | null> {
  return actRules[act.kind].needed(await rulesOf(work)) ? (await spendApproval(work, act)).by : null
}

export { accountsOfBrowser } from './account-marks.ts'
export { rulesOf } from './house-rules.ts'
export { refuseSameHuman } from './decide-approval.ts'
export { spendApproval } from './spend-approval.ts'
export { approvalsWaiting } from './view-approvals.ts'

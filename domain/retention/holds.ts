import { Problem, say } from '../shared/problem.ts'

/** A legal hold as its rules see it; persons by id. */
export type Hold = { readonly liftAskedBy: string | null; readonly lifted: boolean }

/** What somebody of the house that placed a hold says: ask to lift it, agree with who asked, or keep it. */
export const liftVerdicts = ['ask', 'confirm', 'keep'] as const
export type LiftVerdict = (typeof liftVerdicts)[number]

/**
 * What becomes of a hold (GBT43741-5.3-10). Two different persons lift it: one asks, another confirms.
 * @returns `asked`, `lifted`, or `kept` where the request is taken back
 * @throws Problem wrong_state HOLD-2 once lifted, HOLD-4 out of turn; refused HOLD-3 for one person twice
 */
export function afterVerdict(hold: Hold, verdict: LiftVerdict, personId: string): 'asked' | 'lifted' | 'kept' {
  if (hold.lifted)
    throw new Problem('wrong_state', say('此留存令已解除', 'this hold was lifted already'), { rule: 'HOLD-2' })
  if ((hold.liftAskedBy === null) !== (verdict === 'ask'))
    throw new Problem(
      'wrong_state',
      verdict === 'ask'
        ? say('已有人申请解除，等待另一人确认', 'somebody asked to lift it already; another person confirms')
        : say('尚无人申请解除此留存令', 'nobody has asked to lift this hold'),
      { rule: 'HOLD-4' },
    )
  if (verdict === 'ask') return 'asked'
  if (verdict === 'keep') return 'kept'
  if (hold.liftAskedBy === personId)
    throw new Problem(
      'refused',
      say('须由申请人以外的另一人确认解除', 'another person than the one who asked confirms the lifting'),
      { rule: 'HOLD-3' },
    )
  return 'lifted'
}

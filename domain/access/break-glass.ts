import { hours } from '../shared/clock.ts'
import { Problem, say } from '../shared/problem.ts'
import { type Actor, type Role } from './actor.ts'
import { type EngagementAction, may } from './matrix.ts'
import type { TwoPersonRules } from './two-persons.ts'

/** What emergency access opens: one finding or one exchange at a time. Never a list, a search, a file or a change. */
export const breakGlassReads = ['finding.read', 'traffic.read'] as const satisfies readonly EngagementAction[]
/** Longest emergency access (milliseconds); it ends by itself. */
export const breakGlassLife = hours(4)

/** Whether an emergency access opens anything now; no job ends it, the clock does. */
export const accessIsOpen = (one: { readonly endsAt: Date; readonly ended: boolean }, now: Date): boolean =>
  !one.ended && now.getTime() < one.endsAt.getTime()

/**
 * Whether somebody may ask for emergency access to an engagement (GBT43741-PS-07).
 * @throws Problem wrong_state BREAK-1 while one person alone could make the account that approves; BREAK-2 for somebody
 * who may read without it
 */
export function checkMayAsk(actor: Actor, role: Role, rules: TwoPersonRules): void {
  if (breakGlassReads.every((action) => may(actor, action, role)))
    throw new Problem('wrong_state', say('您本来就可以查看，无须紧急访问', 'you may read this without it'), {
      rule: 'BREAK-2',
    })
  if (!rules.members)
    throw new Problem(
      'wrong_state',
      say(
        '须先启用双人规则“授予三类管理员、签署人岗位须两人办理”，否则一人即可自设审批账号',
        'switch on the two-person rule for giving posts first: without it one person could make the account that approves',
      ),
      { rule: 'BREAK-1' },
    )
}

/**
 * Emergency access does not go past the own house's work team: it opens content to who already knows of the engagement. Somebody else of
 * the house names the administrator first, and that stands in the record of both.
 * @param works whether the house's grants reach the one who asks
 * @throws Problem wrong_state BREAK-4
 */
export function checkInTeam(works: boolean): void {
  if (works) return
  throw new Problem(
    'wrong_state',
    say(
      '本单位已把此项目交给指定人员，您不在其中；紧急访问不越过这一限制，须先由本单位他人把您列为参与人员',
      'your organisation gave this engagement to others; emergency access does not go past that: somebody else of yours names you first',
    ),
    { rule: 'BREAK-4' },
  )
}

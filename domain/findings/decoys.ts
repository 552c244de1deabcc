import type { Role } from '../access/actor.ts'
import type { EngagementState } from '../engagements/states.ts'
import { Problem, say } from '../shared/problem.ts'
import type { FindingState } from './states.ts'
import { submittingStates } from './submission.ts'

/*
 * Decoys: findings that nobody submitted. They stand where only somebody looks who looks beyond their work, and whoever opens one is told
 * of to others. They are no findings: no report, pack, reward, export or statistic knows of them.
 */

/** Whose lists show them: those of the house that runs the platform. Testers would report them again, the demand side would repair them, the auditor would audit them. */
export const decoysAreShownTo = (role: Role): boolean => role === 'organizer'

/** Who sees which are decoys: who placed them, and the auditor; the organizer does not learn of the auditor's. */
export const listsDecoysOfAll = (role: Role): boolean => role === 'auditor'

/** What a decoy shows as its state: one in which nobody has anything to do. */
export const decoyState = 'closed' satisfies FindingState
/** The views of the inbox that hold findings in that state. */
export const decoyViews: readonly string[] = ['closed', 'all']

export const decoyLimits = {
  /** In one engagement at a time. More would be met by honest work. */
  standing: 20,
  /** Hours after which it shows, both ends included: a finding that is closed in the moment of its submission is none. */
  settleHours: [0, 720],
  /** Exchanges that it cites. */
  cites: 3,
} as const

/** How somebody came upon one: opened its page, or named its id in another request. */
export const decoyWays = ['opened', 'named'] as const
export type DecoyWay = (typeof decoyWays)[number]

/** What is known where one is to be placed. */
export type Placing = {
  readonly engagement: EngagementState
  /** Decoys that stand there already, of the same house. */
  readonly standing: number
  /** Whether the tester whom it names was admitted, and how many passed exchanges of theirs were recorded. */
  readonly tester: { readonly admitted: boolean; readonly exchanges: number }
}

/**
 * @throws Problem wrong_state DECOY-1 where no tester could submit now, so that its time would give it away; DECOY-3 where enough stand;
 *   malformed DECOY-2 for a tester whose finding it could not be
 */
export function checkPlacing({ engagement, standing, tester }: Placing): void {
  if (!submittingStates.includes(engagement))
    throw new Problem(
      'wrong_state',
      say(
        '此时无人能提交漏洞，新放置的诱饵会因提交时间而暴露',
        'nobody could submit a finding now, so the time of a decoy would give it away',
      ),
      { rule: 'DECOY-1' },
    )
  if (standing >= decoyLimits.standing)
    throw new Problem(
      'wrong_state',
      say(
        `每个项目至多 ${decoyLimits.standing} 个诱饵，请先撤下一个`,
        `an engagement holds at most ${decoyLimits.standing} decoys; take one away first`,
      ),
      { rule: 'DECOY-3' },
    )
  if (tester.admitted && tester.exchanges > 0) return
  throw new Problem(
    'malformed',
    say(
      '须选择本项目中已有流量记录的在册测试者，否则诱饵没有可引用的证据',
      'name an admitted tester with recorded traffic here; a decoy without evidence to cite would be told at a glance',
    ),
    {
      rule: 'DECOY-2',
      fields: [
        {
          field: 'body.testerId',
          limit: say('已准入且有流量记录', 'admitted, with recorded traffic'),
          fix: say('选择其他测试者，或等其开始测试', 'choose another, or wait until they test'),
        },
      ],
    },
  )
}

/** @throws Problem wrong_state DECOY-4 where it was taken away already */
export function checkStands(removed: boolean): void {
  if (removed) throw new Problem('wrong_state', say('此诱饵已撤下', 'this decoy was taken away'), { rule: 'DECOY-4' })
}

import type { Role } from '../access/actor.ts'
import { Problem, say } from '../shared/problem.ts'
import { waitsFor } from './waits-for.ts'

/*
 * Who of a house takes care of a finding. Each leading side names one of its own people and sees only its own naming; it changes nothing of
 * the finding, and decides nothing: whoever may act on a finding may go on doing so.
 */

export const assignmentLimits = {
  /** Findings of one request. */
  findings: 100,
  /** Engagements that they belong to. */
  engagements: 20,
} as const

/**
 * Whether somebody has something to do in this state; in others nobody is named. Decoys show themselves in one of those, so that
 * an honest hand never comes upon them here.
 */
export const isUnderWay = (state: string): boolean =>
  (Object.keys(waitsFor) as Role[]).some((role) => waitsFor[role].includes(state))

/** A finding that somebody is to be named for. */
export type Assigned = {
  readonly number: string
  readonly state: string
  /** Whom the house has named, as the database says; null for nobody. */
  readonly now: string | null
  /** The same, as whoever asks saw it. */
  readonly was: string | null
}

const numbers = (found: readonly Assigned[]): string =>
  found
    .slice(0, 5)
    .map(({ number }) => number)
    .join(', ') + (found.length > 5 ? ' …' : '')

/**
 * All or nothing: one finding that cannot be assigned refuses the whole request.
 * @throws Problem wrong_state ASSIGN-2 where nothing is left to do; conflict ASSIGN-3 where somebody else named another meanwhile
 */
export function checkAssignment(findings: readonly Assigned[]): void {
  const settled = findings.filter(({ state }) => !isUnderWay(state))
  if (settled.length > 0)
    throw new Problem(
      'wrong_state',
      say(`已办结的漏洞不能指派：${numbers(settled)}`, `nothing is left to do in ${numbers(settled)}`),
      {
        rule: 'ASSIGN-2',
        fields: [
          {
            field: 'body.findings',
            limit: say('尚未办结的漏洞', 'findings that somebody still has to do with'),
            fix: say('取消勾选已办结的漏洞', 'leave those out'),
          },
        ],
      },
    )
  const moved = findings.filter(({ now, was }) => now !== was)
  if (moved.length > 0)
    throw new Problem(
      'conflict',
      say(
        `负责人已被他人更改，请刷新后重试：${numbers(moved)}`,
        `somebody named another meanwhile, load the list again: ${numbers(moved)}`,
      ),
      { rule: 'ASSIGN-3' },
    )
}

/** @throws Problem refused ASSIGN-1 for somebody who is no active member of the house that may act on findings there */
export function checkAssignee(may: boolean): void {
  if (may) return
  throw new Problem(
    'refused',
    say('此人不能处理所选项目的漏洞', 'this person may not act on findings of these engagements'),
    {
      rule: 'ASSIGN-1',
      fields: [
        {
          field: 'body.to',
          limit: say(
            '本单位在职的签署人或成员，且参与所选项目',
            'an active signatory or member of your organisation who works on these engagements',
          ),
          fix: say('选择其他人', 'choose somebody else'),
        },
      ],
    },
  )
}

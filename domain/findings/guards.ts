import type { Actor, Role } from '../access/actor.ts'
import { type RuleId, type Text, say } from '../shared/problem.ts'
import type { Severity } from './severity.ts'
import type { FindingState } from './states.ts'

/** What the rules look at. Times in ISO 8601 UTC. */
export type JudgedFinding = {
  readonly state: FindingState
  readonly submitterId: string
  readonly submitterOrgId: string
  readonly severity: Severity
  readonly submittedAt: string
}
/** Who wants to move, with the role on this engagement. */
export type FindingMover = { readonly actor: Actor; readonly role: Role }

type Guard = (finding: JudgedFinding, mover: FindingMover) => { readonly rule: RuleId; readonly why: Text } | null

/** Conditions on the person beside the permission; a move names those that hold for it. */
export const findingGuards = {
  /** Nobody judges a finding of their own or of their own organisation (GBT43741-5.2-08). */
  notOwn: (finding, { actor }) =>
    finding.submitterId === actor.personId || finding.submitterOrgId === actor.orgId
      ? {
          rule: 'SOD-2',
          why: say(
            '不得处理本人或本单位提交的漏洞',
            'nobody decides on a finding of their own or of their own organisation',
          ),
        }
      : null,
  /** Only who submitted it mends, withdraws or appeals. */
  own: (finding, { actor }) =>
    finding.submitterId === actor.personId
      ? null
      : {
          rule: 'FND-OWN',
          why: say('只有提交人可以执行此操作', 'only the person who submitted the finding may do this'),
        },
} as const satisfies Record<string, Guard>

export type FindingGuardName = keyof typeof findingGuards

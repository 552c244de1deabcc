import type { Role } from '../access/actor.ts'
import { waitsFor } from '../findings/waits-for.ts'
import type { NoticeFacts, NoticeKind } from './kinds.ts'

/** Who is told; of them only those who hold the right of the kind, and never who did it. */
export type Addressees =
  | { readonly who: 'roles'; readonly roles: readonly Role[] }
  /** Those of the actor's own house on the engagement. */
  | { readonly who: 'own_side' }
  /** Those of the actor's own house. */
  | { readonly who: 'house' }
  /** Those of a house, whoever acted. */
  | { readonly who: 'members'; readonly orgId: string }
  | { readonly who: 'person'; readonly personId: string }
  /** Also when they did it themselves: it may not have been them. */
  | { readonly who: 'account'; readonly personId: string }
  | { readonly who: 'owner'; readonly of: 'findings' | 'rewards' | 'packs'; readonly id: string }

export type NewNotice = {
  readonly kind: NoticeKind
  readonly to: Addressees
  readonly engagementId: string | null
  /** The engagement whose workers alone are told, where the notice names none. */
  readonly within?: string | null
  readonly findingId: string | null
  /** What it is about: while a notice is unread, more of the same kind about the same gather in it. */
  readonly about: string
  readonly facts: NoticeFacts
}

/** An event as far as notices look at it. */
export type Happening = {
  readonly kind: string
  readonly engagementId: string | null
  readonly subject: string | null
  readonly facts: { readonly [name: string]: unknown }
}

const supervising: readonly Role[] = ['demand', 'organizer', 'auditor']
const everybody: readonly Role[] = ['demand', 'organizer', 'auditor', 'tester']

/**
 * What people are told of events, the one table of who learns what. All events of one commit come together: what only
 * follows from a move of the engagement is not told beside it.
 */
export function noticesFrom(happenings: readonly Happening[]): NewNotice[] {
  const moved = happenings.some(({ kind }) => kind === 'engagement.moved')
  return happenings.flatMap((one) => {
    if (moved && ['scope.in_force', 'lease.revoked'].includes(one.kind)) return []
    return Object.hasOwn(table, one.kind) ? (table[one.kind]?.(one) ?? []) : []
  })
}

type Telling = (one: Happening) => NewNotice[]
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A notice of the engagement as a whole. */
const tell = (
  one: Happening,
  kind: NoticeKind,
  to: Addressees,
  more: Partial<Pick<NewNotice, 'about' | 'facts' | 'findingId'>> = {},
): NewNotice => ({
  kind,
  to,
  engagementId: one.engagementId,
  findingId: null,
  about: one.engagementId ?? '',
  facts: {},
  ...more,
})
const toRoles = (roles: readonly Role[]): Addressees => ({ who: 'roles', roles })
const toPerson = (personId: unknown): Addressees => ({ who: 'person', personId: text(personId) })

/** Told to roles, of the engagement as a whole. */
const simply =
  (kind: NoticeKind, roles: readonly Role[]): Telling =>
  (one) => [tell(one, kind, toRoles(roles))]

/** About one finding, which the reader must be able to see. */
const ofFinding = (
  one: Happening,
  findingId: string,
  kind: NoticeKind,
  to: Addressees,
  facts: NoticeFacts = {},
): NewNotice => tell(one, kind, to, { findingId, about: findingId, facts })

const lease =
  (what: string): Telling =>
  (one) => [tell(one, 'lease_changed', toPerson(one.facts['personId']), { about: one.subject ?? '', facts: { what } })]
const approvalDecided =
  (verdict: string): Telling =>
  (one) => [
    {
      ...tell(one, 'approval_decided', toPerson(one.facts['askedBy'])),
      engagementId: null,
      about: one.subject ?? '',
      facts: { verdict },
    },
  ]
const correctionDecided =
  (verdict: string): Telling =>
  (one) => [
    tell(one, 'correction_decided', toPerson(one.facts['personId']), { about: one.subject ?? '', facts: { verdict } }),
  ]
const rewardDecided =
  (what: string): Telling =>
  (one) => [
    ofFinding(
      one,
      text(one.facts['findingId']),
      'reward_decided',
      { who: 'owner', of: 'rewards', id: one.subject ?? '' },
      { what },
    ),
  ]

const table: { readonly [event: string]: Telling } = {
  'approval.asked': (one) => [
    {
      ...tell(one, 'approval_asked', { who: 'house' }),
      engagementId: null,
      within: one.engagementId,
      about: text(one.facts['act']),
      facts: { act: text(one.facts['act']) },
    },
  ],
  'approval.given': approvalDecided('given'),
  'approval.refused': approvalDecided('refused'),
  'engagement.moved': (one) => {
    const to = text(one.facts['to'])
    if (to === 'draft') return []
    if (to === 'submitted') return [tell(one, 'engagement_submitted', toRoles(['organizer']))]
    if (to === 'suspended') return [tell(one, 'engagement_stopped', toRoles(everybody))]
    return [tell(one, 'engagement_moved', toRoles(everybody), { facts: { to } })]
  },
  'engagement.window_nears_end': simply('window_nears_end', everybody),
  'scope.change_proposed': simply('scope_proposed', ['demand', 'organizer']),
  'scope.in_force': simply('scope_in_force', everybody),
  'test_rules.proposed': simply('rules_proposed', ['demand', 'organizer']),
  'test_rules.in_force': simply('rules_in_force', everybody),
  'enrollment.applied': simply('enrolment_applied', ['organizer']),
  'enrollment.invited': (one) => [tell(one, 'enrolment_invited', toPerson(one.facts['personId']))],
  'enrollment.decided': (one) => [
    tell(one, 'enrolment_decided', toPerson(one.facts['personId']), { facts: { to: text(one.facts['to']) } }),
  ],
  'tester.identity_decided': (one) => [
    tell(one, 'identity_decided', toPerson(one.subject), { facts: { verdict: text(one.facts['verdict']) } }),
  ],
  'lease.revoked': lease('revoked'),
  'lease.suspended': lease('suspended'),
  'lease.reactivated': lease('reactivated'),
  'alert.raised': simply('alert_raised', ['organizer', 'auditor']),
  'alert_receiver.failed': simply('receiver_failed', ['organizer']),
  'finding.submitted': (one) => [
    // Gathered for the engagement, so that many findings are one notice.
    tell(one, 'finding_submitted', toRoles(['organizer']), { findingId: one.subject }),
  ],
  'finding.moved': (one) => {
    const id = one.subject ?? ''
    const facts = { to: text(one.facts['to']) }
    const waiting = supervising.filter((role) => waitsFor[role].includes(facts.to))
    return [
      ofFinding(one, id, 'finding_decided', { who: 'owner', of: 'findings', id }, facts),
      ...(waiting.length > 0 ? [ofFinding(one, id, 'finding_waits', toRoles(waiting), facts)] : []),
    ]
  },
  'finding.assigned': (one) =>
    one.facts['to'] === null ? [] : [ofFinding(one, one.subject ?? '', 'finding_assigned', toPerson(one.facts['to']))],
  'finding.commented': (one) => {
    const id = one.subject ?? ''
    const commented = (to: Addressees): NewNotice => ofFinding(one, id, 'finding_commented', to)
    if (one.facts['audience'] === 'internal') return [commented({ who: 'own_side' })]
    const parties = commented(toRoles(supervising))
    return one.facts['audience'] === 'everyone' ? [parties, commented({ who: 'owner', of: 'findings', id })] : [parties]
  },
  'finding.not_as_submitted': (one) => [ofFinding(one, one.subject ?? '', 'finding_altered', toRoles(supervising))],
  'reward.proposed': (one) => [ofFinding(one, text(one.facts['findingId']), 'reward_proposed', toRoles(['demand']))],
  'reward.approved': rewardDecided('approved'),
  'reward.refused': rewardDecided('refused'),
  'reward.paid': rewardDecided('paid'),
  'report.drafted': (one) => [
    one.facts['report'] === 'audit'
      ? tell(one, 'audit_report_to_sign', toRoles(['auditor']))
      : tell(one, 'test_report_to_sign', toRoles(['organizer'])),
  ],
  'document.signed': simply('report_signed', supervising),
  'pack.built': (one) => [
    tell(one, 'pack_ready', { who: 'owner', of: 'packs', id: one.subject ?? '' }, { about: one.subject ?? '' }),
  ],
  'break_glass.opened': simply('emergency_opened', supervising),
  'break_glass.ended': simply('emergency_ended', supervising),
  // The entry itself stands under no engagement, so that no pack of one holds it.
  'decoy.opened': (one) => {
    const engagementId = text(one.facts['engagementId'])
    return [tell({ ...one, engagementId }, 'decoy_opened', toRoles(supervising))]
  },
  'security.told': (one) => {
    const what = text(one.facts['what'])
    const to: Addressees = { who: 'account', personId: one.subject ?? '' }
    return [tell(one, 'account_security', to, { about: what, facts: { what } })]
  },
  'correction.asked': (one) => [
    {
      ...tell(one, 'correction_asked', { who: 'members', orgId: text(one.facts['decider']) }),
      about: text(one.facts['field']),
      facts: { field: text(one.facts['field']) },
    },
  ],
  'correction.granted': correctionDecided('granted'),
  'correction.refused': correctionDecided('refused'),
  // Of the house alone, and of it only who works on the engagement from now on.
  'work_team.changed': (one) => [
    { ...tell(one, 'team_changed', { who: 'house' }), engagementId: one.subject, about: one.subject ?? '' },
  ],
  'member.changed': (one) => [tell(one, 'own_posts_changed', toPerson(one.subject))],
}

/** Every kind of event that somebody is told of. */
export const toldEvents: readonly string[] = Object.keys(table)

import { everyNoticeKind, type NoticeKind } from '../notices/kinds.ts'

/** What comes by mail is chosen by these; together they hold every kind. */
export const mailGroups = ['approvals', 'engagement', 'access', 'findings', 'rewards', 'reports', 'account'] as const
export type MailGroup = (typeof mailGroups)[number]

const groups: { readonly [kind in NoticeKind]: MailGroup } = {
  approval_asked: 'approvals',
  approval_decided: 'approvals',
  correction_asked: 'approvals',
  correction_decided: 'account',
  engagement_submitted: 'engagement',
  engagement_moved: 'engagement',
  team_changed: 'engagement',
  engagement_stopped: 'engagement',
  window_nears_end: 'engagement',
  scope_proposed: 'engagement',
  scope_in_force: 'engagement',
  rules_proposed: 'engagement',
  rules_in_force: 'engagement',
  enrolment_applied: 'access',
  enrolment_invited: 'access',
  enrolment_decided: 'access',
  identity_decided: 'account',
  lease_changed: 'access',
  alert_raised: 'access',
  receiver_failed: 'access',
  finding_submitted: 'findings',
  finding_waits: 'findings',
  finding_decided: 'findings',
  finding_assigned: 'findings',
  finding_commented: 'findings',
  finding_altered: 'findings',
  reward_proposed: 'rewards',
  reward_decided: 'rewards',
  test_report_to_sign: 'reports',
  audit_report_to_sign: 'reports',
  report_signed: 'reports',
  pack_ready: 'reports',
  emergency_opened: 'access',
  emergency_ended: 'access',
  decoy_opened: 'access',
  account_security: 'account',
  own_posts_changed: 'account',
}

export const groupOf = (kind: NoticeKind): MailGroup => groups[kind]

/** Kinds that come by mail to somebody who does without these groups. */
export const mailedKinds = (without: readonly string[]): NoticeKind[] =>
  everyNoticeKind.filter((kind) => !without.includes(groupOf(kind)))

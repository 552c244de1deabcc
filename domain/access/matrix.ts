import { type Actor, type Post, type Role, posts, roles } from './actor.ts'

/** Who may do an action on an engagement and what hangs under it: per role, the posts of which one is enough. */
type Grant = Partial<Record<Role, readonly Post[]>>

const anybody: readonly Post[] = posts
/** An audit administrator looks and changes nothing. */
const allButAudit: readonly Post[] = posts.filter((post) => post !== 'audit_admin')
const system: readonly Post[] = ['system_admin']
const security: readonly Post[] = ['security_admin']
const audit: readonly Post[] = ['audit_admin']
const workers: readonly Post[] = ['signatory', 'member']
const signatories: readonly Post[] = ['signatory']

/**
 * The permission matrix: role × action, the only home of "who may". States and guards stand in the moves tables;
 * which rows exist for an organisation stands in the database's row policies. What is not here is denied.
 * Clauses: GBT43741-4.1-01 (separation of roles), GBT43741-PS-04 (access control).
 */
export const engagementPermissions = {
  'engagement.read': { demand: anybody, organizer: anybody, tester: anybody, auditor: anybody },
  'engagement.edit': { demand: workers },
  'engagement.submit': { demand: workers },
  'engagement.decide': { organizer: workers },
  'engagement.authorise': { demand: signatories },
  'engagement.run': { organizer: workers },
  'engagement.stop': { demand: workers, organizer: workers, auditor: workers },
  'engagement.resume': { demand: workers, organizer: workers, auditor: workers },
  'engagement.end': { demand: workers, organizer: workers },
  'engagement.accept': { demand: signatories },
  'engagement.timeline': { demand: anybody, organizer: anybody, auditor: anybody, tester: anybody },
  'scope.read': { demand: anybody, organizer: anybody, tester: anybody, auditor: anybody },
  'scope.edit': { demand: workers },
  'scope.answer': { demand: workers, organizer: workers },
  'scope.propose': { demand: workers, organizer: workers },
  'scope.approve': { demand: signatories, organizer: signatories },
  'proof.manage': { demand: workers },
  'proof.confirm': { organizer: workers },
  'outgoing.read': { demand: anybody, organizer: anybody, auditor: anybody },
  'outgoing.choose': { organizer: workers },
  'target_certificate.manage': { demand: workers },
  'test_rules.read': { demand: anybody, organizer: anybody, tester: anybody, auditor: anybody },
  'test_rules.write': { demand: workers, organizer: workers },
  'test_rules.decide': { demand: signatories, organizer: signatories },
  'record.read': { demand: anybody, organizer: anybody, auditor: anybody, tester: anybody },
  'record.write': { demand: workers, organizer: workers, tester: workers, auditor: workers },
  'letter.read': { demand: anybody, organizer: anybody, tester: anybody, auditor: anybody },
  'enrollment.apply': { tester: workers },
  'enrollment.list': { demand: anybody, organizer: anybody, auditor: anybody, tester: anybody },
  'enrollment.decide': { organizer: workers },
  'enrollment.join': { tester: workers },
  'lease.issue': { tester: workers },
  'lease.list': { organizer: anybody, auditor: anybody, tester: anybody, demand: anybody },
  'lease.revoke': { organizer: workers, auditor: workers, tester: workers },
  'traffic.list': { organizer: anybody, auditor: anybody, tester: workers },
  // The demand side reads what findings cite and nothing else: the row policy shows it no other exchange.
  'traffic.read': { demand: workers, auditor: workers, tester: workers, organizer: workers },
  // Many at once, as a file: who sees the list and may read what stands in it.
  'captures.read': { auditor: workers, organizer: workers, tester: workers },
  // Still sealed: the auditor keeps it against loss and tampering, and reads it here.
  'segment.mirror': { auditor: workers },
  'alert.read': { organizer: anybody, auditor: anybody, tester: workers },
  'alert.handle': { organizer: workers, auditor: workers },
  'alert_receiver.read': { organizer: anybody, auditor: anybody },
  'alert_receiver.manage': { organizer: workers },
  'finding.submit': { tester: workers },
  'finding.list': { demand: anybody, organizer: anybody, tester: workers, auditor: anybody },
  'finding.read': { demand: workers, organizer: workers, tester: workers, auditor: workers },
  'finding.review': { organizer: workers },
  'finding.confirm': { demand: workers },
  // Who of the own house takes care of it: says nothing to others, and gives nobody a right.
  'finding.assign': { demand: workers, organizer: workers },
  'finding.arbitrate': { auditor: workers },
  'finding.remediate': { demand: workers },
  'finding.retest': { organizer: workers, tester: workers },
  'finding.comment': { demand: workers, organizer: workers, tester: workers, auditor: workers },
  // Who read what; a tester sees their own readings and nobody else's.
  'reading.list': { demand: anybody, organizer: anybody, auditor: anybody, tester: workers },
  'reading.state_purpose': { demand: workers, organizer: workers, auditor: workers },
  // Findings that nobody submitted: placed by who says who may do what, and known to the auditor. Whoever opened one is told to the demand side.
  'decoy.place': { organizer: security, auditor: security },
  'decoy.list': { organizer: [...security, ...audit], auditor: anybody },
  'decoy_opening.list': { demand: anybody, organizer: [...security, ...audit], auditor: anybody },
  'reward.propose': { organizer: workers },
  'reward.approve': { demand: signatories },
  'reward.pay': { organizer: workers },
  'report.read': { demand: anybody, organizer: anybody, auditor: anybody },
  'report.draft_test': { organizer: workers },
  'report.sign_test': { organizer: signatories },
  'report.draft_audit': { auditor: workers },
  'report.sign_audit': { auditor: signatories },
  // Emergency access: asked for by who may not read, ended by the side whose findings they are.
  'break_glass.read': { demand: anybody, organizer: anybody, auditor: anybody },
  'break_glass.open': { organizer: security },
  'break_glass.end': { demand: allButAudit, organizer: allButAudit },
  'witness_rule.read': { demand: anybody, organizer: anybody, auditor: anybody },
  'witness_rule.propose': { demand: workers, organizer: workers },
  'witness_rule.decide': { demand: signatories, organizer: signatories },
  'hold.read': { demand: anybody, organizer: anybody, auditor: anybody },
  'hold.place': { organizer: signatories, auditor: workers },
  // For how long recorded traffic is kept: those whose data it is, and who keeps it.
  'term.set': { demand: signatories, organizer: signatories },
  'disposal.order': { organizer: signatories },
  'pack.build': { demand: workers, organizer: workers, auditor: workers },
  // Credentials in recorded traffic stay out of a pack unless one of these asks for them.
  'pack.build_whole': { demand: signatories, organizer: signatories, auditor: workers },
} as const satisfies Record<string, Grant>

export type EngagementAction = keyof typeof engagementPermissions

/**
 * Whether a person with this role on the engagement may do this. The role comes from the engagement's parties, never
 * from the person's own organisation kind.
 */
export function may(actor: Actor, action: EngagementAction, roleHere: Role | null): boolean {
  if (roleHere === null) return false
  const grant: Grant = engagementPermissions[action]
  return grant[roleHere]?.some((post) => actor.posts.includes(post)) ?? false
}

/** What a member may do in the organisation itself, whatever the engagement. */
export const housePermissions = {
  'members.read': { kinds: roles, posts: anybody },
  'members.invite': { kinds: roles, posts: security },
  'members.change': { kinds: roles, posts: security },
  'members.recover': { kinds: roles, posts: security },
  'sign_in.rules': { kinds: roles, posts: security },
  'two_persons.rules': { kinds: roles, posts: security },
  'separation.rules': { kinds: roles, posts: security },
  // Groups of members, and which engagement is given to whom of the house.
  'groups.keep': { kinds: roles, posts: security },
  // What the administrators did, and who signed in.
  'administration.read': { kinds: roles, posts: audit },
  // Whose copy a leaked file or text is: among the readings that their house may see.
  'copies.trace': { kinds: ['demand', 'organizer', 'auditor'], posts: audit },
  'organisations.read': { kinds: ['organizer', 'demand', 'auditor'], posts: anybody },
  'organisations.create': { kinds: ['organizer'], posts: system },
  // Where a house is decides what it may be given: said by who answers for the platform.
  'organisations.place': { kinds: ['organizer'], posts: system },
  'engagement.create': { kinds: ['demand'], posts: workers },
  'testers.read': { kinds: ['organizer'], posts: anybody },
  'testers.verify': { kinds: ['organizer'], posts: workers },
  'testers.own': { kinds: ['tester'], posts: anybody },
  'offers.read': { kinds: ['tester'], posts: anybody },
  'ledger.read': { kinds: roles, posts: anybody },
  // Whole bundles hold the entries of every house: nobody reads them but who audits the platform.
  'ledger.entries': { kinds: ['organizer'], posts: audit },
  // Requests and answers that are carried by hand, where the platform reaches no time-stamping authority itself.
  'time_stamps.keep': { kinds: ['organizer'], posts: system },
  'holds.place': { kinds: ['organizer', 'auditor'], posts: signatories },
  // How the keys that everything is sealed with are kept; keys and secrets are shown to nobody.
  'sealing.manage': { kinds: ['organizer'], posts: system },
  // How the machinery does: disks, backup, programs. Nothing of any engagement.
  'installation.read': { kinds: ['organizer'], posts: system },
  // Which machines serve engagements, by number alone: nothing of any engagement is shown.
  'nodes.keep': { kinds: ['organizer'], posts: system },
  'witness.register': { kinds: ['demand', 'auditor'], posts: security },
} as const satisfies Record<string, { kinds: readonly Role[]; posts: readonly Post[] }>

export type HouseAction = keyof typeof housePermissions

export function mayInHouse(actor: Actor, action: HouseAction): boolean {
  const grant: { kinds: readonly Role[]; posts: readonly Post[] } = housePermissions[action]
  return grant.kinds.includes(actor.orgKind) && grant.posts.some((post) => actor.posts.includes(post))
}

/** The whole matrix as lines of text: printed by a test, kept in `docs/access-matrix.md`. */
export function printMatrix(): string[] {
  const lines = ['| action | demand | organizer | tester | auditor |', '| --- | --- | --- | --- | --- |']
  const cell = (held: readonly Post[] | undefined): string => (held ? held.join(', ') : '–')
  for (const [action, grant] of Object.entries<Grant>(engagementPermissions)) {
    lines.push(`| ${action} | ${roles.map((role) => cell(grant[role])).join(' | ')} |`)
  }
  lines.push(
    '',
    '| action in the own organisation | demand | organizer | tester | auditor |',
    '| --- | --- | --- | --- | --- |',
  )
  for (const [action, grant] of Object.entries(housePermissions)) {
    const kinds: readonly Role[] = grant.kinds
    lines.push(
      `| ${action} | ${roles.map((role) => cell(kinds.includes(role) ? grant.posts : undefined)).join(' | ')} |`,
    )
  }
  return lines
}

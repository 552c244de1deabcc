import type { Facts, Rule, TableRules } from './facts.ts'
import type { Row, Tenant } from './world.ts'

/*
 * Who may do what with which row, written a second time: in words of the trade and without a look at the policies of the
 * migrations. `exact.ts` holds the two together, row by row. A new table gets its rules here before it gets its policies.
 */

const both =
  (...rules: readonly Rule[]): Rule =>
  (who, row, facts) =>
    rules.every((rule) => rule(who, row, facts))
const either =
  (...rules: readonly Rule[]): Rule =>
  (who, row, facts) =>
    rules.some((rule) => rule(who, row, facts))

const anybodySignedIn: Rule = (who) => who.org !== ''
/** Of the own house. */
const own: Rule = (who, row) => who.org !== '' && row['org_id'] === who.org
/** One's own. */
const mine: Rule = (who, row) => who.person !== '' && row['person_id'] === who.person
const notMine: Rule = (who, row) => row['person_id'] !== who.person
/** Of the house that decides on it. */
const decidesHere: Rule = (who, row) => who.org !== '' && row['decider_org_id'] === who.org
const organizerDecides: Rule = (_who, row, facts) =>
  facts.organisations.some((one) => one['id'] === row['decider_org_id'] && one['kind'] === 'organizer')
const ofKind =
  (...kinds: readonly string[]): Rule =>
  (who) =>
    kinds.includes(who.kind)
/** The sides of the row's engagement; without names any of them. */
const side =
  (...roles: readonly string[]): Rule =>
  (who, row, facts) => {
    const here = facts.role(row['engagement_id'], who.org)
    return here !== undefined && (roles.length === 0 || roles.includes(here))
  }
const anySide = side()
/** The three sides that are not tested by working there: everybody but the testers. */
const supervisors = side('demand', 'organizer', 'auditor')
const leaders = side('demand', 'organizer')
const reviewers = side('organizer', 'auditor')
const blank =
  (column: string): Rule =>
  (_who, row) =>
    row[column] === null || row[column] === undefined
const says =
  (column: string, ...values: readonly string[]): Rule =>
  (_who, row) =>
    values.includes(String(row[column]))

/**
 * A house that gave an engagement to some of it has closed it to its others: open to those alone who are named, or are in a
 * group that is named, by a grant that has not ended.
 */
const givenTo = (who: Tenant, engagementId: unknown, facts: Facts): boolean => {
  const grants = facts.grants.filter((one) => one['engagement_id'] === engagementId && one['org_id'] === who.org)
  const reaches = (grant: Row): boolean =>
    grant['person_id'] === who.person ||
    facts.groupMembers.some((one) => one['group_id'] === grant['group_id'] && one['person_id'] === who.person)
  const lasts = ({ ends_at: end }: Row): boolean => end === null || (end as Date).getTime() > facts.now.getTime()
  return grants.length === 0 || grants.some((one) => lasts(one) && reaches(one))
}
const workedOn: Rule = (who, row, facts) => givenTo(who, row['engagement_id'], facts)

const seesEngagement: Rule = (who, row, facts) =>
  facts.engagements.some((one) => one['id'] === row['engagement_id'] && engagementSeen(who, one, facts))
const engagementSeen: Rule = (who, row, facts) =>
  anybodySignedIn(who, row, facts) &&
  givenTo(who, row['id'], facts) &&
  (row['demand_org_id'] === who.org || (row['state'] !== 'draft' && facts.role(row['id'], who.org) !== undefined))

/** Nothing that speaks of a finding or of traffic goes abroad, except to the demand side whose it is. */
const atHome: Rule = (who, row, facts) =>
  (who.org !== '' && who.abroad === undefined) ||
  facts.engagements.some((one) => one['id'] === row['engagement_id'] && one['demand_org_id'] === who.org)
const withinTheBorder = (rules: TableRules): TableRules => {
  const narrowed = Object.fromEntries(Object.entries(rules).map(([act, rule]) => [act, both(atHome, rule)]))
  goesNowhere.add(narrowed)
  return narrowed
}
const goesNowhere = new Set<TableRules>()

const findingSeen: Rule = both(
  atHome,
  workedOn,
  either(
    own,
    reviewers,
    both(side('demand'), (_who, row) => row['passed_at'] !== null),
  ),
)
const theFinding = (row: Row, facts: Facts) => facts.findings.find((one) => one['id'] === row['finding_id'])
const seesFinding: Rule = (who, row, facts) => {
  const finding = theFinding(row, facts)
  return finding !== undefined && findingSeen(who, finding, facts)
}
/** The finding that is named belongs to the engagement that is named. */
const underItsEngagement: Rule = (_who, row, facts) =>
  theFinding(row, facts)?.['engagement_id'] === row['engagement_id']
const ownFinding: Rule = (who, row, facts) => {
  const finding = theFinding(row, facts)
  return finding !== undefined && own(who, finding, facts)
}
const seesFindingThere = both(seesFinding, underItsEngagement)

/** Who takes care of a finding is a matter of one leading house. */
const assignedHere = both(own, leaders, seesFindingThere)
const namedByMe: Rule = (who, row) => row['given_by'] === who.person
const colleague: Rule = (who, row, facts) =>
  facts.persons.some((one) => one['id'] === row['person_id'] && one['org_id'] === who.org)

/** An event about a tester is for their own house; one that names nobody is for all where no tester did it. */
const ofNoOtherTester: Rule = (who, row, facts) => {
  const about = /"personId":"(per_[0-9a-z]+)"/.exec(String(row['leaf']))?.[1]
  if (about === undefined) return row['role'] !== 'tester'
  return facts.persons.some((one) => one['id'] === about && one['org_id'] === who.org)
}

const commentSeen: Rule = both(
  atHome,
  workedOn,
  seesFinding,
  either(says('audience', 'everyone'), own, both(says('audience', 'parties'), supervisors)),
)
const seesComment =
  (column: string): Rule =>
  (who, row, facts) =>
    facts.comments.some((one) => one['id'] === row[column] && commentSeen(who, one, facts))

const attachmentSeen: Rule = both(
  atHome,
  workedOn,
  either(both(blank('finding_id'), mine), both(seesFinding, either(blank('comment_id'), seesComment('comment_id')))),
)

/** Houses of the engagements that somebody sees, by the side they are on. */
const houseOf =
  (column: string, ...sides: readonly ('demand' | 'organizer' | 'auditor')[]): Rule =>
  (who, row, facts) =>
    facts.engagements.some(
      (one) => engagementSeen(who, one, facts) && sides.some((name) => one[`${name}_org_id`] === row[column]),
    )
const enrollmentSeen = both(workedOn, either(own, supervisors))
const enrolledHouse =
  (column: string): Rule =>
  (who, row, facts) =>
    facts.enrollments.some((one) => one['org_id'] === row[column] && enrollmentSeen(who, one, facts))
const organisationSeen: Rule = either(
  (who, row) => who.org !== '' && row['id'] === who.org,
  both(anybodySignedIn, says('kind', 'organizer', 'auditor')),
  ofKind('organizer'),
  houseOf('id', 'demand'),
  enrolledHouse('id'),
)
const personSeen: Rule = either(
  own,
  houseOf('org_id', 'demand', 'organizer', 'auditor'),
  enrolledHouse('org_id'),
  both(ofKind('organizer'), (_who, row, facts) =>
    facts.organisations.some((one) => one['id'] === row['org_id'] && one['kind'] === 'tester'),
  ),
)
/** A line of the administration record: of the own people, or of the machinery for whoever runs it. */
const administrationSeen = both(
  blank('org_id'),
  blank('engagement_id'),
  either(
    (who, row, facts) =>
      who.org !== '' && facts.persons.some((one) => one['id'] === row['subject'] && one['org_id'] === who.org),
    both(
      ofKind('organizer'),
      says('kind', 'house.restored', 'keeper.unsealed', 'keeper.changed', 'rotation.done', 'ledger.restored'),
    ),
  ),
)
const holds = (person: Row, post: string, facts: Facts): boolean => {
  const end = (person['post_ends'] as { readonly [post: string]: string })[post]
  return (
    (person['posts'] as readonly string[]).includes(post) &&
    (end === undefined || Date.parse(end) > facts.now.getTime())
  )
}
/** Who is told which findings are decoys, and who met one: administrators who are not that one. */
const keepsWatch: Rule = (who, _row, facts) =>
  facts.persons.some(
    (one) =>
      one['id'] === who.person &&
      one['org_id'] === who.org &&
      (holds(one, 'security_admin', facts) || holds(one, 'audit_admin', facts)),
  )
const speaksOfNoDecoy: Rule = either(
  (_who, row) => !String(row['kind']).startsWith('decoy.'),
  both(
    ofKind('organizer', 'auditor'),
    keepsWatch,
    either(
      (_who, row) => row['kind'] !== 'decoy.opened',
      (who, row) => row['actor'] !== who.person,
    ),
  ),
)
const placedByMe: Rule = (who, row) => who.person !== '' && row['placed_by'] === who.person
const witnessSeen = either(own, ofKind('organizer'), houseOf('org_id', 'demand', 'auditor'))
const reportWriter: Rule = (who, row, facts) => side(row['kind'] === 'audit' ? 'auditor' : 'organizer')(who, row, facts)
const citedExchange: Rule = (who, row, facts) =>
  facts.citations.some(
    (one) => one['exchange_id'] === row['id'] && atHome(who, one, facts) && seesFinding(who, one, facts),
  )
const askedByMe: Rule = (who, row) => who.person !== '' && row['asked_by'] === who.person
const usedApproval: Rule = (who, row, facts) =>
  facts.approvals.some(
    (one) =>
      one['id'] === row['approval_id'] &&
      own(who, one, facts) &&
      askedByMe(who, one, facts) &&
      one['kind'] === 'break_glass' &&
      one['engagement_id'] === row['engagement_id'] &&
      one['decided_by'] !== null &&
      one['decided_by'] === row['approved_by'] &&
      one['used_at'] !== null,
  )
const enrolledMyself: Rule = (who, row, facts) =>
  facts.enrollments.some(
    (one) =>
      one['engagement_id'] === row['engagement_id'] &&
      one['person_id'] === who.person &&
      enrollmentSeen(who, one, facts),
  )
const enrolledThere: Rule = (who, row, facts) =>
  facts.enrollments.some((one) => one['engagement_id'] === row['engagement_id'] && enrollmentSeen(who, one, facts))

/** Who an engagement was given to, the whole house may know. */
const teams: ReadonlySet<string> = new Set(['work_teams', 'engagement_grants'])
const amongThoseWhoWork = (table: string, given: TableRules): TableRules => {
  const here: Rule = (who, row, facts) =>
    table === 'engagements' ? givenTo(who, row['id'], facts) : workedOn(who, row, facts)
  return Object.fromEntries(Object.entries(given).map(([act, rule]) => [act, both(here, rule)]))
}
const everything = (rule: Rule): TableRules => ({ see: rule, add: rule, change: rule, remove: rule })
const sealedWords = either(blank('comment_id'), (who: Tenant, row: Row, facts: Facts) =>
  facts.comments.some(
    (one) => one['id'] === row['comment_id'] && one['finding_id'] === row['finding_id'] && commentSeen(who, one, facts),
  ),
)
const tokenReached = both(
  seesFindingThere,
  either((_who, row) => row['source'] === row['finding_id'], seesComment('source')),
)

const withoutTeams: { readonly [table: string]: TableRules } = {
  parties: {
    see: own,
    add: (who, row, facts) =>
      facts.engagements.some(
        (one) =>
          one['id'] === row['engagement_id'] &&
          engagementSeen(who, one, facts) &&
          (one['demand_org_id'] === who.org || one['organizer_org_id'] === who.org),
      ),
  },
  organisations: { see: organisationSeen, add: ofKind('organizer'), change: ofKind('organizer') },
  persons: { see: personSeen, change: own },
  credentials: { see: own },
  invitations: { see: own, add: either(own, ofKind('organizer')), change: own },
  testers: {
    see: either(own, ofKind('organizer'), enrolledHouse('org_id')),
    add: own,
    change: either(own, ofKind('organizer')),
  },
  groups: everything(own),
  group_members: {
    see: own,
    add: both(
      own,
      (who, row, facts) => facts.groups.some((one) => one['id'] === row['group_id'] && own(who, one, facts)),
      (who, row, facts) => facts.persons.some((one) => one['id'] === row['person_id'] && one['org_id'] === who.org),
    ),
    remove: own,
  },
  work_teams: { see: own },
  engagement_grants: { see: own },
  idempotency: everything(mine),
  engagements: {
    see: engagementSeen,
    add: both(ofKind('demand'), (who, row) => row['demand_org_id'] === who.org),
    change: (who, row, facts) =>
      (who.org !== '' && row['demand_org_id'] === who.org) || facts.role(row['id'], who.org) !== undefined,
  },
  scope_versions: {
    see: either(supervisors, both(anySide, says('state', 'frozen', 'superseded'))),
    add: leaders,
    change: leaders,
  },
  ownership_proofs: { see: supervisors, add: leaders, change: supervisors, changed: leaders, remove: supervisors },
  engagement_records: { see: either(own, supervisors), add: both(own, anySide), change: supervisors },
  letters: { see: anySide, add: leaders, change: leaders },
  enrollments: {
    see: enrollmentSeen,
    // To apply is open to every tester; anything but an application is not.
    add: either(both(own, ofKind('tester'), says('state', 'applied')), side('organizer')),
    change: either(own, side('organizer')),
  },
  leases: {
    see: either(own, supervisors),
    add: both(own, side('tester')),
    change: either(own, supervisors),
  },
  exchanges: withinTheBorder({ see: either(own, reviewers, both(side('demand'), citedExchange)) }),
  exchange_words: withinTheBorder({ see: either(own, reviewers) }),
  segments: withinTheBorder({ see: anySide }),
  feed_positions: { see: anybodySignedIn },
  findings: withinTheBorder({
    see: findingSeen,
    add: both(own, side('tester')),
    change: findingSeen,
    changed: anySide,
  }),
  finding_assignees: withinTheBorder({
    see: assignedHere,
    add: both(assignedHere, namedByMe, colleague),
    change: assignedHere,
    changed: both(assignedHere, namedByMe, colleague),
    remove: assignedHere,
  }),
  finding_citations: withinTheBorder({
    see: seesFinding,
    add: both(ownFinding, seesFindingThere),
    remove: both(ownFinding, seesFinding),
  }),
  finding_decisions: withinTheBorder({ see: seesFinding, add: seesFindingThere }),
  finding_tokens: withinTheBorder({
    see: tokenReached,
    add: tokenReached,
    remove: both(seesFindingThere, (_who, row) => row['source'] === row['finding_id']),
  }),
  comments: withinTheBorder({ see: commentSeen, add: both(own, seesFindingThere) }),
  rewards: withinTheBorder({
    see: either(own, supervisors),
    add: both(
      side('organizer'),
      seesFindingThere,
      (_who, row, facts) => theFinding(row, facts)?.['org_id'] === row['org_id'],
    ),
    change: leaders,
  }),
  reports: withinTheBorder({
    see: either(
      reviewers,
      both(side('demand'), (_who, row) => row['state'] !== 'draft'),
    ),
    add: reportWriter,
    change: reportWriter,
  }),
  events: {
    see: both(
      either(
        own,
        both(says('audience', 'everyone', 'parties'), supervisors),
        both(says('audience', 'everyone'), anySide, ofNoOtherTester),
        administrationSeen,
      ),
      either(blank('engagement_id'), atHome),
      speaksOfNoDecoy,
    ),
    add: both(
      own,
      (who, row) => row['actor'] === who.person,
      either(blank('engagement_id'), seesEngagement, enrolledThere),
    ),
  },
  witnesses: { see: witnessSeen, add: both(own, ofKind('demand', 'auditor')), change: own },
  checkpoints: { see: anybodySignedIn },
  cosignatures: {
    see: (who, row, facts) =>
      facts.witnesses.some((one) => one['id'] === row['witness_id'] && witnessSeen(who, one, facts)),
  },
  witness_rules: { see: supervisors, add: leaders, change: leaders },
  packs: withinTheBorder({
    see: mine,
    add: both(mine, own, says('state', 'queued'), supervisors, either(blank('finding_id'), seesFindingThere)),
    change: mine,
    changed: both(mine, says('state', 'cancelled')),
  }),
  time_stamps: { see: anybodySignedIn },
  target_certificates: { see: supervisors, add: side('demand'), remove: side('demand') },
  logins: { see: mine },
  passkeys: { see: mine, change: mine },
  access_tokens: { see: mine, add: both(mine, own), change: mine },
  security_notices: { see: mine, change: mine },
  password_resets: { see: either(own, ofKind('organizer')) },
  factor_releases: { see: either(own, ofKind('organizer')) },
  sign_in_rules: everything(own),
  oidc_providers: everything(own),
  oidc_identities: {
    see: own,
    add: both(own, (who, row, facts) =>
      facts.persons.some((one) => one['id'] === row['person_id'] && one['org_id'] === who.org),
    ),
    change: own,
    changed: both(own, (who, row, facts) =>
      facts.persons.some((one) => one['id'] === row['person_id'] && one['org_id'] === who.org),
    ),
    remove: own,
  },
  legal_holds: {
    see: either(
      own,
      supervisors,
      both(blank('engagement_id'), ofKind('demand', 'organizer', 'auditor'), houseOf('org_id', 'organizer', 'auditor')),
    ),
    add: both(own, ofKind('organizer', 'auditor'), either(blank('engagement_id'), reviewers)),
    change: own,
  },
  disposals: { see: supervisors },
  test_rules: {
    see: either(supervisors, both(anySide, says('state', 'in_force', 'superseded'))),
    add: leaders,
    change: leaders,
  },
  alerts: withinTheBorder({ see: either(reviewers, both(own, ofKind('tester'))), change: reviewers }),
  alert_hits: withinTheBorder({ see: either(reviewers, both(own, ofKind('tester'))) }),
  alert_receivers: { see: reviewers, add: side('organizer'), change: side('organizer') },
  alert_deliveries: { see: reviewers },
  attachments: withinTheBorder({
    see: attachmentSeen,
    add: both(own, mine, blank('finding_id'), anySide),
    change: both(blank('finding_id'), mine),
    changed: both(mine, own, either(blank('finding_id'), seesFindingThere), sealedWords),
    remove: both(blank('finding_id'), mine),
  }),
  attachment_links: {
    add: both(mine, (who, row, facts) =>
      facts.attachments.some((one) => one['id'] === row['attachment_id'] && attachmentSeen(who, one, facts)),
    ),
  },
  reading_purposes: { see: supervisors, add: both(own, mine, supervisors) },
  approvals: {
    see: own,
    add: both(own, askedByMe, blank('verdict'), blank('used_at'), either(blank('engagement_id'), seesEngagement)),
    change: own,
  },
  two_person_rules: everything(own),
  separation_rules: everything(own),
  break_glass: {
    see: supervisors,
    add: both(own, mine, ofKind('organizer'), blank('ended_at'), side('organizer'), usedApproval),
    change: leaders,
  },
  decoys: withinTheBorder({
    see: reviewers,
    add: both(own, placedByMe, reviewers),
    change: both(own, reviewers),
  }),
  decoy_openings: withinTheBorder({ see: supervisors }),
  notices: {
    see: both(
      mine,
      own,
      either(blank('engagement_id'), seesEngagement, enrolledMyself),
      either(blank('finding_id'), seesFinding),
    ),
    change: mine,
  },
  mail_addresses: { see: both(mine, own) },
  mail_choices: everything(mine),
  account_closures: { see: own },
  privacy_answers: { see: both(mine, own), add: both(mine, own) },
  correction_requests: {
    see: either(both(mine, own), decidesHere),
    add: both(mine, own, says('state', 'asked'), either(decidesHere, organizerDecides)),
    change: both(says('state', 'asked'), either(mine, decidesHere)),
    changed: either(
      both(mine, says('state', 'withdrawn')),
      both(decidesHere, notMine, says('state', 'granted', 'refused'), (who, row) => row['decided_by'] === who.person),
    ),
  },
}

/** By table; a table that is not here shows nothing to a person and takes nothing from one. */
export const rules: { readonly [table: string]: TableRules } = Object.fromEntries(
  Object.entries(withoutTeams).map(([table, own]) => [table, teams.has(table) ? own : amongThoseWhoWork(table, own)]),
)

/** What each wall lets through by itself, by the name of its policy: whoever the engagement was given to, and the border. */
export const wallsOf = (table: string): { readonly [policy: string]: TableRules } => ({
  ...(teams.has(table)
    ? {}
    : {
        worked_on: amongThoseWhoWork(
          table,
          everything(() => true),
        ),
      }),
  ...(bordered.has(table)
    ? {
        [`${table}_at_home`]:
          // Events are written from abroad too, and changed or removed by nobody.
          table === 'events'
            ? { ...everything(() => true), see: either(blank('engagement_id'), atHome) }
            : everything(atHome),
      }
    : {}),
  ...(table === 'events' ? { events_of_decoys: { ...everything(() => true), see: speaksOfNoDecoy } } : {}),
})

/** Tables whose rows stay in the mainland. */
export const bordered: ReadonlySet<string> = new Set(
  Object.keys(withoutTeams).filter((table) => goesNowhere.has(withoutTeams[table] ?? {}) || table === 'events'),
)

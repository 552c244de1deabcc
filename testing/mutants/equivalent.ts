const named = 'what is added stands in the list already: the three administrators are in `administratorPosts`'

/** Mutants of conditions that change nothing a caller could notice, each with the reason, so that a reader can check it. */
export const equivalent: { readonly [mutant: string]: string } = {
  'domain/access/matrix.ts always false: roleHere === null':
    'a grant has no key `null`: the next line finds no posts and denies as well. The line is there for the reader and the types',
  "domain/access/two-persons.ts with system_admin too: [...administratorPosts, 'signatory']": named,
  "domain/access/two-persons.ts with security_admin too: [...administratorPosts, 'signatory']": named,
  "domain/access/two-persons.ts with audit_admin too: [...administratorPosts, 'signatory']": named,
  'domain/access/break-glass.ts some instead of every: every':
    'finding.read and traffic.read are held by the same posts of every role, so who has one has both; see the matrix',
  'domain/access/held-posts.ts without its first half: ends[post] !== undefined && Date.parse(ends[post]) <= now.getTime()':
    'Date.parse of nothing is NaN, and NaN is before no moment. The first half is there for the types',
  'domain/access/work-team.ts without its first half: groupId !== null && worker.groupIds.includes(groupId)':
    'no list of groups holds nothing; the first half is there for the types',
}

const oneCondition =
  'to see, make, change and remove a group is one and the same condition, `org_id = zh_org()`: each of the four policies says for one act what the others say for theirs'

/** The same of the row policies and the functions that they ask. */
export const equivalentPolicies: { readonly [mutant: string]: string } = {
  'zh_closed() always true: (g.org_id = zh_org())':
    'the policy of engagement_grants shows a person the grants of the own house alone; the condition is there for its index',
  'groups.groups_own for every act': oneCondition,
  'groups.groups_made for every act': oneCondition,
  'groups.groups_changed for every act': oneCondition,
  'groups.groups_removed for every act': oneCondition,
  "persons.persons_seen using: always true: (zh_kind() = 'organizer'::text)":
    'a testers’ house that somebody else than an organizer sees is the own one, the demand side of an engagement, or one that applied there: the members of all three are seen by the conditions before',
}

/** The same of what the routes declare. */
export const equivalentRoutes: { readonly [mutant: string]: string } = Object.fromEntries(
  [
    'POST /api/sign-in/second-factor',
    'POST /api/step-up',
    'POST /api/account/password',
    'POST /api/account/code/confirmation',
  ].map((key) => [
    `${key} open to anybody`,
    'tries are counted by the account of the login, before anything else of the request is looked at: who has none is answered LOGIN-1 by that',
  ]),
)

const readAgain =
  'the row was written, or loaded under the same row policies, by this very transaction before it is read to be shown: it is there. The line is there for the types'
const shown = [
  'alerts/view-alerts.ts',
  'approvals/view-approvals.ts',
  'break-glass/view-accesses.ts',
  'corrections/view-corrections.ts',
  'findings/rewards.ts',
  'groups/groups.ts',
  'retention/view-holds.ts',
  'testers/view-enrollment.ts',
  'witnesses/view-witness.ts',
].map((file) => `${file} not refused: throw notFound()`)

/** The same of what the acts check. */
export const equivalentActs: { readonly [mutant: string]: string } = Object.fromEntries(
  [
    ...shown,
    'corrections/view-corrections.ts not refused: throw notFound() (2)',
    'engagements/scope-changes.ts not refused: throw notFound()',
    'engagements/scope-changes.ts not refused: throw notFound() (2)',
    'evidence/reports.ts not refused: throw notFound()',
    'groups/work-team.ts not refused: throw notFound()',
    'testers/directory.ts not refused: throw notFound() (2)',
    'testers/leases.ts not refused: throw notFound()',
  ]
    .map((key): [string, string] => [key, readAgain])
    .concat([
      [
        'approvals/decide-approval.ts not refused: throw notFound() (2)',
        'both are people of this installation, whose rows are never removed: who asked, by the key of the request, and who is signed in',
      ],
      [
        'evidence/reports.ts not called: refuseIncomplete(model)',
        'the press asks the same of every document before it makes one, and both files are made before anything is written: here it is refused sooner',
      ],
      ...['findings/reads.ts', 'imports/preview-scan.ts'].map((file): [string, string] => [
        `${file} not refused: throw new Problem('wrong_state', say('尚无测试范围', 'there is no scope yet'), { rule: 'SCOPE-0'`,
        'testers are taken in after the demand was agreed to, and none is submitted without a scope',
      ]),
    ])
    .map(([key, why]) => [`server/features/${key}`, why]),
)

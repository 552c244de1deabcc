import type { Facts } from './facts.ts'
import { type Row, type RowWorld, type Tenant, guests, swapped } from './world.ts'

/** Columns that say whose a row is. */
const personColumns = ['person_id', 'actor', 'asked_by']

/** Everybody whose rows are tried: all of our engagement, and the guests of the other. */
export const everybody = ({ ours, theirs }: RowWorld): readonly Tenant[] => [
  ours.demand,
  ours.organizer,
  ours.tester,
  ours.tester2,
  ours.auditor,
  ...guests(theirs).map((one) => ({ ...one, name: `their ${one.name}` })),
]

/**
 * Rows of a table as they might be: each real one made another person's, another house's, another engagement's, and put
 * into the states that rules speak of. @returns what differs from the real row
 */
export function variantsOf(world: RowWorld, table: string, base: Row, facts: Facts): readonly Row[] {
  const columns = new Set(world.columns.get(table))
  const fitting = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(([name]) => columns.has(name)))
  const persons = (person: string): Row => Object.fromEntries(personColumns.map((name) => [name, person]))
  const people = everybody(world)
  const makers = people.map(({ org, person }) => ({ org_id: org, ...persons(person) }))
  // What is set to nothing is nobody, not somebody whose name is empty.
  const nameless: Row = { org_id: '', ...persons('') }
  const apart = people.slice(0, 5).flatMap(({ org, person }) => [{ org_id: org }, persons(person)])
  const elsewhere: Row = {
    engagement_id:
      base['engagement_id'] === world.ours.engagementId ? world.theirs.engagementId : world.ours.engagementId,
  }
  const places: Row[] = [elsewhere, { engagement_id: null }, { engagement_id: swapped }, { engagement_id: 'of nobody' }]
  const states = statesOf(world, table, facts)
  const all = [
    {},
    ...makers.flatMap((maker) => [maker, ...places.map((place) => ({ ...maker, ...place }))]),
    ...apart,
    nameless,
    ...places,
    ...states.flatMap((state) => [
      state,
      ...places.map((place) => ({ ...place, ...state })),
      ...makers.slice(0, 5).map((maker) => ({ ...maker, ...state })),
    ]),
    // Of many states the first stands for the others.
    ...states.slice(0, states.length <= 8 ? 8 : 1).flatMap((state) => apart.map((one) => ({ ...one, ...state }))),
  ].map(fitting)
  const possible = all.filter((row) =>
    Object.entries(row).every(([name, value]) => value !== null || world.nullable.has(`${table}.${name}`)),
  )
  const different = possible.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name, value]) => base[name] !== value)),
  )
  return [...new Map(different.map((row) => [JSON.stringify(row), row])).values()]
}

const each = (column: string, values: readonly unknown[]): Row[] => values.map((value) => ({ [column]: value }))
const now = '2026-05-04T09:00:00Z'

/** What else a rule looks at, by table. */
function statesOf(world: RowWorld, table: string, facts: Facts): readonly Row[] {
  const findings = facts.findings.map((one) => one['id'])
  const houses = everybody(world).map((one) => one.org)
  const people = everybody(world).map((one) => one.person)
  switch (table) {
    case 'organisations':
      return [...each('kind', ['demand', 'organizer', 'tester', 'auditor']), ...each('id', houses)]
    case 'engagements':
      return [
        { state: 'draft' },
        { state: 'testing' },
        ...each('demand_org_id', houses),
        ...houses.flatMap((org) => [
          { state: 'draft', demand_org_id: org },
          { id: 'of nobody', demand_org_id: org },
        ]),
      ]
    case 'scope_versions':
      return each('state', ['draft', 'proposed', 'frozen', 'superseded', 'refused'])
    case 'test_rules':
      return each('state', ['proposed', 'in_force', 'superseded', 'refused'])
    case 'enrollments':
      return each('state', ['applied', 'invited', 'admitted'])
    case 'findings':
      return each('passed_at', [null, now])
    case 'group_members':
      return each(
        'group_id',
        facts.groups.map((one) => one['id']),
      )
    case 'finding_assignees':
      return [...each('finding_id', findings), ...each('person_id', people), ...each('given_by', people)]
    case 'finding_citations':
    case 'finding_decisions':
    case 'rewards':
      return each('finding_id', findings)
    case 'comments':
      return [
        ...each('finding_id', findings),
        ...['internal', 'parties', 'everyone'].flatMap((audience) => [
          { audience },
          ...findings.map((id) => ({ audience, finding_id: id })),
        ]),
      ]
    case 'finding_tokens':
      return [
        ...findings.flatMap((id) => [{ finding_id: id, source: id }, { source: id }]),
        ...facts.comments.map((one) => ({ finding_id: one['finding_id'], source: one['id'] })),
      ]
    case 'reports':
      return ['test', 'audit'].flatMap((kind) => ['draft', 'signed'].map((state) => ({ kind, state })))
    case 'events':
      return [
        ...each('audience', ['house', 'parties', 'everyone']),
        // Of whom an event speaks, beside who wrote it.
        ...people.map((personId) => ({ audience: 'everyone', leaf: `{"facts":{"personId":"${personId}"}}` })),
        ...['organizer', 'tester', 'system'].map((role) => ({ audience: 'everyone', leaf: '{"facts":{}}', role })),
        { org_id: null },
        ...['house.restored', 'keeper.unsealed', 'keeper.changed', 'rotation.done', 'ledger.restored'].map((kind) => ({
          org_id: null,
          engagement_id: null,
          subject: null,
          kind,
        })),
        ...people.flatMap((subject) => [
          { subject, org_id: null, engagement_id: null, kind: 'login.failed' },
          { subject, org_id: null, kind: 'login.failed' },
          { subject, org_id: world.ours.tester2.org, engagement_id: null, kind: 'login.failed' },
        ]),
        { org_id: null, engagement_id: null, subject: null, kind: 'login.failed' },
        { org_id: null, subject: null, kind: 'rotation.done' },
        ...each('kind', ['decoy.placed', 'decoy.opened']),
        { org_id: world.ours.tester2.org, engagement_id: null, subject: null, kind: 'rotation.done' },
      ]
    case 'packs':
      return ['queued', 'cancelled', 'ready'].flatMap((state) => [
        { state },
        ...findings.map((id) => ({ state, kind: 'finding', finding_id: id })),
      ])
    case 'attachments':
      return [
        { finding_id: null, comment_id: null },
        // A file that says of which comment it is, and of which finding not.
        { finding_id: null, comment_id: facts.comments[0]?.['id'] },
        ...findings.map((id) => ({ finding_id: id, comment_id: null })),
        ...facts.comments.flatMap((one) => [
          { finding_id: one['finding_id'], comment_id: one['id'] },
          { finding_id: findings.find((id) => id !== one['finding_id']), comment_id: one['id'] },
        ]),
      ]
    case 'attachment_links':
      return each(
        'attachment_id',
        facts.attachments.map((one) => one['id']),
      )
    case 'approvals':
      return [
        { verdict: null, used_at: null },
        { verdict: 'approved', used_at: null },
        { verdict: null, used_at: now },
      ]
    case 'correction_requests':
      return ['asked', 'withdrawn', 'granted', 'refused'].flatMap((state) => [
        { state },
        { state, decider_org_id: world.ours.organizer.org, decided_by: world.ours.tester.person },
        ...everybody(world)
          .slice(0, 5)
          .map(({ org, person }) => ({ state, decider_org_id: org, decided_by: person })),
      ])
    case 'decoys':
      return each('placed_by', people)
    case 'break_glass':
      return emergencyAccesses(world, facts)
    case 'notices':
      return [
        { finding_id: null },
        { finding_id: null, engagement_id: world.theirs.engagementId },
        { finding_id: null, engagement_id: swapped },
        ...findings.flatMap((id) => [{ finding_id: id }, { finding_id: id, engagement_id: null }]),
      ]
    default:
      return []
  }
}

/** An emergency access on each approval, and on the right one with one thing wrong. */
function emergencyAccesses({ ours, theirs }: RowWorld, facts: Facts): readonly Row[] {
  const on = (approval: Row): Row => ({
    ended_at: null,
    approval_id: approval['id'],
    approved_by: approval['decided_by'],
    org_id: approval['org_id'],
    person_id: ours.organizer.person,
    engagement_id: approval['engagement_id'],
  })
  const here = facts.approvals.filter(
    (one) => one['decided_by'] !== null && [ours.engagementId, swapped].includes(String(one['engagement_id'])),
  )
  const [right] = here.filter(
    (one) => one['kind'] === 'break_glass' && one['used_at'] !== null && one['asked_by'] === ours.organizer.person,
  )
  const wrong: Row[] = [
    { ended_at: now },
    { org_id: ours.auditor.org },
    { person_id: ours.auditor.person },
    { approved_by: ours.auditor.person },
    { engagement_id: swapped },
    { engagement_id: theirs.engagementId },
  ]
  return [
    ...here.map((one) => ({ ...on(one), person_id: one['asked_by'] })),
    ...here.map(on),
    ...(right === undefined ? [] : wrong.map((one) => ({ ...on(right), ...one }))),
  ]
}

import { describe, expect, it } from 'vitest'
import { type Actor, type Post, type Role, administratorPosts, isAdministrator, posts, roles } from './actor.ts'
import {
  type EngagementAction,
  type HouseAction,
  engagementPermissions,
  housePermissions,
  may,
  mayInHouse,
  printMatrix,
} from './matrix.ts'

const person = (orgKind: Role, ...held: Post[]): Actor => ({
  personId: 'per_1',
  orgId: 'org_1',
  orgKind,
  posts: held,
  name: '林帆',
})
const actions = Object.keys(engagementPermissions) as EngagementAction[]
const allowed = (role: Role, post: Post) => actions.filter((action) => may(person(role, post), action, role))

describe('an action on an engagement', () => {
  it('is denied to everybody without a role there, whatever posts they hold', () => {
    for (const action of actions) expect(may(person('organizer', ...posts), action, null), action).toBe(false)
  })
  it('goes by the role on the engagement, never by the kind of the own organisation', () => {
    expect(may(person('organizer', 'signatory'), 'finding.review', 'auditor')).toBe(false)
    expect(may(person('auditor', 'member'), 'finding.review', 'organizer')).toBe(true)
  })
  it('needs one of the posts named; no post means nothing', () => {
    expect(may(person('demand', 'member'), 'engagement.authorise', 'demand')).toBe(false)
    expect(may(person('demand', 'signatory'), 'engagement.authorise', 'demand')).toBe(true)
    for (const role of roles) for (const action of actions) expect(may(person(role), action, role)).toBe(false)
  })
})

describe('separation of roles (GBT43741-4.1-01)', () => {
  const deciding = (role: Role): string[] => allowed(role, 'signatory')
  it('lets an auditor change nothing but stops, leases, arbitration, own records, comments, own report, packs, own copies of segments, alerts, legal holds and what they read for', () => {
    expect(deciding('auditor').filter((action) => !/\.(read|list|timeline)$/.test(action))).toEqual([
      'engagement.stop',
      'engagement.resume',
      'record.write',
      'lease.revoke',
      'segment.mirror',
      'alert.handle',
      'finding.arbitrate',
      'finding.comment',
      'reading.state_purpose',
      'report.draft_audit',
      'report.sign_audit',
      'hold.place',
      'pack.build',
      'pack.build_whole',
    ])
  })
  it('lets a tester decide nothing about findings, rewards, scope, reports or evidence', () => {
    for (const action of deciding('tester'))
      expect(action).not.toMatch(/review|confirm|arbitrate|reward|scope\.(edit|answer|propose|approve)|report|pack/)
  })
  it('gives review to the organizer, confirmation to the demand side and arbitration to the auditor alone', () => {
    const holders = (action: EngagementAction) => roles.filter((role) => deciding(role).includes(action))
    expect(holders('finding.review')).toEqual(['organizer'])
    expect(holders('finding.confirm')).toEqual(['demand'])
    expect(holders('finding.arbitrate')).toEqual(['auditor'])
    expect(holders('finding.submit')).toEqual(['tester'])
    expect(holders('reward.propose')).toEqual(['organizer'])
    expect(holders('reward.approve')).toEqual(['demand'])
    expect(holders('report.sign_test')).toEqual(['organizer'])
    expect(holders('report.sign_audit')).toEqual(['auditor'])
  })
  it('shows recorded traffic to auditor, organizer and tester, not to the demand side', () => {
    expect(roles.filter((role) => deciding(role).includes('traffic.list'))).toEqual(['organizer', 'tester', 'auditor'])
  })
  it('lets an administrator, who manages people, read no finding, no traffic and sign nothing', () => {
    for (const role of roles)
      for (const action of ['finding.read', 'traffic.read', 'engagement.authorise', 'report.sign_test'] as const)
        for (const post of administratorPosts)
          expect(allowed(role, post), `${role} ${post} ${action}`).not.toContain(action)
  })
})

describe('an action in the own organisation', () => {
  it('goes by kind and post', () => {
    expect(mayInHouse(person('demand', 'member'), 'engagement.create')).toBe(true)
    expect(mayInHouse(person('organizer', 'member'), 'engagement.create')).toBe(false)
    expect(mayInHouse(person('demand', 'member'), 'members.invite')).toBe(false)
    expect(mayInHouse(person('tester', 'security_admin'), 'members.invite')).toBe(true)
  })
  it('lets only the organizer’s administrators take organisations in, and only its workers verify testers', () => {
    const holders = (action: HouseAction) =>
      roles.flatMap((role) =>
        posts.filter((post) => mayInHouse(person(role, post), action)).map((post) => `${role} ${post}`),
      )
    expect(holders('organisations.create')).toEqual(['organizer system_admin'])
    expect(holders('testers.verify')).toEqual(['organizer signatory', 'organizer member'])
  })
  it('GBT43741-PS-04: gives no account of one post both a change of who may what and the record of it, nor both and the machinery', () => {
    const heldBy = (post: Post) =>
      (Object.keys(housePermissions) as HouseAction[]).filter((action) =>
        roles.some((role) => mayInHouse(person(role, post), action)),
      )
    const common = heldBy('member').concat(heldBy('signatory'))
    const own = (post: Post) => heldBy(post).filter((action) => !common.includes(action))
    expect(own('system_admin')).toEqual([
      'organisations.create',
      'organisations.place',
      'time_stamps.keep',
      'sealing.manage',
      'installation.read',
      'nodes.keep',
    ])
    expect(own('security_admin')).toEqual([
      'members.invite',
      'members.change',
      'members.recover',
      'sign_in.rules',
      'two_persons.rules',
      'separation.rules',
      'groups.keep',
      'witness.register',
    ])
    expect(own('audit_admin')).toEqual(['administration.read', 'copies.trace', 'ledger.entries'])
  })
  it('GBT43741-PS-04: an audit administrator alone reads and changes nothing', () => {
    for (const role of roles)
      for (const action of allowed(role, 'audit_admin')) expect(action, role).toMatch(/\.(read|list|timeline)$/)
  })
  it('is spelled as a right of the matrix: nothing is allowed by an unknown name', () => {
    for (const action of Object.keys(housePermissions)) expect(action).toMatch(/^[a-z_]+\.[a-z]+$/)
  })
})

it('three posts administer, the others do not', () => {
  expect(posts.filter(isAdministrator)).toEqual(['system_admin', 'security_admin', 'audit_admin'])
})

describe('the printed matrix', () => {
  it('has a line for every action and a cell for every role', () => {
    const lines = printMatrix().filter((line) => line.startsWith('| ') && !line.startsWith('| action'))
    const names = [...actions, ...Object.keys(housePermissions)]
    expect(lines.filter((line) => !line.startsWith('| ---')).map((line) => line.split(' | ')[0]?.slice(2))).toEqual(
      names,
    )
    for (const line of lines) expect(line.split('|')).toHaveLength(roles.length + 3)
  })
})

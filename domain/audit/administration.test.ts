import { describe, expect, it } from 'vitest'
import {
  administrationAreas,
  administrationKinds,
  areaOfKind,
  describeAdministration,
  namedIn,
} from './administration.ts'
import { eventKinds } from './describe-event.ts'

describe('the administration record', () => {
  it('holds kinds that are recorded, each in one area', () => {
    const kinds = administrationKinds()
    expect(new Set(kinds).size).toBe(kinds.length)
    for (const kind of kinds) expect(eventKinds).toContain(kind)
    for (const area of administrationAreas)
      for (const kind of administrationKinds(area)) expect(areaOfKind(kind)).toBe(area)
    expect(() => areaOfKind('finding.read')).toThrow('finding.read')
  })
  it('leaves out nothing that is done with members, sign-in, rules and approvals', () => {
    const administrative =
      /^(member|login|step_up|password|code|recovery|passkey|access_token|factor|oidc|two_persons|separation|sign_in|approval|break_glass|decoy|copy|group|work_team)/
    expect(eventKinds.filter((kind) => administrative.test(kind) && !administrationKinds().includes(kind))).toEqual([])
  })
  it('says which posts were given, what a rule became and why something was refused', () => {
    expect(describeAdministration('member.changed', { posts: ['audit_admin', 'member'], state: 'active' })).toEqual({
      zh: '审计管理员、成员',
      en: 'audit administrator, member',
    })
    expect(describeAdministration('member.changed', { posts: ['member'], state: 'removed' })?.zh).toBe('成员；已移除')
    expect(describeAdministration('two_persons.rules_changed', { members: true, exports: false })?.en).toBe(
      'posts by two persons: on; evidence packs by two persons: off',
    )
    expect(
      describeAdministration('two_persons.rules_changed', { members: true, exports: false, disposals: true })?.zh,
    ).toMatch(/；销毁数据须两人：开$/)
    expect(describeAdministration('separation.changed', { separated: true })?.zh).toBe('三员分立：开')
    expect(describeAdministration('request.refused', { rule: 'SEP-1' })?.en).toBe('SEP-1')
    expect(describeAdministration('login.began', { loginId: 'x' })).toBeNull()
  })
  it('says who is in a group and to whom an engagement was given, by name where there is one', () => {
    const grants = [
      { to: 'grp_1', until: null },
      { to: 'per_2', until: '2027-01-01T00:00:00.000Z' },
    ]
    const nameOf = (id: string) => ({ grp_1: '商城组', per_1: '林安' })[id]
    expect(namedIn('work_team.changed', { grants })).toEqual(['grp_1', 'per_2'])
    expect(describeAdministration('work_team.changed', { grants }, nameOf)).toEqual({
      zh: '商城组、per_2（至 2027-01-01T00:00:00.000Z）',
      en: '商城组, per_2 (until 2027-01-01T00:00:00.000Z)',
    })
    expect(describeAdministration('work_team.changed', { grants: [] }, nameOf)?.zh).toBe('全体成员')
    expect(namedIn('group.changed', { members: ['per_1'] })).toEqual(['per_1'])
    expect(describeAdministration('group.changed', { members: ['per_1'] }, nameOf)?.zh).toBe('林安')
    expect(describeAdministration('group.made', { members: [] }, nameOf)?.en).toBe('nobody in it')
    const many = Array.from({ length: 30 }, (_, at) => `per_${at}`)
    expect(describeAdministration('group.made', { members: many }, nameOf)?.zh).toMatch(/等 30 项$/)
    expect(namedIn('member.changed', { members: ['per_1'] })).toEqual([])
  })
  it('says how many marks of leaked copies were looked up, and how many were known', () => {
    expect(describeAdministration('copy.traced', { codes: 3, found: 1, readings: ['evt_1'] })).toEqual({
      zh: '3 个暗记，查明 1 个',
      en: '3 marks, 1 of them known',
    })
  })
  it('reads what was written before there were three administrators', () => {
    expect(describeAdministration('member.invited', { posts: ['admin', 'member'] })).toEqual({
      zh: '管理员、成员',
      en: 'admin, member',
    })
  })
})

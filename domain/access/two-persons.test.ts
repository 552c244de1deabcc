import { describe, expect, it } from 'vitest'
import { type Actor, posts } from './actor.ts'
import { type TwoPersonAct, describeAct } from './describe-act.ts'
import {
  type AccountMarks,
  actKinds,
  actRules,
  approvalState,
  checkDecision,
  checkSecondPerson,
  givesHeavyPost,
  mayApprove,
  noRules,
  sharedMark,
} from './two-persons.ts'

const now = new Date('2026-05-04T09:00:00Z')
const later = new Date('2026-05-04T10:00:00Z')
const gao: Actor = { personId: 'gao', orgId: 'yunfan', orgKind: 'demand', posts: ['signatory'], name: '高山' }
const asked = {
  kind: 'invitation' as const,
  askedBy: 'lin',
  digest: 'a',
  expiresAt: later,
  verdict: null,
  withdrawn: false,
  used: false,
}
const account = (personId: string, name: string, more: Partial<AccountMarks> = {}): AccountMarks => ({
  personId,
  name,
  outside: [],
  sameBrowser: [],
  ...more,
})

describe('a request for a second person', () => {
  it('lapses by the clock alone, also when it was approved', () => {
    expect(approvalState(asked, now)).toBe('waiting')
    expect(approvalState(asked, later)).toBe('lapsed')
    expect(approvalState({ ...asked, verdict: 'approved' }, now)).toBe('approved')
    expect(approvalState({ ...asked, verdict: 'approved' }, later)).toBe('lapsed')
    expect(approvalState({ ...asked, verdict: 'approved', used: true }, later)).toBe('used')
    expect(approvalState({ ...asked, verdict: 'approved', withdrawn: true }, now)).toBe('withdrawn')
    expect(approvalState({ ...asked, verdict: 'refused' }, later)).toBe('refused')
  })
  it('is decided with the post, in time, once, by who saw what was asked', () => {
    const refusal = (one: object, digest = 'a', actor = gao, at = now) => {
      try {
        checkDecision({ ...asked, ...one }, actor, digest, at)
        return null
      } catch (error) {
        return [(error as { code: string }).code, (error as { rule: string }).rule]
      }
    }
    expect(refusal({})).toBeNull()
    expect(refusal({}, 'a', { ...gao, posts: ['member'] })).toEqual(['forbidden', 'ROLE-2'])
    expect(refusal({}, 'a', gao, later)).toEqual(['forbidden', 'TWO-4'])
    for (const over of [{ verdict: 'approved' }, { verdict: 'refused' }, { withdrawn: true }])
      expect(refusal(over)).toEqual(['wrong_state', 'TWO-5'])
    expect(refusal({}, 'b')).toEqual(['conflict', 'TWO-6'])
  })
})

describe('the second person', () => {
  const lin = account('lin', '林帆')
  it('is another human, as far as can be known', () => {
    expect(sharedMark(lin, account('gao', '高山'))).toBeNull()
    expect(sharedMark(lin, account('lin', '林帆'))).toBe('account')
    expect(sharedMark(lin, account('lin2', ' 林 帆'))).toBe('name')
    expect(sharedMark(account('a', 'Lin Fan'), account('b', 'ＬＩＮ fan'))).toBe('name')
    expect(sharedMark(lin, account('x', '甲', { sameBrowser: ['lin'] }))).toBe('browser')
    expect(sharedMark(account('lin', '林帆', { sameBrowser: ['x'] }), account('x', '甲'))).toBe('browser')
    const both = { outside: ['https://id.example subject 7'] }
    expect(sharedMark(account('lin', '林帆', both), account('x', '甲', both))).toBe('outside')
  })
  it('is refused as forbidden, the own account under another rule than a second one', () => {
    expect(() => checkSecondPerson(lin, lin)).toThrow(expect.objectContaining({ code: 'forbidden', rule: 'TWO-2' }))
    expect(() => checkSecondPerson(lin, account('lin2', '林帆'))).toThrow(
      expect.objectContaining({ code: 'forbidden', rule: 'TWO-3' }),
    )
    expect(() => checkSecondPerson(lin, account('gao', '高山'))).not.toThrow()
  })
})

describe('the table of acts', () => {
  it('lets none live longer than a day and names who approves', () => {
    for (const kind of actKinds) {
      expect(actRules[kind].life, kind).toBeLessThanOrEqual(86_400_000)
      expect(actRules[kind].approvers, kind).not.toContain('member')
    }
  })
  it('is approved by who gives posts or binds the house, and by no other post; emergency access within four hours', () => {
    for (const kind of actKinds)
      expect(posts.filter((post) => mayApprove({ ...gao, posts: [post] }, kind))).toEqual([
        'security_admin',
        'signatory',
      ])
    expect(actRules.break_glass.life).toBe(4 * 3_600_000)
  })
  it('follows the house’s rules, and never lets one person lift them', () => {
    const wanted = (rules: typeof noRules) => actKinds.filter((kind) => actRules[kind].needed(rules))
    expect(wanted(noRules)).toEqual(['two_person_rules', 'break_glass', 'separation'])
    expect(wanted({ ...noRules, members: true })).toEqual([
      'member_posts',
      'invitation',
      'two_person_rules',
      'break_glass',
      'separation',
    ])
    expect(wanted({ ...noRules, exports: true })).toEqual([
      'pack',
      'evidence',
      'captures',
      'two_person_rules',
      'break_glass',
      'separation',
    ])
    expect(wanted({ ...noRules, disposals: true })).toContain('disposal')
  })
  it('counts a post as given only where it was not held', () => {
    expect(givesHeavyPost(['member'], ['member', 'signatory'])).toBe(true)
    expect(givesHeavyPost([], ['security_admin'])).toBe(true)
    expect(givesHeavyPost(['security_admin', 'member'], ['security_admin'])).toBe(false)
    expect(givesHeavyPost([], ['member'])).toBe(false)
  })
})

describe('an act in words', () => {
  it.each<[TwoPersonAct, string[]]>([
    [
      { kind: 'member_posts', personId: 'p', posts: ['security_admin', 'member'], version: 3 },
      ['林帆', '安全管理员、成员'],
    ],
    [{ kind: 'invitation', name: '新人', posts: ['signatory'] }, ['新人', '签署人']],
    [
      { kind: 'pack', engagementId: 'e', pack: { kind: 'finding', redaction: 'none', findingId: 'fnd_1' } },
      ['商城众测', '单个漏洞', '不遮盖，含凭证', 'fnd_1'],
    ],
    [
      { kind: 'pack', engagementId: 'e', pack: { kind: 'period', redaction: 'bodies', from: 'a', to: 'b' } },
      ['商城众测', '一段时间', '不含正文', 'a', 'b'],
    ],
    [{ kind: 'evidence', engagementId: 'e' }, ['商城众测']],
    [
      { kind: 'captures', engagementId: 'e', captures: { format: 'har' }, exchanges: 412 },
      ['商城众测', 'HAR', '412', '全部'],
    ],
    [
      {
        kind: 'captures',
        engagementId: 'e',
        captures: { format: 'pcapng', host: 'shop.test', until: 900 },
        exchanges: 3,
      },
      ['商城众测', 'PCAPNG', '3', 'shop.test', '900'],
    ],
    [{ kind: 'break_glass', engagementId: 'e', minutes: 30 }, ['商城众测', '30 分钟', '单个漏洞与流量记录']],
    [
      { kind: 'two_person_rules', members: true, exports: false, disposals: true, version: 1 },
      ['须两人', '一人即可', '须两人'],
    ],
    [
      { kind: 'disposal', engagementId: 'e', disposal: { what: 'traffic', basis: '协议第 9 条', witness: '方正' } },
      ['商城众测', '流量记录，不可恢复', '协议第 9 条', '方正'],
    ],
    [
      { kind: 'disposal', engagementId: 'e', disposal: { what: 'file', basis: '协议第 9 条', witness: '方正' } },
      ['商城众测', '全部数据与密钥，不可恢复', '协议第 9 条', '方正'],
    ],
    [{ kind: 'separation', separated: true, version: 1 }, ['分立：一人至多担任一类']],
    [{ kind: 'separation', separated: false, version: 2 }, ['不要求分立']],
  ])('%j says all of its content', (act, said) => {
    const { title, details } = describeAct(act, { person: '林帆', engagement: '商城众测' })
    expect(details.map((one) => one.value.zh)).toEqual(said)
    expect(title.zh.length * title.en.length).toBeGreaterThan(0)
  })
})

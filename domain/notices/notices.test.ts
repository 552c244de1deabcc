import { describe, expect, it } from 'vitest'
import { type Actor, type Post, type Role, roles } from '../access/actor.ts'
import { eventKinds } from '../audit/describe-event.ts'
import { noticesFrom, toldEvents } from './from-events.ts'
import { everyNoticeKind, kindsOnEngagement, leadsTo, mayBeTold, type NoticeKind, ownKinds, wordsOf } from './kinds.ts'

const person = (orgKind: Role, ...posts: Post[]): Actor => ({
  personId: 'per_lin',
  orgId: 'org_x',
  orgKind,
  posts,
  name: '林帆',
})
const happening = (kind: string, facts: object = {}) => ({
  kind,
  engagementId: 'eng_1',
  subject: 'sub_1',
  facts: facts as { [name: string]: unknown },
})
const toldBy = (kind: string, facts: object = {}) => noticesFrom([happening(kind, facts)])

describe('what people are told', () => {
  it('comes from events that exist', () => {
    expect(toldEvents.filter((kind) => !eventKinds.includes(kind))).toEqual([])
  })
  it.each(everyNoticeKind)('%s has words in both languages and a page of ours', (kind) => {
    const told = { facts: { to: 'closed', what: 'paid', act: 'pack', verdict: 'given' }, number: 'F-1', times: 1 }
    const words = wordsOf(kind, told)
    expect(words.zh).toMatch(/\p{Script=Han}/u)
    expect(words.en).toMatch(/^[A-Z][^\p{Script=Han}]+$/u)
    const page = leadsTo(kind, { engagementId: 'eng_1', findingId: 'fnd_1', times: 1 })
    expect(page).toMatch(/^\/[a-z]/)
    expect(page).not.toContain('//')
  })
  it('never holds a word of the event that is no state of ours', () => {
    const secret = '搜索参数可注入'
    const facts = { reason: secret, digest: secret, reasonDigest: secret, move: secret, audience: 'everyone' }
    for (const event of toldEvents) expect(JSON.stringify(toldBy(event, facts)), event).not.toContain(secret)
  })
  it('tells the organizer of a demand, the submitter and who must act next of a decision', () => {
    expect(toldBy('engagement.moved', { to: 'submitted' })).toMatchObject([
      { kind: 'engagement_submitted', to: { roles: ['organizer'] } },
    ])
    expect(toldBy('finding.moved', { to: 'demand_review' })).toMatchObject([
      { kind: 'finding_decided', to: { who: 'owner', of: 'findings', id: 'sub_1' } },
      { kind: 'finding_waits', to: { roles: ['demand'] } },
    ])
    expect(toldBy('finding.moved', { to: 'duplicate' })).toMatchObject([{ kind: 'finding_decided' }])
  })
  it('keeps an internal comment on its own side', () => {
    expect(toldBy('finding.commented', { audience: 'internal' })).toMatchObject([{ to: { who: 'own_side' } }])
    expect(toldBy('finding.commented', { audience: 'parties' })).toMatchObject([
      { to: { roles: ['demand', 'organizer', 'auditor'] } },
    ])
    expect(toldBy('finding.commented', { audience: 'everyone' })).toHaveLength(2)
  })
  it('says an end of the engagement once, not each lease that ended with it', () => {
    const told = noticesFrom([
      happening('engagement.moved', { to: 'window_closed' }),
      happening('lease.revoked', { personId: 'per_chen' }),
    ])
    expect(told.map(({ kind }) => kind)).toEqual(['engagement_moved'])
    expect(toldBy('lease.revoked', { personId: 'per_chen' })).toMatchObject([
      { kind: 'lease_changed', to: { who: 'person', personId: 'per_chen' } },
    ])
  })
})

describe('whoever lost the right', () => {
  it('is told nothing of it any more', () => {
    const worker = person('organizer', 'member')
    expect(mayBeTold(worker, 'finding_submitted', 'organizer')).toBe(true)
    expect(
      mayBeTold(
        { ...worker, posts: ['system_admin', 'security_admin', 'audit_admin'] },
        'finding_submitted',
        'organizer',
      ),
    ).toBe(false)
    expect(mayBeTold(worker, 'finding_submitted', null)).toBe(false)
    expect(kindsOnEngagement(worker, 'organizer')).toContain('finding_submitted')
    expect(
      kindsOnEngagement({ ...worker, posts: ['system_admin', 'security_admin', 'audit_admin'] }, 'organizer'),
    ).not.toContain('finding_submitted')
  })
  it('RMSV-9-7: is told abroad of nothing that shows a finding, unless the product is theirs', () => {
    const worker = person('auditor', 'member')
    expect(mayBeTold(worker, 'finding_commented', 'auditor', { inside: false })).toBe(false)
    expect(mayBeTold(worker, 'engagement_stopped', 'auditor', { inside: false })).toBe(true)
    expect(mayBeTold(person('demand', 'member'), 'finding_commented', 'demand', { inside: false })).toBe(true)
    expect(kindsOnEngagement(worker, 'auditor', false)).not.toContain('alert_raised')
  })
  it('approves nothing without a post that may', () => {
    expect(mayBeTold(person('demand', 'signatory'), 'approval_asked', null, { facts: { act: 'pack' } })).toBe(true)
    expect(mayBeTold(person('demand', 'member'), 'approval_asked', null, { facts: { act: 'pack' } })).toBe(false)
    expect(mayBeTold(person('demand', 'signatory'), 'approval_asked', null, { facts: { act: 'anything' } })).toBe(false)
  })
  it('is told of nothing but the own account without any post', () => {
    for (const role of roles) expect(kindsOnEngagement(person(role), role)).toEqual([])
    const own: readonly NoticeKind[] = ['account_security', 'own_posts_changed', 'approval_decided']
    for (const kind of own) expect(ownKinds).toContain(kind)
  })
})

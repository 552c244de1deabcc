import { conductQuiz } from '@zhongheng/registers/catalogues/conduct-quiz.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { move, takeLease } from '@zhongheng/tools/demo/prepare.ts'
import { sql } from 'kysely'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { validResidentNumber } from './directory.ts'

let stage: Stage
let cast: Cast
let id: string
/** A third tester, who comes late. */
let bai: Person & { personId: string }
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  bai = (await stage.house('tester', '白帆', [{ login: 'bai-fan' }])).people['bai-fan'] as typeof bai
  id = await inTesting(stage, cast)
})
afterAll(() => stage.close())

const params = () => ({ engagementId: id })
const ask = (person: Person, documentNumber: string, documentKind: 'cn_id' | 'passport' = 'passport') =>
  person.call('POST /api/testers/me/identity', {
    body: { realName: '白帆', documentKind, documentNumber, skills: [] },
  })
const decide = (person: Person, enrollment: { enrollmentId: string; version: number }, verdict: string) =>
  person.call('POST /api/engagements/:engagementId/enrollments/:enrollmentId/decision', {
    params: { engagementId: id, enrollmentId: enrollment.enrollmentId },
    body: { verdict: verdict as 'admit', reason: '按程序处理', version: enrollment.version },
  })
const enrollmentOf = async (personId: string) => {
  const { enrollments } = await cast.organizer.call('GET /api/engagements/:engagementId/enrollments', {
    params: params(),
  })
  const found = enrollments.find((one) => one.personId === personId)
  if (!found) throw new Error('not enrolled')
  return found
}
const lease = (person: Person) => person.call('POST /api/engagements/:engagementId/leases', { params: params() })
const setLease = (person: Person, leaseId: string, state: 'active' | 'suspended' | 'revoked') =>
  person.call('POST /api/engagements/:engagementId/leases/:leaseId/state', {
    params: { engagementId: id, leaseId },
    body: { state, reason: '核实异常流量' },
  })

describe('the identity of a tester', () => {
  it.each([
    ['11010519491231002X', true],
    ['11010519491231002x', true],
    ['440524188001010014', true],
    ['110105194912310021', false],
    ['44052418800101001', false],
    ['4405241880010100140', false],
    ['A40524188001010014', false],
    ['', false],
  ])('by resident number %s has a right check digit: %s', (number, right) => {
    expect(validResidentNumber(number)).toBe(right)
  })
  it('by a resident number with a wrong digit is refused with the field', async () => {
    const response = await bai.fetch('POST /api/testers/me/identity', {
      body: { realName: '白帆', documentKind: 'cn_id', documentNumber: '110105194912310021', skills: [] },
    })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ fields: [{ field: 'body.documentNumber' }] })
  })
  it('is one account’s only: the same document again is refused, however it is spelled', async () => {
    const { personId } = await cast.tester.call('GET /api/me', {})
    const taken = `P${personId.slice(-12)}`
    for (const spelling of [
      taken,
      taken.toLowerCase(),
      `${taken.slice(0, 4)} ${taken.slice(4)}`,
      `${taken.slice(0, 4)}-${taken.slice(4)}`,
    ])
      await expect(ask(bai, spelling), spelling).rejects.toMatchObject({ status: 422, rule: 'SOD-1' })
  })
  it('is judged when its owner asked for that, and once', async () => {
    const me = await bai.call('GET /api/testers/me', {})
    const { personId } = await cast.tester.call('GET /api/me', {})
    const { version } = await cast.tester.call('GET /api/testers/me', {})
    for (const params of [
      { personId: bai.personId, version: me.version },
      { personId, version },
    ])
      await expect(
        cast.organizer.call('POST /api/testers/:personId/identity-decision', {
          params: { personId: params.personId },
          body: { verdict: 'refused', reason: '证件与本人不符', version: params.version },
        }),
      ).rejects.toMatchObject({ status: 409, rule: 'IDENTITY-1' })
  })
  it('given by two accounts at the same moment goes to one of them', async () => {
    const other = (await stage.house('tester', '白舟', [{ login: 'bai-zhou' }])).people['bai-zhou'] as Person
    const answers = await Promise.allSettled([ask(bai, 'P-2026-77'), ask(other, 'P202677')])
    const refused = answers.filter((one) => one.status === 'rejected').map((one) => one.reason as { status: number })
    expect(refused).toHaveLength(1)
    expect([409, 422]).toContain(refused[0]?.status)
  })
  it('once verified does not change any more', async () => {
    await expect(ask(cast.tester, 'P-another-1')).rejects.toMatchObject({ status: 409, rule: 'IDENTITY-2' })
  })
  it('keeps no document number, neither readable in the database nor in an event', async () => {
    const { rows } = await sql<{ text: string }>`
      select (select json_agg(testers)::text from testers) || (select string_agg(leaf, '') from events) as text`.execute(
      stage.deps.database.kysely,
    )
    for (const word of ['202677', 'P-2026', '白帆"']) expect(rows[0]?.text).not.toContain(word)
  })
})

describe('a tester who joins', () => {
  it('needs a verified identity and a grade first', async () => {
    const me = await bai.call('GET /api/testers/me', {})
    const apply = () =>
      bai.call('POST /api/engagements/:engagementId/applications', {
        params: params(),
        body: { statement: '熟悉接口测试，可全程参与。', conflicts: '无' },
      })
    await expect(apply()).rejects.toMatchObject({ status: 422, rule: 'GBT43741-5.1-11' })
    const asked = me.identity === 'asked' ? me : await ask(bai, 'P-2026-99')
    const verified = await cast.organizer.call('POST /api/testers/:personId/identity-decision', {
      params: { personId: bai.personId },
      body: { verdict: 'verified', reason: '已核对原件', version: asked.version },
    })
    await expect(apply()).rejects.toMatchObject({ status: 422, rule: 'GBT43741-4.1-06' })
    await cast.organizer.call('POST /api/testers/:personId/grade', {
      params: { personId: bai.personId },
      body: { grade: 2, basis: 'interview', note: '面谈良好', version: verified.version },
    })
    const applied = await apply()
    expect(applied.state).toBe('applied')
    await expect(apply()).rejects.toMatchObject({ rule: 'ENROLL-1' })
  })
  it('is one who tests: who audits the house, keeps its rights or runs its machines does not apply', async () => {
    const posts = ['audit_admin', 'security_admin', 'system_admin'] as const
    const { people } = await stage.house('tester', '白雪', [{ login: 'bai-xue', posts }])
    const apply = (people['bai-xue'] as Person).call('POST /api/engagements/:engagementId/applications', {
      params: params(),
      body: { statement: '熟悉接口测试，可全程参与。', conflicts: '无' },
    })
    await expect(apply).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
  })
  it('sees no engagement before admission, and no target before the pledge', async () => {
    const read = (key: string, more = {}) => bai.fetch(key, { params: { ...params(), ...more } })
    expect((await read('GET /api/engagements/:engagementId')).status).toBe(404)
    await decide(cast.organizer, await enrollmentOf(bai.personId), 'admit')
    for (const verdict of ['admit', 'decline'])
      await expect(decide(cast.organizer, await enrollmentOf(bai.personId), verdict)).rejects.toMatchObject({
        status: 409,
        rule: 'ENROLL-2',
      })
    const page = await bai.call('GET /api/engagements/:engagementId', { params: params() })
    expect(page.myRole).toBe('tester')
    for (const key of ['scope', 'proofs']) {
      const refused = await read(`GET /api/engagements/:engagementId/${key}`)
      expect([refused.status, ((await refused.json()) as { rule: string }).rule], key).toEqual([422, 'GBT43741-5.1-06'])
    }
    const { letters } = await bai.call('GET /api/engagements/:engagementId/letters', { params: params() })
    expect(
      (await read('GET /api/engagements/:engagementId/letters/:letterId/file.pdf', { letterId: letters[0]?.letterId }))
        .status,
    ).toBe(422)
    expect(JSON.stringify([page, letters])).not.toContain(stage.target.host)
  })
  it('takes quiz, pledge and lease in this order', async () => {
    const pledge = await bai.call('GET /api/engagements/:engagementId/pledge', { params: params() })
    const sign = (digest: string) =>
      bai.call('POST /api/engagements/:engagementId/pledge', { params: params(), body: { digest, agreed: true } })
    await expect(lease(bai)).rejects.toMatchObject({ rule: 'GBT43741-5.1-15' })
    await expect(sign(pledge.digest)).rejects.toMatchObject({ status: 409, rule: 'GBT43741-5.1-15' })
    const answers = Object.fromEntries(conductQuiz.map((question) => [question.id, (question.right + 1) % 2]))
    const failed = await bai.call('POST /api/engagements/:engagementId/quiz', { params: params(), body: { answers } })
    expect(failed.passed).toBe(false)
    expect(failed.wrong[0]?.ruleText.zh.length).toBeGreaterThan(4)
    const right = Object.fromEntries(conductQuiz.map((question) => [question.id, question.right]))
    await bai.call('POST /api/engagements/:engagementId/quiz', { params: params(), body: { answers: right } })
    await expect(lease(bai)).rejects.toMatchObject({ rule: 'GBT43741-5.1-14' })
    await expect(sign('0'.repeat(64)), 'an old wording').rejects.toMatchObject({ status: 409, rule: 'GBT43741-5.1-14' })
    await sign(pledge.digest)
    expect((await lease(bai)).lease.state).toBe('active')
    expect((await bai.fetch('GET /api/engagements/:engagementId/scope', { params: params() })).status).toBe(200)
  })
  it('does not pass the quiz backwards: a later wrong try takes nothing away', async () => {
    await bai.call('POST /api/engagements/:engagementId/quiz', { params: params(), body: { answers: {} } })
    expect((await enrollmentOf(bai.personId)).quizPassed).toBe(true)
  })
})

describe('a lease', () => {
  const current = async () =>
    (await bai.call('GET /api/engagements/:engagementId/leases', { params: params() })).leases[0] as {
      leaseId: string
      state: string
    }

  it('is replaced by its tester at will: the former ends', async () => {
    const before = await current()
    await lease(bai)
    const { leases } = await bai.call('GET /api/engagements/:engagementId/leases', { params: params() })
    expect(leases.find((one) => one.leaseId === before.leaseId)?.state).toBe('revoked')
    expect(leases.filter((one) => one.state === 'active')).toHaveLength(1)
  })
  it('that the auditor suspended cannot be walked round by taking another', async () => {
    const { leaseId } = await current()
    await setLease(cast.auditor, leaseId, 'suspended')
    await expect(setLease(cast.organizer, leaseId, 'suspended')).rejects.toMatchObject({ status: 409, rule: 'LEASE-4' })
    await expect(lease(bai)).rejects.toMatchObject({ status: 422, rule: 'LEASE-5' })
    await expect(setLease(bai, leaseId, 'active')).rejects.toMatchObject({ status: 403 })
    await setLease(cast.organizer, leaseId, 'active')
    expect((await lease(bai)).lease.state).toBe('active')
  })
  it('given back by its tester does not bar a new one', async () => {
    await setLease(bai, (await current()).leaseId, 'revoked')
    expect((await lease(bai)).lease.state).toBe('active')
  })
  it('once revoked stays so', async () => {
    const { leaseId } = await current()
    await setLease(cast.auditor, leaseId, 'revoked')
    await expect(setLease(cast.organizer, leaseId, 'active')).rejects.toMatchObject({ status: 409, rule: 'LEASE-3' })
  })
  it('that the auditor revoked bars a new one until the organizer invites anew; then everything begins again', async () => {
    await expect(lease(bai)).rejects.toMatchObject({ status: 422, rule: 'LEASE-6' })
    await takeLease(bai, id, join(stage.folder, 'again.pem')).catch((error: unknown) =>
      expect(error).toMatchObject({ rule: 'LEASE-6' }),
    )
    await decide(cast.organizer, await enrollmentOf(bai.personId), 'remove')
    expect((await bai.fetch('GET /api/engagements/:engagementId', { params: params() })).status).toBe(404)
    const invited = await cast.organizer.call('POST /api/engagements/:engagementId/tester-invitations', {
      params: params(),
      body: { personId: bai.personId },
    })
    expect(invited).toMatchObject({ state: 'invited', quizPassed: false, pledgedAt: null })
    await decide(bai, invited, 'accept')
    await expect(lease(bai)).rejects.toMatchObject({ rule: 'GBT43741-5.1-15' })
    await takeLease(bai, id, join(stage.folder, 'anew.pem'))
    expect((await current()).state).toBe('active')
  })
  it('ends with the removal of its tester, as an event of its own', async () => {
    const { leaseId } = await current()
    await decide(cast.organizer, await enrollmentOf(bai.personId), 'remove')
    const { entries } = await cast.auditor.call('GET /api/engagements/:engagementId/ledger', {
      params: params(),
      query: { limit: 5 },
    })
    expect(entries.map((one) => [one.kind, one.subject])).toContainEqual(['lease.revoked', leaseId])
  })
})

describe('separation of roles', () => {
  it('an organisation that is a side of the engagement cannot send testers into it', async () => {
    await sql`update parties set role = 'auditor' where engagement_id = ${id} and org_id = ${cast.orgIds.tester2} `.execute(
      stage.deps.database.kysely,
    )
    const he = await cast.tester2.call('GET /api/me', {})
    await sql`update enrollments set state = 'applied' where engagement_id = ${id} and person_id = ${he.personId}`.execute(
      stage.deps.database.kysely,
    )
    await expect(decide(cast.organizer, await enrollmentOf(he.personId), 'admit')).rejects.toMatchObject({
      status: 422,
      rule: 'SOD-1',
    })
    await sql`update parties set role = 'tester' where engagement_id = ${id} and org_id = ${cast.orgIds.tester2}`.execute(
      stage.deps.database.kysely,
    )
  })
})

describe('the offers to a tester', () => {
  it('hold what the plan in force announces, and nothing that is withdrawn', async () => {
    const announced = async () =>
      (await bai.call('GET /api/offers', {})).offers
        .filter((one) => one.engagementId === id)
        .map((one) => one.announcement)
    const [first] = await announced()
    expect(first).toContain('商城安全众测')
    await sql`update engagement_records set withdrawn_at = now() where engagement_id = ${id} and kind = 'test_plan'`.execute(
      stage.deps.database.kysely,
    )
    expect(await announced()).toEqual([''])
    await sql`update engagement_records set withdrawn_at = null where engagement_id = ${id} and kind = 'test_plan'`.execute(
      stage.deps.database.kysely,
    )
  })
})

describe('an engagement that is over', () => {
  it('takes nobody in any more and gives no lease', async () => {
    const he = await cast.tester2.call('GET /api/me', {})
    const waiting = await enrollmentOf(he.personId)
    await move(cast.organizer, id, 'end_early', '测试目标已经全部完成，提前结束。')
    await expect(decide(cast.organizer, waiting, 'admit')).rejects.toMatchObject({ status: 409, rule: 'STATE-1' })
    await expect(lease(cast.tester)).rejects.toMatchObject({ status: 409, rule: 'STATE-1' })
  })
})

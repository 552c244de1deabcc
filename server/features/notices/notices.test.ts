import type { NoticeView } from '@zhongheng/contracts/http/notices.ts'
import { ownKinds } from '@zhongheng/domain/notices/kinds.ts'
import { type Clock, clockAt, days, hours, minutes } from '@zhongheng/domain/shared/clock.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { move } from '@zhongheng/tools/demo/prepare.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { remindOfWindows } from '../../jobs/clock.ts'
import { sweep } from '../../jobs/sweep.ts'

let stage: Stage
let cast: Cast
let engagementId: string
let findingId: string
const clock: Clock & { advance(milliseconds: number): void } = clockAt(new Date().toISOString())
beforeAll(async () => {
  stage = await openStage({ clock })
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast, '商城众测')
}, 120_000)
afterAll(() => stage.close())

const told = async (person: Person, kind?: NoticeView['kind']): Promise<NoticeView[]> =>
  (await person.call('GET /api/notices', {})).notices.filter((one) => kind === undefined || one.kind === kind)
const unread = async (person: Person): Promise<number> => (await person.call('GET /api/notices/unread', {})).unread
/** Acts of people never come in one and the same millisecond. */
const later = (): void => clock.advance(1000)
const readAll = async (person: Person): Promise<void> => {
  later()
  await person.call('POST /api/notices/read', { body: { until: clock.now().toISOString() } })
}
const comment = (person: Person, audience: 'internal' | 'parties' | 'everyone', body: string) => {
  later()
  return person.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
    params: { engagementId, findingId },
    body: { audience, body },
  })
}
const moveIt = async (person: Person, body: object, version: number) => {
  later()
  return person.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
    params: { engagementId, findingId },
    body: { ...body, version } as never,
  })
}
/** After a jump of the clock everybody signs in anew. */
const again = (login: string) => Person.signIn(stage.base, login, password)

describe('notices in the product', () => {
  it('are all there is where no mail is sent: nobody is asked for an address', async () => {
    const given = cast.organizer.call('PUT /api/account/mail', { body: { address: 'zhou@zhongheng.example' } })
    await expect(given).rejects.toMatchObject({ status: 422, rule: 'MAIL-1' })
  })
  it('are there with the act that they tell of, for who must act, and not for who did it', async () => {
    for (const person of [cast.organizer, cast.organizer2, cast.demand, cast.auditor, cast.tester, cast.tester2])
      await readAll(person)
    findingId = await submittedFinding(stage, engagementId, cast.tester, { title: '商品搜索存在 SQL 注入' })
    const [one] = await told(cast.organizer, 'finding_submitted')
    expect(one).toMatchObject({
      engagementId,
      engagementTitle: '商城众测',
      href: `/engagements/${engagementId}/findings/${findingId}`,
      times: 1,
      read: false,
    })
    expect(await unread(cast.organizer)).toBe(1)
    for (const other of [cast.tester, cast.tester2, cast.demand, cast.auditor]) expect(await unread(other)).toBe(0)
  })
  it('hold no word that somebody wrote, neither for who may read it nor in the table', async () => {
    await comment(cast.organizer, 'parties', '请核对搜索参数的拼接。')
    const rows = await stage.deps.database.kysely.selectFrom('notices').selectAll().execute()
    const everything = JSON.stringify([rows, await told(cast.organizer), await told(cast.auditor)])
    expect(everything).not.toMatch(/SQL|搜索|拼接/)
  })
  it('say nothing of a finding to the demand side before it is passed on, not even by a number', async () => {
    // The comment above was for the parties; the demand side is one of them, but knows of no finding yet.
    expect(await told(cast.auditor, 'finding_commented')).toHaveLength(1)
    expect(await told(cast.demand, 'finding_commented')).toEqual([])
    expect(await unread(cast.demand)).toBe(0)
    await moveIt(cast.organizer, { move: 'take_up' }, 1)
    await moveIt(
      cast.organizer,
      { move: 'pass', reason: '已在授权范围内复现，证据充分。', severity: 'high', cites: '范围 1' },
      2,
    )
    expect(await told(cast.demand, 'finding_waits')).toHaveLength(1)
    expect(await told(cast.demand, 'finding_commented')).toEqual([])
    const [mine] = await told(cast.tester, 'finding_decided')
    expect(mine?.text.en).toMatch(/^Your finding \S+ is now: With the demand side$/)
  })
  it('keep an internal comment on its own side', async () => {
    for (const person of [cast.organizer2, cast.demand, cast.tester, cast.auditor]) await readAll(person)
    await comment(cast.organizer, 'internal', '内部：先不要回复。')
    expect(await unread(cast.organizer2)).toBe(1)
    for (const other of [cast.demand, cast.tester, cast.auditor]) expect(await unread(other)).toBe(0)
  })
  it('gather while they are unread: eight comments are one notice', async () => {
    await readAll(cast.demand)
    for (let times = 0; times < 8; times++) await comment(cast.auditor, 'parties', `第 ${times} 条意见`)
    const [one, ...more] = await told(cast.demand, 'finding_commented')
    expect(more).toEqual([])
    expect(one?.times).toBe(8)
    expect(await unread(cast.demand)).toBe(1)
    await readAll(cast.demand)
    await comment(cast.auditor, 'parties', '又一条意见')
    expect((await told(cast.demand, 'finding_commented')).map(({ times, read }) => [times, read])).toEqual([
      [1, false],
      [8, true],
    ])
  })
  it('are read one by one or all up to a moment, each by their own reader alone', async () => {
    const [one] = await told(cast.demand, 'finding_commented')
    const params = { noticeId: one?.noticeId ?? '' }
    const foreign = await cast.auditor.fetch('POST /api/notices/:noticeId/read', { params })
    expect(foreign.status).toBe(404)
    expect(await unread(cast.demand)).toBe(1)
    await cast.demand.call('POST /api/notices/:noticeId/read', { params })
    expect(await unread(cast.demand)).toBe(0)
  })
  it('come a page at a time, newest first, each once', async () => {
    const whole = await told(cast.organizer2)
    expect(whole.length).toBeGreaterThan(2)
    const paged: string[] = []
    for (let after: string | undefined; ; ) {
      const page = await cast.organizer2.call('GET /api/notices', { query: { limit: 1, ...(after ? { after } : {}) } })
      paged.push(...page.notices.map(({ noticeId }) => noticeId))
      if (page.next === null) break
      after = page.next
    }
    expect(paged).toEqual(whole.map(({ noticeId }) => noticeId))
    expect(whole.map(({ at }) => at)).toEqual(
      whole
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    )
  })
  it('tell every side of a stop at once, and the tester of the own lease', async () => {
    await move(cast.auditor, engagementId, 'stop', '发现异常流量，先行暂停核实。')
    for (const person of [cast.demand, cast.organizer, cast.tester, cast.tester2])
      expect(await told(person, 'engagement_stopped')).toMatchObject([{ urgent: true }])
    const { leases } = await cast.tester.call('GET /api/engagements/:engagementId/leases', { params: { engagementId } })
    await cast.organizer.call('POST /api/engagements/:engagementId/leases/:leaseId/state', {
      params: { engagementId, leaseId: leases[0]?.leaseId ?? '' },
      body: { state: 'revoked', reason: '停止期间收回。' },
    })
    expect((await told(cast.tester, 'lease_changed'))[0]?.text.en).toBe('Your access lease was revoked')
    expect(await told(cast.tester2, 'lease_changed')).toEqual([])
  })
})

describe('a right that ends takes the notice along', () => {
  it('from list and count: a post that was given up, an engagement that one is no party of', async () => {
    const before = await told(cast.organizer2, 'finding_commented')
    expect(before.length).toBeGreaterThan(0)
    const me = await cast.organizer2.call('GET /api/me', {})
    await pastTriggers(stage.deps.settings.databaseUrl, [
      `update persons set posts = '{admin}' where id = $1`,
      [me.personId],
    ])
    const asAdmin = await again('wu-cheng')
    expect(await told(asAdmin, 'finding_commented')).toEqual([])
    expect((await told(asAdmin)).length).toBe(
      (await asAdmin.call('GET /api/notices', { query: { limit: 200 } })).notices.length,
    )
    const counted = await unread(asAdmin)
    expect(counted).toBe((await asAdmin.call('GET /api/notices', { query: { unread: 'true' } })).notices.length)
    await pastTriggers(stage.deps.settings.databaseUrl, [
      `update persons set posts = '{admin,member}' where id = $1`,
      [me.personId],
    ])
    expect(await told(await again('wu-cheng'), 'finding_commented')).toHaveLength(before.length)

    expect(await unread(cast.tester2)).toBeGreaterThan(0)
    const away = `delete from parties where engagement_id = $1 and org_id = $2`
    await pastTriggers(stage.deps.settings.databaseUrl, [away, [engagementId, cast.orgIds.tester2]])
    const left = await told(cast.tester2)
    expect(left.filter(({ kind }) => !ownKinds.includes(kind))).toEqual([])
    expect(left.map(({ engagementTitle }) => engagementTitle ?? '').join('')).toBe('')
    expect(left.filter(({ read }) => !read)).toHaveLength(await unread(cast.tester2))
  })
})

describe('what one is told of the own account', () => {
  it('comes also when one did it oneself: it may have been somebody else', async () => {
    const elsewhere = await Person.signIn(stage.base, 'fang-a', password)
    expect(await told(elsewhere, 'account_security')).toMatchObject([
      { urgent: true, href: '/account/security', engagementId: null },
    ])
  })
  it('names no other person’s account', async () => {
    expect(await told(cast.tester2, 'account_security')).toEqual([])
  })
})

describe('a bell that rings by itself', () => {
  const listen = async (person: Person) => {
    const response = await fetch(`${stage.base}/api/notices/live`, { headers: { cookie: person.cookie } })
    let text = ''
    const reading = (async () => {
      for await (const part of response.body as unknown as AsyncIterable<Uint8Array>)
        text += Buffer.from(part).toString()
    })()
    return { text: () => text, changes: () => text.split('event: changed').length - 1, reading }
  }
  it('says “changed” to whom it concerns, nothing more, and ends with the login', async () => {
    const [fang, lin] = [await again('fang-a'), await again('lin-a')]
    const [hers, his] = [await listen(fang), await listen(lin)]
    await expect.poll(() => hers.changes() * his.changes(), { timeout: 5000 }).toBeGreaterThan(0)
    const [before, beforeHis] = [hers.changes(), his.changes()]
    await comment(cast.demand, 'parties', '已收到。')
    await expect.poll(hers.changes, { timeout: 5000 }).toBeGreaterThan(before)
    // Lin's own comment is no news to Lin.
    expect(his.changes()).toBe(beforeHis)
    expect(hers.text().replace(/event: changed\ndata: \{\}\n\n|retry: 2000\n\n|: still here\n\n/g, '')).toBe('')
    await fang.fetch('POST /api/sign-out', {})
    await comment(cast.demand, 'parties', '再看一次。')
    await hers.reading
    expect(hers.text()).toMatch(/event: ended\ndata: \{\}\n\n$/)
    await lin.fetch('POST /api/sign-out', {})
    await comment(cast.auditor, 'parties', '好的。')
    await his.reading
  })
  it('keeps nobody’s login from falling idle: the page asks, not the person', async () => {
    const wu = await again('wu-cheng')
    clock.advance(minutes(90))
    expect((await wu.fetch('GET /api/notices/unread', {})).status).toBe(200)
    clock.advance(minutes(40))
    expect((await wu.fetch('GET /api/notices/unread', {})).status).toBe(401)
    const other = await again('wu-cheng')
    clock.advance(minutes(90))
    expect((await other.fetch('GET /api/notices', {})).status).toBe(200)
    clock.advance(minutes(40))
    expect((await other.fetch('GET /api/notices/unread', {})).status).toBe(200)
  })
})

describe('time', () => {
  it('a window of more than two days is told of once, a day before it ends', async () => {
    const now = clock.now().getTime()
    const set = `update engagements set window_opens = $2, window_closes = $3, state = 'testing' where id = $1`
    const moment = (span: number) => new Date(now + span)
    await pastTriggers(stage.deps.settings.databaseUrl, [set, [engagementId, moment(-hours(1)), moment(hours(20))]])
    expect(await remindOfWindows(stage.deps)).toBe(0)
    await pastTriggers(stage.deps.settings.databaseUrl, [set, [engagementId, moment(-days(3)), moment(hours(20))]])
    expect(await remindOfWindows(stage.deps)).toBe(1)
    expect(await remindOfWindows(stage.deps)).toBe(0)
    expect(await told(await again('lin-a'), 'window_nears_end')).toHaveLength(1)
  })
  it('forgets notices of half a year ago', async () => {
    clock.advance(days(181))
    await sweep(stage.deps)
    const { rows } = await sql<{ left: number }>`select count(*)::int as left from notices`.execute(
      stage.deps.database.kysely,
    )
    expect(rows).toEqual([{ left: 0 }])
  })
})

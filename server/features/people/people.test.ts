import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cast } from '@zhongheng/testing/scenes/crowd-test.ts'
import { assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { clockAt, days, hours, minutes } from '@zhongheng/domain/shared/clock.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listenTo } from '../../database/listen.ts'
import { prepareSetup } from './setup.ts'

const clock = clockAt(new Date().toISOString())
let stage: Stage
beforeAll(async () => {
  stage = await openStage({ clock })
})
afterAll(() => stage.close())

const good = 'Wolke-9-ueber-Hangzhou'
type Refused = {
  rule?: string
  detail: string
  fields: { field: string; limit: { en: string }; fix: { en: string } }[]
}
const stranger = () => new Person(stage.base, 'somebody')
const tell = async (response: Response) => ({ status: response.status, body: (await response.json()) as Refused })
const signIn = (login: string, secret: string, person = stranger()) =>
  person.fetch('POST /api/sign-in', { body: { login, password: secret } })

/** Attempts are counted per address, and all of these tests come from one. */
const forgetAttempts = () => sql`delete from throttles`.execute(stage.deps.database.kysely)

describe('the set-up link of an empty installation', () => {
  const body = (token: string, login = 'qian-li') => ({
    token,
    organisation: '众衡',
    jurisdiction: 'CN' as const,
    name: '钱礼',
    login,
    password: good,
  })
  let token: string

  it('is made at the start into a file that only the server’s account reads, and stays the same until it is used', async () => {
    await mkdir(stage.deps.settings.dataFolder, { recursive: true })
    const link = (await prepareSetup(stage.deps)) ?? ''
    token = new URL(link).hash.replace('#token=', '')
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(await prepareSetup(stage.deps)).toBe(link)
    const file = join(stage.deps.settings.dataFolder, 'setup-link.txt')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).toContain(link)
    expect(await stranger().call('GET /api/setup', {})).toEqual({ needed: true })
  })
  it('does not open for a guess', async () => {
    const { status, body: refused } = await tell(
      await stranger().fetch('POST /api/setup', { body: body('x'.repeat(43)) }),
    )
    expect([status, refused.rule]).toEqual([422, 'SETUP-1'])
  })
  it.each([
    ['short', 'Kurz-1'],
    ['of two kinds of characters', 'nurkleinbuchstaben77'],
    ['with the login name in it', 'Qian-li-2026-sicher'],
    ['that everybody knows', 'Password-123'],
  ])('asks for a password that is not %s, and says field, limit and fix', async (_what, weak) => {
    const { status, body: refused } = await tell(
      await stranger().fetch('POST /api/setup', { body: { ...body(token), password: weak } }),
    )
    expect(status).toBe(422)
    expect(refused.fields[0]).toMatchObject({
      field: 'body.password',
      limit: { en: expect.stringMatching(/\w/) as string },
      fix: { en: expect.stringMatching(/\w/) as string },
    })
  })
  it('makes one organizer of two who race for it, and is spent', async () => {
    const answers = await Promise.all(
      ['qian-li', 'sun-ce'].map((login) => stranger().fetch('POST /api/setup', { body: body(token, login) })),
    )
    expect(answers.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([201, 422])
    const again = await tell(await stranger().fetch('POST /api/setup', { body: body(token, 'somebody-else') }))
    expect([again.status, again.body.rule]).toEqual([422, 'SETUP-1'])
    expect(await stranger().call('GET /api/setup', {})).toEqual({ needed: false })
    expect(await prepareSetup(stage.deps)).toBeNull()
    await expect(stat(join(stage.deps.settings.dataFolder, 'setup-link.txt'))).rejects.toThrow('ENOENT')
  })
})

describe('signing in', () => {
  beforeAll(async () => {
    await forgetAttempts()
    await stage.house('demand', '云帆', [{ login: 'lin-fan' }, { login: 'gao-yuan', posts: ['member'] }])
    await forgetAttempts()
  })

  it('answers an unknown login and a wrong password with the same bytes', async () => {
    const wrong = await tell(await signIn('lin-fan', 'falsch'))
    const unknown = await tell(await signIn('nobody-here', 'falsch'))
    expect(wrong).toEqual(unknown)
    expect([wrong.status, wrong.body.rule]).toEqual([401, 'LOGIN-4'])
  })
  it('takes the login name in any case, and never the password', async () => {
    expect((await signIn('LIN-FAN', password)).status).toBe(200)
    expect((await signIn('lin-fan', password.toLowerCase())).status).toBe(401)
  })
  it('gives a cookie that no script reads and no other site sends', async () => {
    const response = await signIn('lin-fan', password)
    expect(response.headers.getSetCookie()[0]).toMatch(/^zh_login=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  })
  it('keeps only digests: neither token nor password stands in the database', async () => {
    const person = stranger()
    const token = /zh_login=([^;]+)/.exec(
      (await signIn('lin-fan', password, person)).headers.getSetCookie()[0] ?? '',
    )?.[1]
    const { rows } = await sql<{ all: string }>`
      select (select json_agg(logins)::text from logins) || (select json_agg(credentials)::text from credentials) as all`.execute(
      stage.deps.database.kysely,
    )
    expect(rows[0]?.all).not.toContain(token)
    expect(rows[0]?.all).not.toContain(password)
    expect(rows[0]?.all).toContain('$argon2id$')
  })
  it('is refused at the eleventh attempt in ten minutes, right or wrong, and only for that name', async () => {
    await forgetAttempts()
    for (let n = 0; n < 10; n++) expect((await signIn('gao-yuan', 'falsch')).status).toBe(401)
    const { status, body } = await tell(await signIn('gao-yuan', password))
    expect([status, body.rule, body.fields[0]?.field]).toEqual([429, 'LOGIN-2', 'login'])
    expect((await signIn('lin-fan', password)).status).toBe(200)
    clock.advance(minutes(10) + 1)
    expect((await signIn('gao-yuan', password)).status).toBe(200)
  })
  it('does not lock the owner out in a browser that knows the account, however much is guessed elsewhere', async () => {
    await forgetAttempts()
    const own = await Person.signIn(stage.base, 'gao-yuan', password)
    for (let n = 0; n < 11; n++) await signIn('gao-yuan', 'falsch')
    expect((await signIn('gao-yuan', password)).status).toBe(429)
    expect((await signIn('gao-yuan', password, own)).status).toBe(200)
  })
  it('does not count a right password as a guess, and forgets mistypes in a browser that knows the account', async () => {
    await forgetAttempts()
    for (let n = 0; n < 12; n++) expect((await signIn('gao-yuan', password)).status).toBe(200)
    const own = await Person.signIn(stage.base, 'gao-yuan', password)
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 8; n++) await signIn('gao-yuan', 'falsch', own)
      expect((await signIn('gao-yuan', password, own)).status).toBe(200)
    }
  })
})

describe('a login', () => {
  const me = async (person: Person) => (await person.fetch('GET /api/me', {})).status
  const fresh = async (): Promise<Person> => {
    await forgetAttempts()
    return Person.signIn(stage.base, 'lin-fan', password)
  }

  it('ends with signing out, on the server and not only in the browser', async () => {
    const person = await fresh()
    const thief = stranger()
    const copied = { headers: { cookie: person.cookie } }
    expect((await thief.send('GET /api/me', copied)).status).toBe(200)
    expect((await person.fetch('POST /api/sign-out', {})).status).toBe(204)
    expect([await me(person), (await thief.send('GET /api/me', copied)).status]).toEqual([401, 401])
  })
  it('leaves the person’s other logins alone', async () => {
    const [one, other] = [await fresh(), await fresh()]
    await one.fetch('POST /api/sign-out', {})
    expect(await me(other)).toBe(200)
  })
  it('ends after two hours without a request, and lives on with one', async () => {
    const person = await fresh()
    clock.advance(hours(2) - 1000)
    expect(await me(person)).toBe(200)
    clock.advance(hours(2) - 1000)
    expect(await me(person)).toBe(200)
    clock.advance(hours(2) + 1000)
    expect(await me(person)).toBe(401)
  })
  it('ends after twelve hours whatever happens', async () => {
    const person = await fresh()
    for (let hour = 0; hour < 11; hour++) {
      clock.advance(hours(1))
      expect(await me(person), `after ${hour + 1} h`).toBe(200)
    }
    clock.advance(hours(1) + 1000)
    expect(await me(person)).toBe(401)
  })
})

describe('an invitation', () => {
  let lin: Person
  const accept = (token: string, login: string) =>
    stranger().fetch('POST /api/invitations/acceptance', { body: { token, login, password: good } })
  const invited = async (): Promise<string> => {
    const { link } = await lin.call('POST /api/invitations', { body: { name: '韩舟', posts: ['member'] } })
    return new URL(link).hash.replace('#token=', '')
  }
  beforeAll(async () => {
    await forgetAttempts()
    lin = await Person.signIn(stage.base, 'lin-fan', password)
  })

  it('PUB-AU-11: makes a member of the inviting organisation with the posts it names, once', async () => {
    await forgetAttempts()
    const token = await invited()
    const response = await accept(token, 'han-zhou')
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ name: '韩舟', orgName: '云帆', posts: ['member'] })
    const again = await tell(await accept(token, 'han-zhou-2'))
    expect([again.status, again.body.rule]).toEqual([422, 'INVITE-1'])
  })
  it('makes one member of two who race for it', async () => {
    await forgetAttempts()
    const token = await invited()
    const answers = await Promise.all([accept(token, 'race-one'), accept(token, 'race-two')])
    expect(answers.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([201, 422])
  })
  it('is not spent by a login name that is taken, also when two choose it at the same moment', async () => {
    await forgetAttempts()
    const [one, other] = [await invited(), await invited()]
    const taken = await tell(await accept(one, 'lin-fan'))
    expect([taken.status, taken.body.rule, taken.body.fields[0]?.field]).toEqual([409, 'LOGIN-3', 'body.login'])
    const answers = await Promise.all([accept(one, 'same-name'), accept(other, 'same-name')])
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 409])
  })
  it('PUB-AU-11: lapses after seven days', async () => {
    await forgetAttempts()
    const token = await invited()
    clock.advance(days(7) + 1)
    const late = await tell(await accept(token, 'too-late'))
    expect([late.status, late.body.rule]).toEqual([422, 'INVITE-1'])
    await forgetAttempts()
    lin = await Person.signIn(stage.base, 'lin-fan', password)
  })
  it('PUB-AU-11 PUB-AU-05: carries its token where no server, log or Referer sees it', async () => {
    const { link } = await lin.call('POST /api/invitations', { body: { name: '韩舟', posts: ['member'] } })
    const { hash, search, pathname } = new URL(link)
    expect([search, pathname]).toEqual(['', '/invitations/accept'])
    expect(hash).toMatch(/^#token=[\w-]{43}$/)
  })
  it('PUB-AU-11: is worth nothing once it was taken back, which nobody of another house can do', async () => {
    await forgetAttempts()
    const { link, invitation } = await lin.call('POST /api/invitations', { body: { name: '韩舟', posts: ['member'] } })
    const params = { invitationId: invitation.invitationId }
    await stage.house('demand', '邻家', [{ login: 'neighbour' }])
    const neighbour = await Person.signIn(stage.base, 'neighbour', password)
    await expect(neighbour.call('DELETE /api/invitations/:invitationId', { params })).rejects.toMatchObject({
      status: 404,
    })
    await lin.call('DELETE /api/invitations/:invitationId', { params })
    const late = await tell(await accept(new URL(link).hash.replace('#token=', ''), 'taken-back'))
    expect([late.status, late.body.rule]).toEqual([422, 'INVITE-1'])
    const { invitations } = await lin.call('GET /api/members', {})
    expect(invitations.find((one) => one.invitationId === invitation.invitationId)?.endedAt).not.toBeNull()
    await expect(lin.call('DELETE /api/invitations/:invitationId', { params })).rejects.toMatchObject({ status: 404 })
  })
  it('PUB-AU-11: ends with the membership of who gave it, so that nobody who was removed comes back by it', async () => {
    await forgetAttempts()
    const { link } = await lin.call('POST /api/invitations', { body: { name: '杜临', posts: ['security_admin'] } })
    await accept(new URL(link).hash.replace('#token=', ''), 'du-lin')
    const du = await Person.signIn(stage.base, 'du-lin', good)
    const back = await du.call('POST /api/invitations', { body: { name: '杜临二', posts: ['security_admin'] } })
    const { members } = await lin.call('GET /api/members', {})
    const { personId, version } = members.find(({ login }) => login === 'du-lin') ?? { personId: '', version: 1 }
    await lin.call('PATCH /api/members/:personId', { params: { personId }, body: { state: 'removed', version } })
    const late = await tell(await accept(new URL(back.link).hash.replace('#token=', ''), 'du-lin-2'))
    expect([late.status, late.body.rule]).toEqual([422, 'INVITE-1'])
    const { entries } = await lin.call('GET /api/administration-record', { query: {} })
    expect(entries.find(({ kind }) => kind === 'member.invitation_ended')).toMatchObject({
      about: '杜临二',
      detail: { en: 'who gave it was removed' },
    })
  })
  it('PUB-AU-11: leads into the own organisation only: there is no field to name another', async () => {
    const response = await tell(
      await lin.fetch('POST /api/invitations', {
        body: { name: '韩舟', posts: ['member'], orgId: `org_${'0'.repeat(26)}` },
      }),
    )
    expect([response.status, response.body.rule]).toEqual([422, 'INPUT-1'])
  })
  it('is for administrators to give', async () => {
    const gao = await Person.signIn(stage.base, 'gao-yuan', password)
    const refused = await tell(
      await gao.fetch('POST /api/invitations', { body: { name: 'x', posts: ['security_admin'] } }),
    )
    expect([refused.status, refused.body.rule]).toEqual([403, 'ROLE-2'])
  })
})

describe('a member who is removed', () => {
  let cast: Cast
  let engagementId: string
  let admin: Person
  let chen: Person & { personId: string }
  beforeAll(async () => {
    clock.advance(Date.now() - clock.now().getTime())
    await forgetAttempts()
    cast = await assemble(stage, 'r')
    await forgetAttempts()
    engagementId = await inTesting(stage, cast)
    admin = cast.tester
    chen = cast.tester as Person & { personId: string }
    const { link } = await admin.call('POST /api/invitations', { body: { name: '卢管', posts: ['security_admin'] } })
    const token = new URL(link).hash.replace('#token=', '')
    admin = stranger()
    await admin.call('POST /api/invitations/acceptance', { body: { token, login: 'lu-guan', password: good } })
  })

  it('loses every login and lease at once, the lease as an event, and the gateway is told', async () => {
    let told = 0
    const listener = await listenTo(
      stage.deps.settings.databaseUrl,
      ['zh_policy'],
      () => told++,
      () => undefined,
    )
    told = 0
    const { members } = await admin.call('GET /api/members', {})
    const row = members.find((one) => one.personId === chen.personId)
    await admin.call('PATCH /api/members/:personId', {
      params: { personId: chen.personId },
      body: { state: 'removed', version: row?.version ?? 1 },
    })
    expect((await chen.fetch('GET /api/me', {})).status).toBe(401)
    expect((await signIn('chen-r', password)).status).toBe(401)
    const { leases } = await cast.auditor.call('GET /api/engagements/:engagementId/leases', {
      params: { engagementId },
    })
    expect(leases.find((one) => one.personId === chen.personId)?.state).toBe('revoked')
    const { events } = await cast.auditor.call('GET /api/engagements/:engagementId/timeline', {
      params: { engagementId },
    })
    expect(events[0]).toMatchObject({ kind: 'lease.revoked' })
    await expect.poll(() => told).toBe(1)
    await listener.stop()
  })
  it('is never the last administrator, neither by removal nor by losing the post', async () => {
    const { members } = await admin.call('GET /api/members', {})
    const lu = members.find((one) => one.name === '卢管')
    for (const change of [{ state: 'removed' as const }, { posts: ['member' as const] }]) {
      const refused = await tell(
        await admin.fetch('PATCH /api/members/:personId', {
          params: { personId: lu?.personId },
          body: { ...change, version: lu?.version },
        }),
      )
      expect([refused.status, refused.body.rule]).toEqual([409, 'MEMBER-1'])
    }
  })
  it('belongs to one organizer: a second house of that kind is not taken in', async () => {
    const wish = { name: '第二众测', kind: 'organizer' as const, jurisdiction: 'CN' as const, adminName: '赵管' }
    await expect(cast.organizer.call('POST /api/organisations', { body: wish })).rejects.toMatchObject({
      status: 422,
      rule: 'ORG-1',
    })
  })
  it('of another organisation is as absent as one who never was', async () => {
    const ask = async (personId: string) =>
      tell(
        await admin.fetch('PATCH /api/members/:personId', {
          params: { personId },
          body: { state: 'removed', version: 1 },
        }),
      )
    const other = (cast.demand as Person & { personId: string }).personId
    expect(await ask(other)).toEqual(await ask(`per_${'0'.repeat(26)}`))
  })
})

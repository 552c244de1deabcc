import { clockAt, days, minutes } from '@zhongheng/domain/shared/clock.ts'
import { features } from '@zhongheng/server/features/all.ts'
import { partsOf } from '@zhongheng/testing/access/sample-input.ts'
import { codeAt, enrolCodes as enrol } from '@zhongheng/testing/scenes/one-time-codes.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { randomBytes } from 'node:crypto'
import { makeId, type IdKind } from '@zhongheng/domain/shared/ids.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildApp } from '../../http/app.ts'
import { sweep } from '../../jobs/sweep.ts'
import { throttle } from '../../sign-in/throttle.ts'
import { passwordsCompared } from '../../sign-in/passwords.ts'

const clock = clockAt(new Date().toISOString())
let stage: Stage
beforeAll(async () => {
  stage = await openStage({ clock, settings: { trustedProxies: ['127.0.0.1'], secondFactor: 'optional' } })
  await stage.house('demand', '云帆', [
    { login: 'lin-fan' },
    { login: 'gao-yuan', posts: ['member'] },
    { login: 'su-wan', posts: ['system_admin', 'security_admin', 'audit_admin'] },
  ])
  await stage.house('organizer', '众衡', [{ login: 'zhou-heng' }, { login: 'wu-cheng' }])
})
afterAll(() => stage.close())
beforeEach(async () => {
  await sql`delete from throttles`.execute(stage.deps.database.kysely)
})

type Refused = { rule?: string; fields: { field: string }[] }
const stranger = (): Person => new Person(stage.base, 'somebody')
const tell = async (response: Response) => ({ status: response.status, body: (await response.json()) as Refused })
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
const signIn = (login: string, secret = password, person = stranger(), more = {}) =>
  person.send('POST /api/sign-in', { body: { login, password: secret }, ...more })
const codeOf = (secret: string): string => codeAt(secret, clock.now())
const nextStep = (): void => clock.advance(30_000)

const enrolCodes = (person: Person) => enrol(person, clock)
let number = 0
/** A member of a demand side of their own, so that no test's account is another's. */
async function newcomer(posts: readonly ('security_admin' | 'signatory' | 'member')[] = ['member']) {
  const login = `neu-${++number}`
  const house = await stage.house('demand', `新单位${number}`, [{ login, posts }])
  return { login, person: await Person.signIn(stage.base, login, password), orgId: house.orgId }
}
const eventsOf = async (personId: string, kind: string) =>
  (
    await sql<{ leaf: string }>`select leaf from events where subject = ${personId} and kind = ${kind}`.execute(
      stage.deps.database.kysely,
    )
  ).rows.map((row) => JSON.parse(row.leaf) as { facts: Record<string, unknown> })

describe('the throttle', () => {
  it('counts step-up and password change with the sign-in, also from the owner’s own browser', async () => {
    const { login, person } = await newcomer()
    const before = passwordsCompared()
    const wrong = { password: 'Falsch-geraten-77' }
    for (let n = 0; n < 30; n++) {
      await person.send('POST /api/step-up', { body: wrong })
      await person.send('POST /api/account/password', {
        body: { current: 'Falsch-geraten-77', password: 'Kw94-Qx71-pd-Zr' },
      })
      await signIn(login, 'Falsch-geraten-77', person)
    }
    expect(passwordsCompared() - before).toBe(10)
  })
  it('groups the addresses of one IPv6 network, and leaves another network alone', async () => {
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => throttle(stage.deps, `2001:db8:1:2::${n + 1}`, `matter-${n}`)),
    )
    expect((await signIn('nobody-61', 'falsch', stranger(), from('2001:db8:1:2:ffff::1'))).status).toBe(429)
    expect((await signIn('nobody-61', 'falsch', stranger(), from('2001:db8:1:3::1'))).status).toBe(401)
  })
  it('believes a visitor’s address from the proxies that it was told of, and from nobody else', async () => {
    const networkOn = async (person: Person) => {
      await person.send('POST /api/sign-in', { body: { login: 'lin-fan', password }, ...from('203.0.113.7') })
      const { logins } = await person.call('GET /api/account/security', {})
      return logins.find((one) => one.current)?.network
    }
    expect(await networkOn(stranger())).toBe('203.0.113.0/24')
    const direct = await buildApp(
      { ...stage.deps, settings: { ...stage.deps.settings, trustedProxies: [] } },
      features(stage.deps),
    )
    const base = await direct.listen({ host: '127.0.0.1', port: 0 })
    expect(await networkOn(new Person(base, 'lin-fan'))).toBe('127.0.0.0/24')
    await direct.close()
  })
})

describe('PUB-AU-06: somebody who tries names out', () => {
  const shown = async (response: Response) => ({
    status: response.status,
    headers: [...response.headers].filter(([name]) => name !== 'date'),
    body: await response.text(),
  })
  it('gets the same answer and the same hashing work for known and unknown names', async () => {
    const work = async (login: string) => {
      const before = passwordsCompared()
      const answer = await shown(await signIn(login, 'Falsch-geraten-77'))
      return { answer, compared: passwordsCompared() - before }
    }
    expect(await work('gao-yuan')).toEqual(await work('nobody-here'))
  })
  it('is locked out of a name that nobody has exactly as of one that somebody has', async () => {
    for (const login of ['gao-yuan', 'nobody-here'])
      for (let n = 0; n < 10; n++) await signIn(login, 'falsch', stranger(), from(`203.0.113.${n}`))
    expect(await shown(await signIn('gao-yuan'))).toEqual(await shown(await signIn('nobody-here')))
  })
  it('asks for a lost password with the same answer, whoever it is', async () => {
    const ask = (login: string) => stranger().send('POST /api/password-resets', { body: { login } })
    const known = await shown(await ask('gao-yuan'))
    expect(known).toEqual(await shown(await ask('nobody-here')))
    expect(known.status).toBe(202)
  })
})

describe('a one-time code', () => {
  it('PUB-AU-02: counts once, of twenty at the same moment one, and the steps before it no more', async () => {
    const { login, person } = await newcomer()
    const { secret } = await enrolCodes(person)
    const { personId } = await person.call('GET /api/me', {})
    nextStep()
    const earlier = codeOf(secret)
    nextStep()
    const code = codeOf(secret)
    const thieves = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const thief = stranger()
        await signIn(login, password, thief)
        return thief
      }),
    )
    const answers = await Promise.all(
      thieves.map((one) => one.send('POST /api/sign-in/second-factor', { body: { code } })),
    )
    expect(answers.filter((one) => one.status === 200)).toHaveLength(1)
    await sql`delete from throttles`.execute(stage.deps.database.kysely)
    const late = stranger()
    await signIn(login, password, late)
    for (const used of [code, earlier])
      expect((await tell(await late.send('POST /api/sign-in/second-factor', { body: { code: used } }))).body.rule).toBe(
        'LOGIN-7',
      )
    // The ledger's story of it: one login began by a second factor.
    expect((await eventsOf(personId, 'login.began')).filter(({ facts }) => facts['strong'] === true)).toHaveLength(1)
    nextStep()
    expect((await late.send('POST /api/sign-in/second-factor', { body: { code: codeOf(secret) } })).status).toBe(200)
  })
  it('is asked for where somebody confirms who they are, and a wrong one confirms nothing', async () => {
    const { person } = await newcomer()
    const { secret } = await enrolCodes(person)
    const confirm = (code: string) => person.send('POST /api/step-up', { body: { password, code } })
    nextStep()
    const wrong = codeOf(secret).replace(/.$/, (last) => String((Number(last) + 1) % 10))
    expect(await tell(await confirm(wrong))).toMatchObject({ status: 422, body: { rule: 'LOGIN-7' } })
    const guessed = await person.send('POST /api/step-up', {
      body: { password: 'Falsch-geraten-77', code: codeOf(secret) },
    })
    expect(await tell(guessed)).toMatchObject({ status: 422, body: { rule: 'LOGIN-6' } })
    expect((await confirm(codeOf(secret))).status).toBe(204)
  })
  it('has a secret that stands sealed in the database and is told once', async () => {
    const { person } = await newcomer()
    const { secret } = await enrolCodes(person)
    const { rows } = await sql<{
      all: string
    }>`select json_agg(one_time_code_secrets)::text as all from one_time_code_secrets`.execute(
      stage.deps.database.kysely,
    )
    for (const form of [secret, Buffer.from(secret).toString('hex')]) expect(rows[0]?.all).not.toContain(form)
    expect(JSON.stringify(await person.call('GET /api/account/security', {}))).not.toContain(secret)
  })
  it('replaces the former one only when its first code was shown, and leaves the recovery codes', async () => {
    const { login, person } = await newcomer()
    const former = await enrolCodes(person)
    const begun = await person.call('POST /api/account/code', {})
    const half = stranger()
    await signIn(login, password, half)
    nextStep()
    expect((await half.send('POST /api/sign-in/second-factor', { body: { code: codeOf(former.secret) } })).status).toBe(
      200,
    )
    nextStep()
    const done = await person.call('POST /api/account/code/confirmation', { body: { code: codeOf(begun.secret) } })
    expect(done.recoveryCodes).toBeNull()
    nextStep()
    const again = stranger()
    await signIn(login, password, again)
    expect(
      (await again.send('POST /api/sign-in/second-factor', { body: { code: codeOf(former.secret) } })).status,
    ).toBe(422)
    expect((await again.send('POST /api/sign-in/second-factor', { body: { code: codeOf(begun.secret) } })).status).toBe(
      200,
    )
  })
})

describe('an account without a second factor', () => {
  it('has none to take away, gets no recovery codes for it, and waits for no code', async () => {
    const { person } = await newcomer()
    for (const [key, body, rule] of [
      ['DELETE /api/account/code', undefined, 'FACTOR-1'],
      ['POST /api/account/recovery-codes', undefined, 'FACTOR-2'],
      ['POST /api/sign-in/second-factor', { code: '123456' }, 'LOGIN-8'],
    ] as const) {
      const refused = await tell(await person.fetch(key, { body }))
      expect([refused.status, refused.body.rule], key).toEqual([409, rule])
    }
    expect((await person.call('GET /api/account/security', {})).recoveryCodesLeft).toBe(0)
  })
})

describe('a recovery code', () => {
  it('opens once, in any spelling, and drops neither the second factor nor the others', async () => {
    const { login, person } = await newcomer()
    const { recoveryCodes } = await enrolCodes(person)
    expect(new Set(recoveryCodes).size).toBe(10)
    const use = async (recoveryCode: string) => {
      const somebody = stranger()
      await signIn(login, password, somebody)
      return (await somebody.send('POST /api/sign-in/second-factor', { body: { recoveryCode } })).status
    }
    const first = recoveryCodes[0] ?? ''
    expect(await use(first.toLowerCase().replaceAll('-', ''))).toBe(200)
    expect(await use(first)).toBe(422)
    expect((await tell(await signIn(login))).body).toMatchObject({ waitsFor: 'second_factor' })
    const page = await person.call('GET /api/account/security', {})
    expect([page.recoveryCodesLeft, page.code !== null]).toEqual([9, true])
    expect(page.notices.map((one) => one.kind)).toContain('recovery_code_used')
    // New ones end all the former.
    const renewed = await person.call('POST /api/account/recovery-codes', {})
    expect(await use(recoveryCodes[1] ?? '')).toBe(422)
    expect(await use(renewed.recoveryCodes[0] ?? '')).toBe(200)
  })
  it('stands nowhere in the database', async () => {
    const { person } = await newcomer()
    const { recoveryCodes } = await enrolCodes(person)
    const { rows } = await sql<{
      all: string
    }>`select json_agg(recovery_codes)::text as all from recovery_codes`.execute(stage.deps.database.kysely)
    for (const code of recoveryCodes) expect(rows[0]?.all).not.toContain(code)
  })
})

describe('PUB-AU-03: the cookie before the second factor', () => {
  const absent = (_path: string, kind: string): string => makeId(kind as IdKind, new Date(), randomBytes(10))
  it('opens the second factor and signing out, and nothing else of all the routes, nor the event stream', async () => {
    const { login, person } = await newcomer()
    await enrolCodes(person)
    const half = stranger()
    await signIn(login, password, half)
    const open: string[] = []
    for (const { key, access, endpoint } of features(stage.deps)) {
      if (access === 'public' || key === 'POST /api/sign-out') continue
      const { status } = await half.send(key, partsOf(endpoint, absent))
      if (status !== 401) open.push(key)
      if (status === 401) continue
    }
    expect(open).toEqual(['POST /api/sign-in/second-factor'])
  })
  it('opens enrolment only, where a second factor is demanded and none is there', async () => {
    const { login, person } = await newcomer(['security_admin'])
    await person.call('PUT /api/sign-in-rules', {
      body: { secondFactor: 'everybody', idleMinutes: null, absoluteMinutes: null, version: 0 },
    })
    const half = stranger()
    expect((await tell(await signIn(login, password, half))).body).toMatchObject({ waitsFor: 'enrolment', me: null })
    const open: string[] = []
    for (const { key, access, endpoint } of features(stage.deps)) {
      if (access === 'public' || key === 'POST /api/sign-out') continue
      if ((await half.send(key, partsOf(endpoint, absent))).status !== 401) open.push(key)
    }
    expect(open.toSorted()).toEqual([
      'GET /api/account/security',
      'GET /api/step-up',
      'POST /api/account/code',
      'POST /api/account/code/confirmation',
      'POST /api/account/passkeys',
      'POST /api/account/passkeys/options',
      'POST /api/step-up',
      'POST /api/step-up/passkey',
      'POST /api/step-up/passkey/options',
    ])
    await sql`delete from throttles`.execute(stage.deps.database.kysely)
    const { secret } = await half.call('POST /api/account/code', {})
    const done = await half.call('POST /api/account/code/confirmation', { body: { code: codeOf(secret) } })
    expect(done).toMatchObject({ waitsFor: null, recoveryCodes: expect.any(Array) as unknown[] })
    expect((await half.send('GET /api/me', {})).status).toBe(200)
    expect((await tell(await half.send('DELETE /api/account/code', {}))).body.rule).toBe('FACTOR-3')
  })
})

describe('a password that is lost', () => {
  const resetOf = (link: string): string => new URL(link).hash.replace('#token=', '')
  const use = (token: string, next: string) =>
    stranger().send('POST /api/password-resets/use', { body: { token, password: next } })
  let admin: Person
  beforeEach(async () => {
    admin = await Person.signIn(stage.base, 'zhou-heng', password)
  })

  it('PUB-AU-05: is set anew by a link once, within fifteen minutes, and the second factor stays', async () => {
    const { login, person } = await newcomer()
    await enrolCodes(person)
    await stranger().call('POST /api/password-resets', { body: { login } })
    expect((await admin.call('GET /api/recoveries', {})).passwords.map((one) => one.login)).toContain(login)
    const first = await admin.call('POST /api/password-links', { body: { login } })
    const { link } = await admin.call('POST /api/password-links', { body: { login } })
    expect((await admin.call('GET /api/recoveries', {})).passwords.map((one) => one.login)).not.toContain(login)
    const url = new URL(link)
    expect([url.search, url.hash.length > 40]).toEqual(['', true])
    const token = resetOf(link)
    const { rows } = await sql<{
      all: string
    }>`select json_agg(password_resets)::text as all from password_resets`.execute(stage.deps.database.kysely)
    expect(rows[0]?.all).not.toContain(token)
    // A newer link ends the earlier one.
    expect((await tell(await use(resetOf(first.link), 'Regen-4-Tropfen-Wald'))).body.rule).toBe('RESET-1')
    expect((await tell(await use(token, 'Password-1234'))).body.rule).toBe('PASSWORD-4')
    expect((await use(token, 'Regen-4-Tropfen-Wald')).status).toBe(204)
    expect((await tell(await use(token, 'Regen-5-Tropfen-Wald'))).body.rule).toBe('RESET-1')
    expect((await person.send('GET /api/me', {})).status).toBe(401)
    expect((await tell(await signIn(login, 'Regen-4-Tropfen-Wald'))).body).toMatchObject({ waitsFor: 'second_factor' })
    expect((await signIn(login, password)).status).toBe(401)
  })
  it('PUB-AU-05: is dead after a change of the password and after its time', async () => {
    const { login, person } = await newcomer()
    const changed = await admin.call('POST /api/password-links', { body: { login } })
    await person.call('POST /api/account/password', { body: { current: password, password: 'Regen-4-Tropfen-Wald' } })
    expect((await tell(await use(resetOf(changed.link), 'Regen-6-Tropfen-Wald'))).body.rule).toBe('RESET-1')
    const late = await admin.call('POST /api/password-links', { body: { login } })
    clock.advance(minutes(15))
    expect((await tell(await use(resetOf(late.link), 'Regen-6-Tropfen-Wald'))).body.rule).toBe('RESET-1')
  })
  it('is a matter for administrators of the own house and for the organizer, and for nobody’s own account', async () => {
    const { login } = await newcomer()
    const ask = async (person: Person, whose: string) =>
      tell(await person.fetch('POST /api/password-links', { body: { login: whose } }))
    const lin = await Person.signIn(stage.base, 'lin-fan', password)
    expect(await ask(lin, login)).toEqual(await ask(lin, 'nobody-here'))
    expect((await ask(lin, 'gao-yuan')).status).toBe(201)
    expect((await ask(lin, 'lin-fan')).body.rule).toBe('RECOVER-1')
    const gao = await Person.signIn(stage.base, 'gao-yuan', password)
    expect((await ask(gao, 'su-wan')).body.rule).toBe('ROLE-2')
  })
  it('is no matter for the organizer in a house with a security administrator of its own', async () => {
    const name = `haus-${++number}`
    const house = await stage.house('auditor', `审计单位${number}`, [
      { login: `${name}-fang`, posts: ['security_admin'] },
      { login: `${name}-qin`, posts: ['member'] },
    ])
    const [fang, qin] = [`${name}-fang`, `${name}-qin`]
    await stranger().call('POST /api/password-resets', { body: { login: qin } })
    const listed = async () => (await admin.call('GET /api/recoveries', {})).passwords.map((one) => one.login)
    expect(await listed()).not.toContain(qin)
    const ask = async (login: string) => tell(await admin.fetch('POST /api/password-links', { body: { login } }))
    expect((await ask(qin)).body.rule).toBe('RECOVER-4')
    const reason = 'telephone lost on the way'
    const release = (login: string) => admin.fetch('POST /api/factor-releases', { body: { login, reason } })
    expect((await tell(await release(qin))).body.rule).toBe('RECOVER-4')
    // The only one there cannot help themself: the organizer does.
    expect((await ask(fang)).status).toBe(201)
    // A post that has ended helps nobody.
    await sql`update persons set post_ends = '{"security_admin": "2020-01-01T00:00:00.000Z"}'
      where org_id = ${house.orgId} and 'security_admin' = any (posts)`.execute(stage.deps.database.kysely)
    expect(await listed()).toContain(qin)
    expect((await ask(qin)).status).toBe(201)
  })
})

describe('a lost second factor', () => {
  it('is let go by two administrators, and then the owner enrols anew', async () => {
    const { login, person } = await newcomer()
    await enrolCodes(person)
    const [zhou, wu] = [
      await Person.signIn(stage.base, 'zhou-heng', password),
      await Person.signIn(stage.base, 'wu-cheng', password),
    ]
    await zhou.call('POST /api/factor-releases', { body: { login, reason: '手机遗失，恢复码也已丢失' } })
    const open = (await zhou.call('GET /api/recoveries', {})).factors.find((one) => one.login === login)
    expect(open).toMatchObject({ mayDecide: false, askedBy: 'zhou-heng' })
    // Once, and of an account that has one.
    for (const whose of [login, (await newcomer()).login]) {
      const again = await zhou.fetch('POST /api/factor-releases', {
        body: { login: whose, reason: '手机遗失，恢复码也已丢失' },
      })
      expect(await tell(again)).toMatchObject({ status: 409, body: { rule: 'RECOVER-2' } })
    }
    const decide = (who: Person) =>
      who.fetch('POST /api/factor-releases/:factorReleaseId/decision', {
        params: { factorReleaseId: open?.factorReleaseId },
        body: { decision: 'release' },
      })
    expect((await tell(await decide(zhou))).body.rule).toBe('RECOVER-3')
    expect((await tell(await signIn(login))).body).toMatchObject({ waitsFor: 'second_factor' })
    expect((await decide(wu)).status).toBe(204)
    expect((await decide(wu)).status).toBe(404)
    expect((await person.send('GET /api/me', {})).status).toBe(401)
    expect((await tell(await signIn(login))).body).toMatchObject({ waitsFor: null })
  })
})

describe('a request to let a second factor go', () => {
  const askFor = async (who: Person, login: string) => {
    await who.call('POST /api/factor-releases', { body: { login, reason: '手机遗失，恢复码也已丢失' } })
    const { factors } = await who.call('GET /api/recoveries', {})
    return factors.find((one) => one.login === login)?.factorReleaseId
  }
  const release = (who: Person, factorReleaseId: string | undefined) =>
    who.fetch('POST /api/factor-releases/:factorReleaseId/decision', {
      params: { factorReleaseId },
      body: { decision: 'release' },
    })
  it('is decided once, also by two at the same moment', async () => {
    const name = `haus-${++number}`
    const logins = ['an', 'bo', 'cui', 'ding'].map((one) => `${name}-${one}`)
    const { people } = await stage.house(
      'demand',
      `四人${number}`,
      logins.map((login) => ({ login, posts: ['security_admin' as const] })),
    )
    const [an, bo, cui, ding] = logins.map((login) => people[login] as Person)
    if (!an || !bo || !cui || !ding) throw new Error('four')
    await enrolCodes(ding)
    const id = await askFor(an, `${name}-ding`)
    const answers = await Promise.all([release(bo, id), release(cui, id)])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 404])
  })
  it('is the house’s own matter as soon as somebody there can decide on it', async () => {
    const name = `haus-${++number}`
    const { people, orgId } = await stage.house('auditor', `审计单位${number}`, [
      { login: `${name}-fang`, posts: ['security_admin'] },
      { login: `${name}-qin`, posts: ['member'] },
    ])
    await enrolCodes(people[`${name}-fang`] as Person)
    const id = await askFor(await Person.signIn(stage.base, 'zhou-heng', password), `${name}-fang`)
    await sql`update persons set posts = '{security_admin}' where org_id = ${orgId}`.execute(stage.deps.database.kysely)
    const refused = await release(await Person.signIn(stage.base, 'wu-cheng', password), id)
    expect(await tell(refused)).toMatchObject({ status: 422, body: { rule: 'RECOVER-4' } })
  })
})

describe('a password', () => {
  it('is changed by who knows it; every other login and every token ends, and so does the old cookie', async () => {
    const { login, person } = await newcomer()
    const other = await Person.signIn(stage.base, login, password)
    const old = person.cookie
    const refused = await tell(
      await person.fetch('POST /api/account/password', { body: { current: 'x', password: 'Regen-4-Tropfen-Wald' } }),
    )
    expect([refused.status, refused.body.rule, refused.body.fields[0]?.field]).toEqual([422, 'LOGIN-6', 'body.current'])
    for (const [next, rule] of [
      [password, 'PASSWORD-5'],
      ['Password-1234', 'PASSWORD-4'],
      [`${login}-Regen-4-Wald`, 'PASSWORD-3'],
      ['Regen-4-Wa', 'PASSWORD-1'],
    ])
      expect(
        (await tell(await person.fetch('POST /api/account/password', { body: { current: password, password: next } })))
          .body.rule,
      ).toBe(rule)
    await person.call('POST /api/account/password', { body: { current: password, password: 'Regen-4-Tropfen-Wald' } })
    expect((await person.send('GET /api/me', {})).status).toBe(200)
    expect((await other.send('GET /api/me', {})).status).toBe(401)
    expect((await stranger().send('GET /api/me', { headers: { cookie: old } })).status).toBe(401)
  })
  it('of ninety days opens nothing but its own change (GBT32914-5.7-c)', async () => {
    const { login } = await newcomer()
    clock.advance(days(90))
    const late = stranger()
    expect((await tell(await signIn(login, password, late))).body).toMatchObject({ waitsFor: 'new_password', me: null })
    expect((await late.send('GET /api/me', {})).status).toBe(401)
    await late.call('POST /api/account/password', { body: { current: password, password: 'Regen-4-Tropfen-Wald' } })
    expect((await late.send('GET /api/me', {})).status).toBe(200)
  })
})

describe('the hourly sweep', () => {
  it('forgets counts, tickets, old browsers and secrets that nobody confirmed, and nothing that is in use', async () => {
    const { login, person } = await newcomer()
    const { secret } = await enrolCodes(person)
    await person.call('POST /api/account/code', {})
    await sweep(stage.deps)
    const count = async (table: 'throttles' | 'devices' | 'one_time_code_secrets') =>
      (await stage.deps.database.kysely.selectFrom(table).selectAll().execute()).length
    const [devices, secrets] = [await count('devices'), await count('one_time_code_secrets')]
    clock.advance(days(2))
    await sweep(stage.deps)
    expect(await count('throttles')).toBe(0)
    expect(await count('devices')).toBe(devices)
    expect(await count('one_time_code_secrets')).toBeLessThan(secrets)
    const again = stranger()
    await signIn(login, password, again)
    expect((await again.send('POST /api/sign-in/second-factor', { body: { code: codeOf(secret) } })).status).toBe(200)
    clock.advance(days(181))
    await sweep(stage.deps)
    expect(await count('devices')).toBe(0)
  })
})

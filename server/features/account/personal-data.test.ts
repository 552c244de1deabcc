import { accountTables, inventory, notPersonal, personalTraces } from '@zhongheng/domain/personal-data/inventory.ts'
import { days } from '@zhongheng/domain/shared/clock.ts'
import { assemble, type Cast, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { openStage, password, type Stage } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sweep } from '../../jobs/sweep.ts'

let stage: Stage
let cast: Cast
let engagementId: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'p')
  engagementId = await inTesting(stage, cast)
}, 120_000)
afterAll(() => stage.close())

const rowsOf = async (text: string): Promise<{ [name: string]: unknown }[]> =>
  (await sql.raw<{ [name: string]: unknown }>(text).execute(stage.deps.database.kysely)).rows
const columnsOf = async (): Promise<[string, string][]> =>
  (
    await rowsOf(`
      select c.relname as table_name, a.attname as column_name from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`)
  ).map((row) => [String(row['table_name']), String(row['column_name'])])
const refused = async (response: Response) => {
  const body = (await response.json()) as { rule?: string; fields?: { field: string }[] }
  return [response.status, body.rule, body.fields?.map((one) => one.field)]
}

describe('the inventory against a real database', () => {
  const judged = new Set([
    ...inventory.map((one) => `${one.table}.${one.column}`),
    ...Object.values(notPersonal).flat(),
    ...Object.entries(personalTraces).flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`)),
  ])
  it('YDT3744-6.1-01: every column of an account’s tables is judged, and nothing judged is missing', async () => {
    const columns = await columnsOf()
    const there = new Set(columns.map(([table, column]) => `${table}.${column}`))
    expect([...judged].filter((place) => !there.has(place))).toEqual([])
    const ofAccounts = columns.filter(([table]) => accountTables.includes(table)).map((one) => one.join('.'))
    expect(ofAccounts.filter((place) => !judged.has(place))).toEqual([])
  })
  it('every column that leads to a person is in it, by its key or by its name', async () => {
    const keys = await rowsOf(`
      select c.conrelid::regclass::text as t, a.attname as c from pg_constraint c
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
      where c.contype = 'f' and c.confrelid = 'persons'::regclass`)
    const named = (await columnsOf()).filter(([, column]) =>
      /^(person_id|actor)$|_by$|email|phone|mobile|real_?name|^agent$|birth|passport|bank|iban|^login$/.test(column),
    )
    const all = [...keys.map((row) => `${String(row['t'])}.${String(row['c'])}`), ...named.map((one) => one.join('.'))]
    // Organisations that ended or issued something, and what is none of a person.
    expect([...new Set(all)].filter((place) => !judged.has(place))).toEqual([])
  })
})

describe('my data', () => {
  it('GBT39276-5.1.1.4-f: shows each field with purpose, basis and term, and my own values alone', async () => {
    const data = await cast.tester.call('GET /api/account/data', {})
    const me = await cast.tester.call('GET /api/me', {})
    expect(data.fields).toHaveLength(inventory.length)
    const value = (column: string) => data.fields.find((one) => one.column === column)?.values
    expect(value('persons.name')).toEqual([me.name])
    expect(value('credentials.login')).toEqual([me.login])
    expect(value('credentials.password_hash')).toEqual([])
    expect(value('testers.sealed_identity')).toEqual([])
    const text = JSON.stringify(data)
    for (const other of [cast.tester2, cast.demand, cast.auditor]) expect(text).not.toContain(`"${other.name}"`)
  })
  it('GBT39276-5.1.1.4-e: names who was given what, by which engagement', async () => {
    const { givenTo } = await cast.tester.call('GET /api/account/data', {})
    const ofEngagement = givenTo.filter((one) => one.engagement?.engagementId === engagementId)
    expect(ofEngagement.map((one) => one.role).toSorted()).toEqual(['auditor', 'demand', 'organizer'])
    expect(givenTo[0]).toMatchObject({ role: 'tester', engagement: null })
  })
  it('is taken along as a file after a fresh confirmation, with the real name, and that is an event', async () => {
    const login = (await cast.tester.call('GET /api/me', {})).login
    const fresh = await Person.signIn(stage.base, login, password)
    await rowsOf('update logins set stepped_up_at = null')
    expect((await refused(await fresh.send('POST /api/account/data/export', {})))[1]).toBe('STEPUP-1')
    const data = await fresh.call('POST /api/account/data/export', {})
    expect(data.fields.find((one) => one.column === 'testers.sealed_identity')?.values[0]).toContain('realName')
    const [event] = await rowsOf(`select actor, leaf from events where kind = 'personal_data.exported'`)
    expect(event?.['actor']).toBe(data.personId)
    expect(String(event?.['leaf'])).not.toContain('realName')
  })
  it('is nobody’s but a signed-in person’s', async () => {
    expect((await new Person(stage.base, 'somebody').fetch('GET /api/account/data', {})).status).toBe(401)
  })
})

describe('closing an account', () => {
  const close = (person: Person, login: string) => person.fetch('POST /api/account/closure', { body: { login } })
  it('is refused with another name, and for each open duty by its name', async () => {
    const { login } = await cast.tester.call('GET /api/me', {})
    expect((await refused(await close(cast.tester, 'somebody-else')))[1]).toBe('CLOSE-2')
    expect(await refused(await close(cast.tester, login))).toEqual([409, 'CLOSE-1', ['leases', 'posts']])
    expect((await cast.tester.fetch('GET /api/me', {})).status).toBe(200)
  })
  it('GBT39276-5.1.1.4-g: ends every right, leaves no unheld data, and keeps what is held until its term', async () => {
    const leaver = cast.tester2
    const me = await leaver.call('GET /api/me', {})
    const { link } = await leaver.call('POST /api/invitations', {
      body: { name: '接任者', posts: ['security_admin', 'member'] },
    })
    await new Person(stage.base, 'heir').call('POST /api/invitations/acceptance', {
      body: { token: new URL(link).hash.replace('#token=', ''), login: 'heir', password: 'Wolke-9-ueber-Hangzhou' },
    })
    const params = { engagementId }
    const { leases } = await leaver.call('GET /api/engagements/:engagementId/leases', { params })
    for (const { leaseId } of leases)
      await leaver.call('POST /api/engagements/:engagementId/leases/:leaseId/state', {
        params: { engagementId, leaseId },
        body: { state: 'revoked', reason: '不再参加测试' },
      })
    const [kept] = await rowsOf(`select password_hash as hash from credentials where person_id = '${me.personId}'`)
    const hash = String(kept?.['hash'])
    expect((await close(leaver, me.login)).status).toBe(204)
    expect((await leaver.fetch('GET /api/me', {})).status).toBe(401)
    await expect(Person.signIn(stage.base, me.login, password)).rejects.toThrow('LOGIN-4')
    const mine = (table: string) => `from ${table} where person_id = '${me.personId}'`
    for (const table of [
      'devices',
      'known_networks',
      'passkeys',
      'access_tokens',
      'security_notices',
      'notices',
      'oidc_identities',
    ])
      expect(await rowsOf(`select 1 ${mine(table)}`), table).toEqual([])
    const everything = JSON.stringify([
      await rowsOf(`select * from persons where id = '${me.personId}'`),
      await rowsOf(`select * ${mine('credentials')}`),
      await rowsOf(`select skills, grade_basis ${mine('testers')}`),
    ])
    expect(everything).not.toContain(me.name)
    expect(everything).not.toContain(hash)
    // Held: the network log, and who it was that tested.
    expect((await rowsOf(`select 1 ${mine('logins')}`)).length).toBeGreaterThan(0)
    expect((await rowsOf(`select 1 ${mine('testers')} and sealed_identity is not null`)).length).toBe(1)
    const [proof] = await rowsOf(`select leaf from events where kind = 'account.closed'`)
    expect(String(proof?.['leaf'])).toContain(me.personId)
    expect(JSON.stringify(await rowsOf('select leaf from events'))).not.toContain(me.name)
  })
  it('an account that was closed stays closed for its administrators too', async () => {
    const heir = await Person.signIn(stage.base, 'heir', 'Wolke-9-ueber-Hangzhou')
    const { members } = await heir.call('GET /api/members', {})
    const closed = members.find((one) => one.state === 'removed')
    const response = await heir.fetch('PATCH /api/members/:personId', {
      params: { personId: closed?.personId },
      body: { state: 'active', version: closed?.version },
    })
    expect((await refused(response)).slice(0, 2)).toEqual([409, 'CLOSE-3'])
  })
  it('clears what was held at its term and not a day before, with a proof of each', async () => {
    const at = (span: number) => ({ ...stage.deps, clock: { now: () => new Date(Date.now() + span) } })
    const left = async () => {
      const [row] = await rowsOf(`
        select (select count(*)::int from logins l where l.person_id = c.person_id) as logins,
          (select count(*)::int from testers t where t.person_id = c.person_id and sealed_identity is not null) as identities
        from account_closures c`)
      return row
    }
    await sweep(at(days(183)))
    expect(await left()).toMatchObject({ identities: 1 })
    expect(Number((await left())?.['logins'])).toBeGreaterThan(0)
    await sweep(at(days(185)))
    expect(await left()).toEqual({ logins: 0, identities: 1 })
    await sweep(at(days(1830)))
    expect(await left()).toEqual({ logins: 0, identities: 0 })
    const proofs = await rowsOf(`select leaf from events where kind = 'account.held_data_gone' order by seq`)
    expect(proofs.map((row) => (JSON.parse(String(row['leaf'])) as { facts: { what: string } }).facts.what)).toEqual([
      'logins',
      'identity',
    ])
  })
})

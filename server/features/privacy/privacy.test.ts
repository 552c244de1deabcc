import { notice } from './notice.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person, consentTo, readNotice } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMail } from '../../ports/mail.ts'

let stage: Stage
let lin: Person & { personId: string }
let chen: Person & { personId: string }
let bai: Person & { personId: string }
beforeAll(async () => {
  stage = await openStage()
  // Addresses may be given; none is written to here.
  Object.assign(stage.deps, { mail: { ...openMail(stage.deps.settings, stage.deps.egress), on: true } })
  const house = await stage.house('demand', '某电商企业', [
    { login: 'lin-fan', posts: ['member'] },
    { login: 'chen-mo', posts: ['member'] },
    { login: 'audit-he', posts: ['audit_admin'] },
    { login: 'zhou-heng', posts: ['security_admin'] },
  ])
  lin = house.people['lin-fan'] as typeof lin
  chen = house.people['chen-mo'] as typeof chen
  audit = house.people['audit-he'] as typeof audit
  zhou = house.people['zhou-heng'] as typeof zhou
  bai = (await stage.house('tester', '白帆', [{ login: 'bai-fan' }])).people['bai-fan'] as typeof bai
}, 120_000)
let audit: Person
let zhou: Person
afterAll(() => stage.close())

const rowsOf = async (text: string): Promise<{ [name: string]: unknown }[]> =>
  (await sql.raw<{ [name: string]: unknown }>(text).execute(stage.deps.database.kysely)).rows
const refused = async (response: Response) => {
  const body = (await response.json()) as { rule?: string; fields?: { field: string; limit: { en: string } }[] }
  return [response.status, body.rule, body.fields?.[0]?.field]
}
const own = (person: Person) => person.call('GET /api/account/privacy', {})
const consent = (person: Person, body: object) => person.fetch('PUT /api/account/privacy/consent', { body })
const now = { version: notice.version, language: 'zh-CN' }
const stale = { ...now, version: 'a'.repeat(64) }
const standing = async (person: Person, purpose: string) =>
  (await own(person)).consents.find((one) => one.purpose === purpose)?.standing

describe('the privacy notice', () => {
  it('is there for anybody before they join, in both languages', async () => {
    const shown = await new Person(stage.base, 'somebody').call('GET /api/privacy-notice', {})
    expect(shown.version).toBe(notice.version)
    for (const { what, givenTo } of shown.parts)
      for (const text of [what, givenTo]) expect(text.zh && text.en).toBeTruthy()
  })
  it('waits for whoever has not read it, and is kept with its text once somebody answered', async () => {
    expect((await lin.call('GET /api/me', {})).noticeDue).toBe('first')
    await readNotice(lin)
    expect((await lin.call('GET /api/me', {})).noticeDue).toBeNull()
    expect((await chen.call('GET /api/me', {})).noticeDue).toBe('first')
    const [kept] = await rowsOf('select version, content from privacy_notices')
    expect(kept).toEqual({ version: notice.version, content: notice.parts })
  })
  it('reading it consents to nothing', async () => {
    const { consents, answers } = await own(lin)
    expect(consents.map((one) => one.standing)).toEqual(['none', 'none'])
    expect(answers).toMatchObject([{ answer: 'acknowledged', purpose: null, ...now }])
  })
  it('an answer to a stale version is refused and names the newer one', async () => {
    for (const answer of [
      await chen.fetch('POST /api/account/privacy/acknowledgement', { body: stale }),
      await consent(chen, { purpose: 'mail', given: true, ...stale }),
    ]) {
      expect(await answer.clone().text()).toContain(notice.version)
      expect(await refused(answer)).toEqual([409, 'NOTICE-1', 'body.version'])
    }
  })
  it('comes again when what rests on consent was told otherwise before', async () => {
    await readNotice(bai)
    await rowsOf(`insert into privacy_answers (id, person_id, org_id, answer, version, part_digest, language, at)
      select 'pan_later', person_id, org_id, answer, version, repeat('b', 64), language, now() from privacy_answers where person_id = '${bai.personId}'`)
    expect((await bai.call('GET /api/me', {})).noticeDue).toBe('changed')
    await readNotice(bai)
  })
})

describe('consent', () => {
  const give = (person: Person) => person.fetch('PUT /api/account/mail', { body: { address: 'chen@ok.example' } })
  it('GBT39276-5.1.1.4-a: nothing of a purpose is kept before it is given, and consent to one opens no other', async () => {
    expect(await refused(await give(chen))).toEqual([422, 'GBT39276-5.1.1.4-a', 'body.address'])
    await consentTo(chen, 'skills')
    expect(await refused(await give(chen))).toEqual([422, 'GBT39276-5.1.1.4-a', 'body.address'])
    const without = await chen.fetch('PUT /api/account/mail/choices', { body: { without: ['findings'] } })
    expect(await refused(without)).toEqual([422, 'GBT39276-5.1.1.4-a', 'body.without'])
    await consentTo(chen, 'mail')
    expect((await give(chen)).status).toBe(200)
    await chen.call('PUT /api/account/mail/choices', { body: { without: ['findings'] } })
  })
  it('a tester’s skills are kept with it, go with it, and the identity check needs none of it', async () => {
    const identity = (skills: string[]) =>
      bai.fetch('POST /api/testers/me/identity', {
        body: { realName: '白帆', documentKind: 'passport', documentNumber: 'P7654321', skills },
      })
    expect(await refused(await identity(['Web']))).toEqual([422, 'GBT39276-5.1.1.4-a', 'body.skills'])
    expect((await identity([])).status).toBe(200)
    await consentTo(bai, 'skills')
    expect((await identity(['Web'])).status).toBe(200)
    const shown = async () => (await bai.call('GET /api/testers/me', {})).skills
    expect(await shown()).toEqual(['Web'])
    // As with skills that were stated before anybody was asked.
    await rowsOf(`delete from privacy_answers where purpose = 'skills' and person_id = '${bai.personId}'`)
    expect(await shown()).toEqual([])
    await consentTo(bai, 'skills')
    expect(await shown()).toEqual(['Web'])
    await consent(bai, { purpose: 'skills', given: false, ...now })
    expect(await rowsOf(`select skills from testers where person_id = '${bai.personId}'`)).toEqual([{ skills: [] }])
  })
  it('GBT39276-5.1.1.4-b: withdrawn it ends at once: address, choices and what waits to be sent are gone', async () => {
    expect((await consent(chen, { purpose: 'mail', given: false, ...now })).status).toBe(200)
    for (const table of ['mail_addresses', 'mail_choices', 'mail_queue'])
      expect(await rowsOf(`select 1 from ${table} where person_id = '${chen.personId}'`), table).toEqual([])
    expect(await standing(chen, 'mail')).toBe('withdrawn')
    expect((await give(chen)).status).toBe(422)
  })
  it('is withdrawn whatever version is on screen, and saying the same twice says it once', async () => {
    await consentTo(chen, 'mail')
    await consentTo(chen, 'mail')
    expect((await consent(chen, { purpose: 'mail', given: false, ...stale })).status).toBe(200)
    expect((await consent(chen, { purpose: 'mail', given: false, ...now })).status).toBe(200)
    const { answers } = await own(chen)
    expect(answers.filter((one) => one.purpose === 'mail').map((one) => one.answer)).toEqual([
      'withdrawn',
      'given',
      'withdrawn',
      'given',
    ])
  })
  it('to another text than the one in force has lapsed, and is asked for anew', async () => {
    await consentTo(chen, 'mail')
    await rowsOf(`insert into privacy_answers (id, person_id, org_id, answer, purpose, version, part_digest, language, at)
      values ('pan_other', '${chen.personId}', (select org_id from persons where id = '${chen.personId}'), 'given', 'mail', '${notice.version}', repeat('b', 64), 'en', now())`)
    expect(await standing(chen, 'mail')).toBe('lapsed')
    expect((await give(chen)).status).toBe(422)
  })
  it('is refused for what rests on contract or law, for no purpose of ours, and for anybody else', async () => {
    expect(await refused(await consent(lin, { purpose: 'identity', given: true, ...now }))).toEqual([
      422,
      'CONSENT-1',
      'body.purpose',
    ])
    expect((await refused(await consent(lin, { purpose: 'advertising', given: true, ...now })))[0]).toBe(422)
    const another = { purpose: 'mail', given: true, ...now, personId: chen.personId }
    expect((await refused(await consent(lin, another)))[0]).toBe(422)
    expect(await standing(lin, 'mail')).toBe('none')
  })
  it('wants a fresh confirmation, given or withdrawn: a stolen login opens no mail and silences none', async () => {
    const thief = await Person.signIn(stage.base, 'lin-fan', password)
    await rowsOf('update logins set stepped_up_at = null')
    for (const given of [true, false])
      expect(
        (
          await refused(
            await thief.send('PUT /api/account/privacy/consent', { body: { purpose: 'mail', given, ...now } }),
          )
        )[1],
      ).toBe('STEPUP-1')
  })
})

describe('what was answered', () => {
  it('cannot be changed afterwards, not by the platform either', async () => {
    for (const role of ['zh_app', 'zh_system'])
      await expect(
        stage.deps.database.kysely.transaction().execute(async (db) => {
          await sql`select set_config('role', ${role}, true)`.execute(db)
          await sql`update privacy_answers set answer = 'given'`.execute(db)
        }),
      ).rejects.toThrow('permission denied')
  })
  it('stands in the ledger by ids and digests, without a word of the person', async () => {
    const leaves = await rowsOf(
      `select leaf from events where kind in ('privacy.acknowledged', 'consent.given', 'consent.withdrawn') and subject = '${chen.personId}' order by seq`,
    )
    const facts = leaves.map(({ leaf }) => (JSON.parse(String(leaf)) as { facts: object }).facts)
    expect(facts).toContainEqual({ purpose: 'mail', version: notice.version, language: 'zh-CN' })
    expect(JSON.stringify(leaves)).not.toMatch(/chen-mo|ok\.example/)
  })
  it('stands in my data and in the file of it', async () => {
    const { answers } = await chen.call('POST /api/account/data/export', {})
    expect(answers[0]).toMatchObject({ answer: 'given', purpose: 'mail', language: 'en' })
    expect((await lin.call('GET /api/account/data', {})).answers).toHaveLength(1)
  })
  it('is counted for the auditor of the house, who sees nobody’s answer; others see no count', async () => {
    const counts = await audit.call('GET /api/privacy-answers', {})
    expect(counts).toMatchObject({
      members: 4,
      read: [
        { version: notice.version, members: 1 },
        { version: null, members: 3 },
      ],
      consents: [
        { purpose: 'mail', given: 0, withdrawn: 0 },
        { purpose: 'skills', given: 1, withdrawn: 0 },
      ],
    })
    expect(JSON.stringify(counts)).not.toContain(chen.personId)
    for (const other of [lin, zhou]) expect((await other.fetch('GET /api/privacy-answers', {})).status).toBe(403)
  })
})

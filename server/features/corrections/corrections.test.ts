import type { CorrectionWish } from '@zhongheng/contracts/http/corrections.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

type Somebody = Person & { personId: string }
let stage: Stage
let lin: Somebody
let zhou: Somebody
let fang: Somebody
let he: Somebody
let lu: Somebody
let bai: Somebody
let organizerId: string
beforeAll(async () => {
  stage = await openStage()
  const demand = await stage.house('demand', '某电商企业', [
    { login: 'lin-fan', posts: ['member'] },
    { login: 'zhou-heng', posts: ['security_admin'] },
    { login: 'fang-yi', posts: ['signatory', 'audit_admin'] },
  ])
  const organizer = await stage.house('organizer', '众测平台', [
    { login: 'he-lu', posts: ['member'] },
    { login: 'lu-yao', posts: ['security_admin'] },
  ])
  organizerId = organizer.orgId
  const of = (house: typeof demand, login: string) => house.people[login] as Somebody
  ;[lin, zhou, fang] = [of(demand, 'lin-fan'), of(demand, 'zhou-heng'), of(demand, 'fang-yi')]
  ;[he, lu] = [of(organizer, 'he-lu'), of(organizer, 'lu-yao')]
  bai = of(await stage.house('tester', '白帆', [{ login: 'bai-fan' }]), 'bai-fan')
}, 120_000)
afterAll(() => stage.close())

const rowsOf = async (text: string): Promise<{ [name: string]: unknown }[]> =>
  (await sql.raw<{ [name: string]: unknown }>(text).execute(stage.deps.database.kysely)).rows
const refused = async (response: Response) => {
  const body = (await response.json()) as { rule?: string }
  return [response.status, body.rule]
}
const named = (value: string): CorrectionWish => ({ field: 'name', value, reason: '登记时写错了字' })
const ask = (person: Person, body: CorrectionWish) => person.call('POST /api/account/corrections', { body })
const tryAsk = (person: Person, body: object) => person.fetch('POST /api/account/corrections', { body })
const waiting = async (person: Person) => (await person.call('GET /api/corrections', {})).corrections
const open = (person: Person, correctionId: string) =>
  person.fetch('POST /api/corrections/:correctionId/opening', { params: { correctionId } })
const decide = (person: Person, correctionId: string, verdict = 'granted') =>
  person.fetch('POST /api/corrections/:correctionId/decision', {
    params: { correctionId },
    body: { verdict, reason: '已核对身份证明' },
  })
const withdraw = (person: Person, correctionId: string) =>
  person.fetch('POST /api/account/corrections/:correctionId/withdrawal', { params: { correctionId } })
const noticesOf = async (person: Person) =>
  (await person.call('GET /api/notices', {})).notices.map(({ kind, href }) => `${kind} ${href}`)
const nameOf = async (person: Person) => (await person.call('GET /api/me', {})).name

describe('a name', () => {
  it('GBT39276-5.1.1.4-f: is corrected by the security administrator of the house, and not a moment before', async () => {
    const { correctionId, dueAt, state } = await ask(lin, named('林帆'))
    expect([state, Date.parse(dueAt) > Date.now()]).toEqual(['asked', true])
    expect(await nameOf(lin)).toBe('lin-fan')
    expect(await noticesOf(zhou)).toContain('correction_asked /corrections')
    expect((await zhou.call('GET /api/home', {})).waiting.map(({ href }) => href)).toContain('/corrections')
    expect(await waiting(zhou)).toMatchObject([{ correctionId, field: 'name', by: 'lin-fan', answer: null }])
    expect(await (await open(zhou, correctionId)).json()).toMatchObject({
      now: 'lin-fan',
      wished: '林帆',
      reason: '登记时写错了字',
    })
    expect((await decide(zhou, correctionId)).status).toBe(200)
    expect(await nameOf(lin)).toBe('林帆')
    expect(await noticesOf(lin)).toContain('correction_decided /account/data')
    const { corrections } = await lin.call('GET /api/account/corrections', {})
    expect(corrections).toMatchObject([{ state: 'granted', answer: '已核对身份证明' }])
  })
  it('that was refused stays, with the reason for its owner alone', async () => {
    const { correctionId } = await ask(lin, named('林凡'))
    expect((await decide(zhou, correctionId, 'refused')).status).toBe(200)
    expect(await nameOf(lin)).toBe('林帆')
    const [last] = (await lin.call('GET /api/account/corrections', {})).corrections
    expect(last).toMatchObject({ state: 'refused', answer: '已核对身份证明' })
    expect(await refused(await decide(zhou, correctionId))).toEqual([409, 'CORRECT-3'])
    expect(await refused(await withdraw(lin, correctionId))).toEqual([409, 'CORRECT-3'])
  })
  it('has one open request, which its owner takes back', async () => {
    const { correctionId } = await ask(lin, named('林帆帆'))
    expect(await refused(await tryAsk(lin, named('林小帆')))).toEqual([409, 'CORRECT-4'])
    expect((await ask(lin, { field: 'jurisdiction', value: 'CN', reason: '写明所在地' })).state).toBe('asked')
    expect(await refused(await withdraw(fang, correctionId))).toEqual([404, undefined])
    expect((await withdraw(lin, correctionId)).status).toBe(200)
    expect(await refused(await decide(zhou, correctionId))).toEqual([409, 'CORRECT-3'])
    expect(await waiting(zhou)).toHaveLength(1)
  })
  it('is not there for colleagues without the post, other houses and strangers', async () => {
    const { correctionId } = await ask(lin, named('林帆帆'))
    for (const other of [lin, fang, lu, he, bai]) {
      expect(await waiting(other)).toEqual([])
      expect((await open(other, correctionId)).status).toBe(404)
      expect((await decide(other, correctionId)).status).toBe(404)
    }
    await withdraw(lin, correctionId)
  })
  it('asks for what is not so already, and for nobody else', async () => {
    expect(await refused(await tryAsk(lin, named('林帆')))).toEqual([422, 'CORRECT-1'])
    expect((await tryAsk(lin, { ...named('林'), personId: fang.personId })).status).toBe(422)
    expect((await tryAsk(lin, { ...named('林'), field: 'posts' })).status).toBe(422)
  })
})

describe('who decides', () => {
  it('is never whose data it is: where nobody else of the house may, the organizer does', async () => {
    const { correctionId } = await ask(zhou, named('周衡'))
    expect((await waiting(zhou)).map(({ by }) => by)).toEqual(['林帆'])
    expect(await refused(await decide(zhou, correctionId))).toEqual([404, undefined])
    expect(await waiting(he)).toEqual([])
    expect(await waiting(lu)).toMatchObject([{ correctionId, by: 'zhou-heng', byOrganisation: '某电商企业' }])
    expect((await decide(lu, correctionId)).status).toBe(200)
    expect(await nameOf(zhou)).toBe('周衡')
  })
  it('is nobody while the organizer has no second one for its own', async () => {
    expect(await refused(await tryAsk(lu, named('陆遥')))).toEqual([409, 'CORRECT-5'])
  })
  it('CORRECT-2: is not its owner either where they hold the post themselves', async () => {
    await rowsOf(`update persons set posts = '{security_admin}' where id = '${fang.personId}'`)
    const { correctionId } = await ask(fang, named('方逸'))
    const own = await Person.signIn(stage.base, 'fang-yi', password)
    expect(await refused(await decide(own, correctionId))).toEqual([403, 'CORRECT-2'])
    expect((await decide(zhou, correctionId)).status).toBe(200)
  })
  it('TWO-3: is another human, as far as the platform can know', async () => {
    const { correctionId } = await ask(lin, named('林风'))
    await rowsOf(`update persons set name = '林帆' where id = '${zhou.personId}'`)
    expect(await refused(await decide(zhou, correctionId))).toEqual([403, 'TWO-3'])
    expect((await decide(fang, correctionId, 'refused')).status).toBe(200)
  })
})

describe('a place', () => {
  it('is replaced as an administrator would, with what follows from it', async () => {
    await rowsOf(`update persons set name = '周衡' where id = '${zhou.personId}'`)
    const [held] = await waiting(zhou)
    expect((await decide(zhou, held?.correctionId ?? '', 'refused')).status).toBe(200)
    const { correctionId } = await ask(lin, { field: 'jurisdiction', value: 'DE', reason: '长期在德国工作' })
    expect((await decide(zhou, correctionId)).status).toBe(200)
    expect(await rowsOf(`select jurisdiction from persons where id = '${lin.personId}'`)).toEqual([
      { jurisdiction: 'DE' },
    ])
    // Whoever is abroad now signs in anew.
    expect((await lin.fetch('GET /api/me', {})).status).toBe(401)
  })
})

describe('a verified identity', () => {
  const document = (documentNumber: string, realName = '白帆帆'): CorrectionWish => ({
    field: 'identity',
    realName,
    documentKind: 'passport',
    documentNumber,
    reason: '护照换发',
  })
  it('is asked for again on the own page while it is not verified', async () => {
    expect(await refused(await tryAsk(bai, document('P1234567')))).toEqual([409, 'CORRECT-6'])
    expect(await refused(await tryAsk(he, document('P1234567')))).toEqual([409, 'CORRECT-6'])
  })
  it('is decided by those of the organizer who verify testers, and keeps its number unread', async () => {
    const asked = await bai.call('POST /api/testers/me/identity', {
      body: { realName: '白帆', documentKind: 'passport', documentNumber: 'P7654321', skills: [] },
    })
    await he.call('POST /api/testers/:personId/identity-decision', {
      params: { personId: bai.personId },
      body: { verdict: 'verified', reason: '已核对原件', version: asked.version },
    })
    const before = await rowsOf(`select identity_digest from testers where person_id = '${bai.personId}'`)
    const { correctionId } = await ask(bai, document('P9998887'))
    expect(await waiting(lu)).toEqual([])
    expect(await (await open(he, correctionId)).json()).toMatchObject({
      now: '白帆 · passport',
      wished: '白帆帆 · passport',
    })
    expect((await decide(he, correctionId)).status).toBe(200)
    const after = await rowsOf(`select identity, identity_digest from testers where person_id = '${bai.personId}'`)
    expect(after[0]?.['identity']).toBe('verified')
    expect(after[0]?.['identity_digest']).not.toBe(before[0]?.['identity_digest'])
    const file = JSON.stringify(await bai.call('POST /api/account/data/export', {}))
    expect(file).toContain('白帆帆')
    expect(file).not.toContain('P9998887')
  })
  it('SOD-1: of somebody else is refused', async () => {
    const other = (await stage.house('tester', '何鹭', [{ login: 'he-tester' }])).people['he-tester'] as Somebody
    await other.call('POST /api/testers/me/identity', {
      body: { realName: '何鹭', documentKind: 'passport', documentNumber: 'P5554443', skills: [] },
    })
    expect(await refused(await tryAsk(bai, document('P5554443')))).toEqual([422, 'SOD-1'])
  })
})

describe('what was asked', () => {
  it('lies sealed, and the ledger names fields and ids alone', async () => {
    const rows = JSON.stringify(
      await rowsOf(
        `select encode(sealed_value, 'escape') as v, encode(sealed_reason, 'escape') as r, encode(sealed_answer, 'escape') as a from correction_requests`,
      ),
    )
    const leaves = JSON.stringify(await rowsOf(`select leaf from events where kind like 'correction.%'`))
    for (const text of [rows, leaves]) expect(text).not.toMatch(/林帆|白帆|登记时|已核对|护照|P9998887/)
    expect(leaves).toContain(organizerId)
  })
  it('leaves an entry each time it is opened', async () => {
    const opened = await rowsOf(`select actor from events where kind = 'correction.opened' order by seq`)
    expect(opened.map(({ actor }) => actor)).toEqual([zhou.personId, he.personId])
  })
  it('wants a fresh confirmation, asked, taken back or decided', async () => {
    const thief = await Person.signIn(stage.base, 'zhou-heng', password)
    await rowsOf('update logins set stepped_up_at = null')
    expect(await refused(await thief.send('POST /api/account/corrections', { body: named('别人') }))).toEqual([
      403,
      'STEPUP-1',
    ])
  })
})

describe('own skills', () => {
  it('are stated anew by oneself, also after the identity was verified', async () => {
    const { version } = await bai.call('GET /api/privacy-notice', {})
    const me = await bai.call('GET /api/testers/me', {})
    const state = (skills: string[], at = me.version) =>
      bai.fetch('PUT /api/testers/me/skills', { body: { skills, version: at } })
    expect(await refused(await state(['API']))).toEqual([422, 'GBT39276-5.1.1.4-a'])
    const given = { purpose: 'skills', given: true, version, language: 'zh-CN' } as const
    await bai.call('PUT /api/account/privacy/consent', { body: given })
    expect(await (await state(['API', 'Web', 'API'])).json()).toMatchObject({ skills: ['API', 'Web'] })
    expect(await refused(await state(['Web']))).toEqual([409, 'VERSION-1'])
  })
})

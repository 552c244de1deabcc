import type { Post } from '@zhongheng/domain/access/actor.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, assemble, demandDraft, inTesting, submittedFinding } from '../scenes/crowd-test.ts'
import { type Stage, openStage, password } from '../scenes/stage.ts'

/*
 * A page offers its reader what they may do, and nothing else: a button that is refused is a bad one, and a field that speaks of what
 * others may do tells what it should not. The acts behind are refused elsewhere; here is what the pages say.
 */
let stage: Stage
let cast: Cast
let engagementId: string
let findingId: string
/** Of the platform: An keeps the rights, Shen audits, Xi runs the machines, Wu works without signing. */
let an: Person
let shen: Person
let xi: Person
let wu: Person
/** Of the demand side: Tao works without signing, Yu audits. */
let tao: Person
let yu: Person
beforeAll(async () => {
  const timeStamps = { authorities: ['https://stamps.example/'], caFile: undefined, everyMinutes: 60 }
  stage = await openStage({ settings: { timeStamps } })
  cast = await assemble(stage, 'a')
  wu = cast.organizer2
  an = await colleague(cast.organizer, 'an-guan', ['security_admin'])
  shen = await colleague(cast.organizer, 'shen-ji', ['audit_admin'])
  xi = await colleague(cast.organizer, 'xi-tong', ['system_admin'])
  tao = await colleague(cast.demand, 'tao-li', ['member'])
  yu = await colleague(cast.demand, 'yu-shen', ['audit_admin'])
  engagementId = await inTesting(stage, cast)
  findingId = await submittedFinding(stage, engagementId, cast.tester)
}, 120_000)
afterAll(() => stage.close())

async function colleague(of: Person, login: string, posts: Post[]): Promise<Person> {
  const { link } = await of.call('POST /api/invitations', { body: { name: login, posts } })
  const token = new URL(link).hash.replace('#token=', '')
  await new Person(stage.base, login).fetch('POST /api/invitations/acceptance', { body: { token, login, password } })
  return Person.signIn(stage.base, login, password)
}
const here = () => ({ params: { engagementId } })

describe('an engagement', () => {
  const offered = async (who: Person) => (await who.call('GET /api/engagements/:engagementId', here())).may
  it('offers each side its own acts', async () => {
    expect(await offered(cast.tester)).toContain('finding.submit')
    for (const other of ['finding.review', 'engagement.stop', 'scope.edit', 'report.sign_audit'])
      expect(await offered(cast.tester)).not.toContain(other)
    expect(await offered(cast.auditor)).toContain('report.sign_audit')
    expect(await offered(cast.auditor)).not.toContain('engagement.run')
    expect(await offered(yu)).not.toContain('scope.propose')
  })
  it('does so on the page of a finding', async () => {
    const onFinding = async (who: Person) =>
      (
        await who.call('GET /api/engagements/:engagementId/findings/:findingId', {
          params: { engagementId, findingId },
        })
      ).may
    expect(await onFinding(cast.organizer)).toContain('finding.review')
    expect(await onFinding(cast.tester)).not.toContain('finding.review')
    expect(await onFinding(wu)).not.toContain('reward.approve')
  })
  it('offers emergency access to who keeps the rights and does not read findings, and its end to the sides', async () => {
    const offer = async (who: Person) => {
      const { mayAsk, mayEnd } = await who.call('GET /api/engagements/:engagementId/break-glass', here())
      return [mayAsk, mayEnd]
    }
    expect(await offer(an)).toEqual([true, true])
    expect(await offer(cast.organizer), 'reads them anyway').toEqual([false, true])
    expect(await offer(xi)).toEqual([false, true])
    expect(await offer(shen)).toEqual([false, false])
    expect(await offer(cast.auditor)).toEqual([false, false])
  })
  it('offers decoys to who may place them, with testers and assets to name', async () => {
    const offer = (who: Person) => who.call('GET /api/engagements/:engagementId/decoys', here())
    const { mayPlace, testers } = await offer(an)
    expect([mayPlace, testers.length > 0]).toEqual([true, true])
    expect(await offer(shen)).toMatchObject({ mayPlace: false, testers: [], assets: [] })
  })
  it('offers packs with credentials to signatories and the auditor', async () => {
    const offer = async (who: Person) => (await who.call('GET /api/engagements/:engagementId/packs', here())).mayShowAll
    expect([await offer(cast.organizer), await offer(cast.auditor), await offer(wu)]).toEqual([true, true, false])
  })
  it('offers terms, holds and the end of recordings to those who answer for them', async () => {
    const offer = async (who: Person) => {
      const page = await who.call('GET /api/engagements/:engagementId/retention', here())
      return [page.mayKeepFrom !== null, page.mayPlace, page.mayDispose]
    }
    expect(await offer(cast.organizer)).toEqual([true, true, true])
    expect(await offer(cast.demand)).toEqual([true, false, false])
    expect(await offer(cast.auditor)).toEqual([false, true, false])
    expect(await offer(wu)).toEqual([false, false, false])
  })
  it('offers the rule of witnesses, before testing, to who works on it and to who signs', async () => {
    const { engagementId: draft } = await cast.demand.call('POST /api/engagements', { body: demandDraft(cast) })
    const offer = async (who: Person) => {
      const page = await who.call('GET /api/engagements/:engagementId/witness-rule', {
        params: { engagementId: draft },
      })
      return [page.mayPropose, page.mayDecide]
    }
    expect(await offer(cast.demand)).toEqual([true, true])
    expect(await offer(tao)).toEqual([true, false])
    expect(await offer(yu)).toEqual([false, false])
  })
})

describe('the platform', () => {
  it('offers each of a house the rules that they may change', async () => {
    const offer = async (who: Person) => [
      (await who.call('GET /api/separation', {})).mayChange,
      (await who.call('GET /api/two-person-rules', {})).mayChange,
      (await who.call('GET /api/holds', {})).mayPlace,
      (await who.call('GET /api/me', {})).may.includes('members.change'),
    ]
    expect(await offer(cast.organizer)).toEqual([true, true, true, true])
    expect(await offer(an)).toEqual([true, true, false, true])
    expect(await offer(wu)).toEqual([false, false, false, false])
    expect(await offer(cast.demand)).toEqual([true, true, false, true])
  })
  it('says whom it asks for time stamps to who runs it', async () => {
    const told = async (who: Person) => (await who.call('GET /api/ledger/time-stamps', {})).automatic?.addresses
    expect(await told(xi)).toEqual(['https://stamps.example/'])
    for (const who of [an, shen, wu, cast.demand, cast.auditor, cast.tester]) expect(await told(who)).toBeNull()
  })
  it('asks who runs it, and nobody else, to confirm where a house is', async () => {
    await sql`update organisations set jurisdiction_stated_at = null where id = ${cast.orgIds.auditor}`.execute(
      stage.deps.database.kysely,
    )
    const asked = async (who: Person) =>
      (await who.call('GET /api/home', {})).waiting.some((one) => one.kind === 'place')
    expect(await asked(xi)).toBe(true)
    for (const who of [an, shen, wu, cast.demand, cast.auditor]) expect(await asked(who)).toBe(false)
  })
})

import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { move, record } from '@zhongheng/tools/demo/prepare.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let stage: Stage
let cast: Cast
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
})
afterAll(() => stage.close())

const at = (engagementId: string) => ({ params: { engagementId } })
const page = (person: Person, id: string) => person.call('GET /api/engagements/:engagementId', at(id))
const letters = async (id: string) =>
  (await cast.demand.call('GET /api/engagements/:engagementId/letters', at(id))).letters
const check = (number: string, checkCode: string) =>
  new Person(stage.base, 'anybody').call('POST /api/public/letter-checks', { body: { number, checkCode } })
const forgetChecks = () => sql`delete from throttles`.execute(stage.deps.database.kysely)

/** A draft whose one object is claimed by a signed letter, as a demand side without web server would. */
async function draftWithLetter(): Promise<{ id: string; proofId: string }> {
  const made = await cast.demand.call('POST /api/engagements', {
    body: {
      title: '网段众测',
      goals: '检验对外网段的安全性。',
      windowOpens: new Date(Date.now() - 60_000).toISOString(),
      windowCloses: new Date(Date.now() + 3_600_000).toISOString(),
      auditMode: 'third_party',
      dataLevel: 'general',
      environment: 'dedicated',
      organizerOrgId: cast.orgIds.organizer,
      auditorOrgId: cast.orgIds.auditor,
      minGrade: 1,
      rewardTable: [],
      budgetFen: 0,
    },
  })
  const id = made.engagementId
  await cast.demand.call('PUT /api/engagements/:engagementId/scope', {
    ...at(id),
    body: { format: 'text', content: '203.0.113.0/28', version: made.version },
  })
  const { missing } = await cast.demand.call('GET /api/engagements/:engagementId/proofs', at(id))
  const { proofId } = await cast.demand.call('POST /api/engagements/:engagementId/proofs', {
    ...at(id),
    body: { object: missing[0] ?? '', method: 'letter' },
  })
  return { id, proofId }
}
const giveLetter = ({ id, proofId }: { id: string; proofId: string }) =>
  cast.demand.call('POST /api/engagements/:engagementId/proofs/:proofId/letter', {
    params: { engagementId: id, proofId },
    body: { reference: '云帆函 2026-7', sha256: 'a'.repeat(64) },
  })
const judgeLetter = ({ id, proofId }: { id: string; proofId: string }, verdict: 'proven' | 'failed') =>
  cast.organizer.call('POST /api/engagements/:engagementId/proofs/:proofId/confirmation', {
    params: { engagementId: id, proofId },
    body: { verdict, note: '已核对印章与编号' },
  })
const reviewAndSign = async (id: string): Promise<void> => {
  for (const reviewer of [cast.organizer, cast.organizer2])
    await record(reviewer, id, 'review', { verdict: 'pass', reason: '材料齐全，可以受理该需求。' })
  for (const side of [cast.demand, cast.organizer]) {
    await record(side, id, 'service_agreement', { reference: '2026-1', agreed: true })
    await record(side, id, 'nda', { reference: '2026-1', agreed: true })
  }
}

describe('ownership by a signed letter', () => {
  it('needs the letter to submit and the organizer’s verdict to agree', async () => {
    const draft = await draftWithLetter()
    await expect(move(cast.demand, draft.id, 'submit')).rejects.toMatchObject({ rule: 'GBT43741-5.1-02' })
    await giveLetter(draft)
    await move(cast.demand, draft.id, 'submit')
    await reviewAndSign(draft.id)
    await expect(move(cast.organizer, draft.id, 'agree')).rejects.toMatchObject({ rule: 'GBT43741-5.1-02' })
    await judgeLetter(draft, 'proven')
    await move(cast.organizer, draft.id, 'agree')
    expect((await page(cast.demand, draft.id)).state).toBe('agreed')
  })
  it('that the organizer found wanting does not carry the demand', async () => {
    const draft = await draftWithLetter()
    await giveLetter(draft)
    await move(cast.demand, draft.id, 'submit')
    await judgeLetter(draft, 'failed')
    await reviewAndSign(draft.id)
    await expect(move(cast.organizer, draft.id, 'agree')).rejects.toMatchObject({ rule: 'GBT43741-5.1-02' })
  })
})

describe('a draft', () => {
  it('is the demand side’s alone: organizer and auditor find nothing', async () => {
    const { id } = await draftWithLetter()
    for (const person of [cast.organizer, cast.auditor, cast.tester])
      expect((await person.fetch('GET /api/engagements/:engagementId', at(id))).status).toBe(404)
  })
})

describe('a demand that two reviewers reject', () => {
  it('goes back with reasons, is revised on a new scope version and submitted again for new reviews', async () => {
    const draft = await draftWithLetter()
    await giveLetter(draft)
    await move(cast.demand, draft.id, 'submit')
    await record(cast.organizer, draft.id, 'review', { verdict: 'reject', reason: '测试时间与业务高峰重叠，请调整。' })
    await expect(move(cast.organizer, draft.id, 'reject', '两名审查人意见一致，退回修改。')).rejects.toMatchObject({
      rule: 'GBT43741-5.1-09',
    })
    await record(cast.organizer2, draft.id, 'review', { verdict: 'reject', reason: '同意上述意见，请调整后再提交。' })
    await move(cast.organizer, draft.id, 'reject', '两名审查人意见一致，退回修改。')
    await move(cast.demand, draft.id, 'revise')
    expect((await cast.organizer.fetch('GET /api/engagements/:engagementId', at(draft.id))).status).toBe(404)
    const { versions } = await cast.demand.call('GET /api/engagements/:engagementId/scope', at(draft.id))
    expect(versions.map((one) => [one.number, one.state])).toEqual([
      [2, 'draft'],
      [1, 'superseded'],
    ])
    await move(cast.demand, draft.id, 'submit')
    const { records } = await cast.organizer.call('GET /api/engagements/:engagementId/records', at(draft.id))
    expect(records.filter((one) => one.kind === 'review').map((one) => one.current)).toEqual([false, false])
    await record(cast.organizer, draft.id, 'review', { verdict: 'pass', reason: '时间已调整，同意受理。' })
  })
})

describe('an engagement in testing', () => {
  let id: string
  let number: string
  let code: string
  beforeAll(async () => {
    id = await inTesting(stage, cast)
    const [letter] = await letters(id)
    number = letter?.number ?? ''
    code = letter?.checkCode ?? ''
  })

  it('has a letter that anybody checks with number and code, in any spelling of the code', async () => {
    for (const spelling of [code, code.toLowerCase(), code.replaceAll('-', ''), code.replaceAll('-', ' ')])
      expect(await check(number, spelling)).toMatchObject({
        state: 'valid',
        number,
        demandName: '云帆a',
        scopeNumber: 1,
      })
    await forgetChecks()
  })
  it('answers a wrong code exactly as an unknown number, and names nobody', async () => {
    const wrong = await check(
      number,
      code.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    )
    expect(wrong).toEqual({ ...(await check('ZH-2020-9999-L1', code)), number })
    expect(wrong).toMatchObject({ state: 'unknown', demandName: null, sha256: null })
    await forgetChecks()
  })
  it('is not searched for letters: guesses are counted', async () => {
    for (let n = 0; n < 10; n++) await check(number, '00000-00000-00000-00000')
    await expect(check(number, code)).rejects.toMatchObject({ status: 429 })
    await forgetChecks()
  })
  it('gives the very bytes whose digest the check names, as PDF and DOCX', async () => {
    const { createHash } = await import('node:crypto')
    const { sha256 } = await check(number, code)
    const [letter] = await letters(id)
    const params = { engagementId: id, letterId: letter?.letterId ?? '' }
    for (const form of ['pdf', 'docx'] as const) {
      const bytes = await cast.demand.file(`GET /api/engagements/:engagementId/letters/:letterId/file.${form}`, {
        params,
      })
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256?.[form])
    }
  })

  describe('whose scope changes', () => {
    const propose = (content: string) =>
      cast.organizer.call('POST /api/engagements/:engagementId/scope/changes', {
        ...at(id),
        body: { content, reason: '业务方要求调整测试对象。' },
      })
    const decide = (person: Person, scopeVersionId: string, verdict: 'approve' | 'refuse') =>
      person.call('POST /api/engagements/:engagementId/scope/changes/:scopeVersionId/decision', {
        params: { engagementId: id, scopeVersionId },
        body: { verdict, reason: '已核对' },
      })

    it('takes in no object whose ownership nobody proved', async () => {
      const proposed = await propose(`http://${stage.target.host}:${stage.target.port}/\nhttps://partner.example/`)
      await expect(decide(cast.demand, proposed.scopeVersionId, 'approve')).rejects.toMatchObject({
        status: 409,
        rule: 'GBT43741-5.1-02',
        message: expect.stringContaining('partner.example') as string,
      })
      const { missing } = await cast.demand.call('GET /api/engagements/:engagementId/proofs', at(id))
      expect(missing).toEqual(['partner.example'])
      const proof = await cast.demand.call('POST /api/engagements/:engagementId/proofs', {
        ...at(id),
        body: { object: 'partner.example', method: 'letter' },
      })
      await giveLetter({ id, proofId: proof.proofId })
      await judgeLetter({ id, proofId: proof.proofId }, 'proven')
      expect((await decide(cast.demand, proposed.scopeVersionId, 'approve')).approvals).toEqual(['demand'])
      await decide(cast.organizer, proposed.scopeVersionId, 'refuse')
      await expect(decide(cast.organizer, proposed.scopeVersionId, 'approve')).rejects.toMatchObject({
        rule: 'SCOPE-CHANGE-2',
      })
    })
    it('takes force only when both sides approved: letter anew, the old one superseded, risks to be acknowledged again', async () => {
      const proposed = await propose(`http://${stage.target.host}:${stage.target.port}/shop`)
      await decide(cast.demand, proposed.scopeVersionId, 'approve')
      await decide(cast.demand, proposed.scopeVersionId, 'approve')
      expect((await letters(id)).map((one) => one.state)).toEqual(['valid'])
      await decide(cast.organizer, proposed.scopeVersionId, 'approve')
      expect((await letters(id)).map((one) => [one.state, one.scopeNumber])).toEqual([
        ['valid', 3],
        ['superseded', 1],
      ])
      expect(await check(number, code)).toMatchObject({ state: 'superseded' })
      const { records } = await cast.demand.call('GET /api/engagements/:engagementId/records', at(id))
      expect(records.find((one) => one.kind === 'risk_notice')?.current).toBe(false)
      const { inForce, versions } = await cast.demand.call('GET /api/engagements/:engagementId/scope', at(id))
      expect(inForce).toBe(proposed.scopeVersionId)
      expect(versions.map((one) => one.state)).toEqual(['frozen', 'refused', 'superseded'])
    })
    it('is never approved after the end: no letter comes to life again', async () => {
      const proposed = await propose(`http://${stage.target.host}:${stage.target.port}/late`)
      await decide(cast.demand, proposed.scopeVersionId, 'approve')
      await move(cast.organizer, id, 'terminate', '需求方业务调整，经协商终止项目。')
      await expect(decide(cast.organizer, proposed.scopeVersionId, 'approve')).rejects.toMatchObject({
        status: 409,
        rule: 'STATE-1',
      })
      expect((await letters(id)).map((one) => one.state)).toEqual(['revoked', 'superseded'])
    })
  })

  it('once terminated has revoked leases and letters, and only residue and disposal are left to write', async () => {
    const { leases } = await cast.auditor.call('GET /api/engagements/:engagementId/leases', at(id))
    expect(leases.every((one) => one.state === 'revoked')).toBe(true)
    const [letter] = await letters(id)
    expect(await check(letter?.number ?? '', letter?.checkCode ?? '')).toMatchObject({ state: 'revoked' })
    expect((await page(cast.organizer, id)).moves).toEqual([])
    await record(cast.tester, id, 'artefact_declaration', { left: '无残留' })
    await expect(
      record(cast.demand, id, 'acceptance', { opinion: '终止后不再验收，此条应被拒绝。' }),
    ).rejects.toMatchObject({
      rule: 'STATE-2',
    })
  })
})

describe('an engagement that is cancelled before testing', () => {
  it('needs a reason, which is kept sealed, and ends for good', async () => {
    const draft = await draftWithLetter()
    await giveLetter(draft)
    await move(cast.demand, draft.id, 'submit')
    await expect(move(cast.demand, draft.id, 'cancel', '短')).rejects.toMatchObject({ status: 422, rule: 'REASON-1' })
    await move(cast.demand, draft.id, 'cancel', '预算取消，本年度不再开展。')
    expect(await page(cast.organizer, draft.id)).toMatchObject({ state: 'cancelled', moves: [] })
    const { records } = await cast.demand.call('GET /api/engagements/:engagementId/records', at(draft.id))
    expect(records[0]?.fields.at(-1)?.value).toBe('预算取消，本年度不再开展。')
    // The move and the choices stand there in words, not by their names.
    expect(records[0]?.fields[0]).toMatchObject({ name: 'move', value: 'cancel', words: { zh: '取消项目' } })
    // Nobody is offered an invitation that would be refused.
    const enrollments = 'GET /api/engagements/:engagementId/enrollments'
    expect(await cast.organizer.call(enrollments, at(draft.id))).toEqual({ enrollments: [], takesTesters: false })
    const { rows } = await sql<{ text: string }>`
      select string_agg(leaf, '') || (select json_agg(r)::text from engagement_records r) as text from events`.execute(
      stage.deps.database.kysely,
    )
    expect(rows[0]?.text).not.toContain('预算取消')
  })
})

describe('two who change the same engagement', () => {
  it('do not overwrite each other: the later one is told to load it again', async () => {
    const { id } = await draftWithLetter()
    const { version } = await page(cast.demand, id)
    const edit = (goals: string) =>
      cast.demand.fetch('PATCH /api/engagements/:engagementId', { ...at(id), body: { goals, version } })
    const answers = await Promise.all([edit('第一个人写的目标与要求。'), edit('第二个人写的目标与要求。')])
    expect(answers.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([200, 409])
  })
})

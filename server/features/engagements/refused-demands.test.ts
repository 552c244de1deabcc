import { type Cast, assemble, demandDraft } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { move, record } from '@zhongheng/tools/demo/prepare.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/* What Lin Fan of the demand side, and those she works with, are told when what they write does not hold together. */
let stage: Stage
let cast: Cast
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
})
afterAll(() => stage.close())

const at = (engagementId: string) => ({ params: { engagementId } })
type Answer = { status: number; rule: string | undefined; field: string | undefined }
async function told(answer: Promise<Response>): Promise<Answer> {
  const response = await answer
  const body = (await response.json()) as { rule?: string; fields?: { field: string }[] }
  return { status: response.status, rule: body.rule, field: body.fields?.[0]?.field }
}
const atField = (field: string) => ({ status: 422, field })
const byRule = (rule: string) => ({ status: 409, rule })

const begin = (more: object = {}) =>
  cast.demand.fetch('POST /api/engagements', { body: { ...demandDraft(cast), ...more } })
const begun = () => cast.demand.call('POST /api/engagements', { body: demandDraft(cast) })
const change = (id: string, body: object) =>
  cast.demand.fetch('PATCH /api/engagements/:engagementId', { ...at(id), body })
const writeScope = (id: string, content: string, more: object = {}) =>
  cast.demand.fetch('PUT /api/engagements/:engagementId/scope', {
    ...at(id),
    body: { format: 'text', content, version: 1, ...more },
  })
const versionOf = async (id: string) => (await cast.demand.call('GET /api/engagements/:engagementId', at(id))).version
const askProof = (id: string, object: string, method: 'dns' | 'file' | 'letter') =>
  cast.demand.fetch('POST /api/engagements/:engagementId/proofs', { ...at(id), body: { object, method } })
const proofOf = async (id: string, object: string, method: 'dns' | 'file' | 'letter') =>
  ((await (await askProof(id, object, method)).json()) as { proofId: string }).proofId
const giveLetter = (id: string, proofId: string) =>
  cast.demand.fetch('POST /api/engagements/:engagementId/proofs/:proofId/letter', {
    params: { engagementId: id, proofId },
    body: { reference: '云帆函 2026-7', sha256: 'a'.repeat(64) },
  })

/** A draft with a scope whose objects are claimed by letters. */
async function claimed(content = 'https://api.yunfan.example/'): Promise<string> {
  const { engagementId } = await begun()
  await writeScope(engagementId, content)
  const { missing } = await cast.demand.call('GET /api/engagements/:engagementId/proofs', at(engagementId))
  for (const object of missing) await giveLetter(engagementId, await proofOf(engagementId, object, 'letter'))
  return engagementId
}
async function submitted(): Promise<string> {
  const id = await claimed()
  await move(cast.demand, id, 'submit')
  return id
}
async function agreed(): Promise<string> {
  const id = await submitted()
  const { proofs } = await cast.organizer.call('GET /api/engagements/:engagementId/proofs', at(id))
  for (const { proofId } of proofs)
    await cast.organizer.call('POST /api/engagements/:engagementId/proofs/:proofId/confirmation', {
      params: { engagementId: id, proofId },
      body: { verdict: 'proven', note: '已核对印章与编号' },
    })
  for (const reviewer of [cast.organizer, cast.organizer2])
    await record(reviewer, id, 'review', { verdict: 'pass', reason: '材料齐全，可以受理该需求。' })
  for (const side of [cast.demand, cast.organizer]) {
    await record(side, id, 'service_agreement', { reference: '2026-1', agreed: true })
    await record(side, id, 'nda', { reference: '2026-1', agreed: true })
  }
  await move(cast.organizer, id, 'agree')
  return id
}

const later = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
const band = (severity: 'high' | 'low', minFen: number, maxFen: number) => ({ severity, minFen, maxFen })

describe('a demand that Lin Fan begins or changes', () => {
  it.each([
    ['a window that closes before it opens', 'body.windowCloses', { windowOpens: later(2), windowCloses: later(1) }],
    ['a window of more than a year', 'body.windowCloses', { windowOpens: later(1), windowCloses: later(400) }],
    ['a reward whose most is less than its least', 'body.rewardTable', { rewardTable: [band('high', 500, 400)] }],
    ['two rewards for one severity', 'body.rewardTable', { rewardTable: [band('low', 1, 2), band('low', 3, 4)] }],
  ])('is refused with %s, at the beginning and later', async (_name, field, wrong) => {
    expect(await told(begin(wrong))).toMatchObject(atField(field))
    const { engagementId, version } = await begun()
    expect(await told(change(engagementId, { ...wrong, version }))).toMatchObject(atField(field))
  })
  it('names an organizer that is one and an auditor that is one', async () => {
    const { organizer, auditor, demand } = cast.orgIds
    expect(await told(begin({ organizerOrgId: auditor }))).toMatchObject(atField('body.organizerOrgId'))
    expect(await told(begin({ auditorOrgId: organizer }))).toMatchObject(atField('body.auditorOrgId'))
    const { engagementId, version } = await begun()
    expect(await told(change(engagementId, { auditorOrgId: demand, version }))).toMatchObject(
      atField('body.auditorOrgId'),
    )
  })
  it('stands as it was submitted: neither it nor its scope is changed any more', async () => {
    const id = await submitted()
    const version = await versionOf(id)
    expect(await told(change(id, { goals: '换一个目标，检验支付流程。', version }))).toMatchObject(byRule('STATE-1'))
    expect(await told(writeScope(id, 'https://pay.yunfan.example/', { version }))).toMatchObject(byRule('SCOPE-FROZEN'))
    const { versions } = await cast.demand.call('GET /api/engagements/:engagementId/scope', at(id))
    const answer = cast.demand.fetch('POST /api/engagements/:engagementId/scope/answers', {
      ...at(id),
      body: { scopeVersionId: versions[0]?.scopeVersionId, questionId: 'q', answer: { kind: 'letter_only' } },
    })
    expect(await told(answer)).toMatchObject(byRule('SCOPE-FROZEN'))
  })
  it('makes no move that there is none of, and none from a page that is old', async () => {
    const { engagementId, version } = await begun()
    const moves = (body: object) =>
      cast.demand.fetch('POST /api/engagements/:engagementId/moves', { ...at(engagementId), body })
    expect(await told(moves({ move: 'fly', version }))).toMatchObject(atField('body.move'))
    expect(
      await told(moves({ move: 'cancel', reason: '预算取消，本年度不再开展。', version: version + 1 })),
    ).toMatchObject(byRule('VERSION-1'))
  })
})

describe('a scope that Lin Fan writes', () => {
  it('has at least one line and at most five thousand', async () => {
    const { engagementId } = await begun()
    const many = Array.from({ length: 5001 }, (_, n) => `n${n}.yunfan.example`).join('\n')
    for (const content of ['# 尚未确定', many])
      expect(await told(writeScope(engagementId, content))).toMatchObject(atField('body.content'))
  })
  it('from another platform is the JSON that it exported', async () => {
    const { engagementId } = await begun()
    expect(await told(writeScope(engagementId, '{ targets:', { format: 'hackerone' }))).toMatchObject(
      atField('body.content'),
    )
  })
  it('is written on the page that stands now', async () => {
    const { engagementId } = await begun()
    expect(await told(writeScope(engagementId, 'api.yunfan.example', { version: 7 }))).toMatchObject(
      byRule('VERSION-1'),
    )
  })
  it('answers addresses once there is one', async () => {
    const { engagementId } = await begun()
    const probe = cast.demand.fetch('POST /api/engagements/:engagementId/scope/probe', {
      ...at(engagementId),
      body: { url: 'https://api.yunfan.example/' },
    })
    expect(await told(probe)).toMatchObject(byRule('SCOPE-0'))
  })
  it('has the open questions that it has, and no other', async () => {
    const { engagementId } = await begun()
    const { scopeVersionId } = (await (
      await writeScope(engagementId, 'https://api.yunfan.example/\n我们的安卓应用')
    ).json()) as { scopeVersionId: string }
    const answer = cast.demand.fetch('POST /api/engagements/:engagementId/scope/answers', {
      ...at(engagementId),
      body: { scopeVersionId, questionId: 'nothing', answer: { kind: 'letter_only' } },
    })
    expect(await told(answer)).toMatchObject(atField('body.questionId'))
  })
})

describe('a change of scope', () => {
  const propose = (id: string, content: string) =>
    cast.organizer.fetch('POST /api/engagements/:engagementId/scope/changes', {
      ...at(id),
      body: { content, reason: '业务方要求调整测试对象。' },
    })
  it('is for what was agreed', async () => {
    const id = await submitted()
    expect(await told(propose(id, 'https://api.yunfan.example/v2'))).toMatchObject(byRule('STATE-1'))
  })
  it('waits alone, and is approved when its questions are answered', async () => {
    const id = await agreed()
    const first = await propose(id, 'https://api.yunfan.example/\n我们的安卓应用')
    const { scopeVersionId } = (await first.json()) as { scopeVersionId: string }
    expect(await told(propose(id, 'https://api.yunfan.example/v2'))).toMatchObject(byRule('SCOPE-CHANGE-1'))
    const approve = cast.demand.fetch('POST /api/engagements/:engagementId/scope/changes/:scopeVersionId/decision', {
      params: { engagementId: id, scopeVersionId },
      body: { verdict: 'approve', reason: '已核对' },
    })
    expect(await told(approve)).toMatchObject(byRule('SCOPE-OPEN'))
  })
})

describe('a proof of ownership', () => {
  it('is of an object of the scope, and of a range of addresses by a letter', async () => {
    const { engagementId } = await begun()
    await writeScope(engagementId, '203.0.113.0/28\nhttps://api.yunfan.example/')
    expect(await told(askProof(engagementId, 'elsewhere.example', 'dns'))).toMatchObject(atField('body.object'))
    expect(await told(askProof(engagementId, '203.0.113.0/28', 'dns'))).toMatchObject(atField('body.method'))
  })
  it('by letter is not looked up, one looked up takes no letter, and none is confirmed before its letter came', async () => {
    const id = await claimed()
    const byLetter = await proofOf(id, 'api.yunfan.example', 'letter')
    const byName = await proofOf(id, 'api.yunfan.example', 'dns')
    const lookUp = cast.demand.fetch('POST /api/engagements/:engagementId/proofs/:proofId/check', {
      params: { engagementId: id, proofId: byLetter },
    })
    expect(await told(lookUp)).toMatchObject(byRule('PROOF-1'))
    expect(await told(giveLetter(id, byName))).toMatchObject(byRule('PROOF-1'))
    await move(cast.demand, id, 'submit')
    for (const proofId of [byLetter, byName]) {
      const confirm = cast.organizer.fetch('POST /api/engagements/:engagementId/proofs/:proofId/confirmation', {
        params: { engagementId: id, proofId },
        body: { verdict: 'proven', note: '已核对印章与编号' },
      })
      expect(await told(confirm)).toMatchObject(byRule('PROOF-2'))
    }
  })
})

describe('a written act', () => {
  const write = (person: Person, id: string, kind: string, fields: object) =>
    told(person.fetch('POST /api/engagements/:engagementId/records', { ...at(id), body: { kind, fields } }))
  let id: string
  beforeAll(async () => {
    id = await submitted()
  })
  it('is of a kind that there is', async () => {
    expect(await write(cast.demand, id, 'love_letter', {})).toMatchObject(atField('body.kind'))
  })
  it.each([
    ['a field that the form does not have', 'body.fields.extra', { reference: '2026-1', agreed: true, extra: 'x' }],
    ['a promise that was not ticked', 'body.fields.agreed', { reference: '2026-1', agreed: false }],
    ['a field left out', 'body.fields.reference', { agreed: true }],
    ['too few words', 'body.fields.reference', { reference: ' 1 ', agreed: true }],
    ['a line break in a line', 'body.fields.reference', { reference: '2026-1\n2026-2', agreed: true }],
  ])('is refused with %s', async (_name, field, fields) => {
    expect(await write(cast.demand, id, 'nda', fields)).toMatchObject(atField(field))
  })
  it('chooses what there is to choose', async () => {
    const review = { verdict: 'perhaps', reason: '材料齐全，可以受理该需求。' }
    expect(await write(cast.organizer, id, 'review', review)).toMatchObject(atField('body.fields.verdict'))
  })
  it('that binds the house is signed by a signatory, and once', async () => {
    const nda = { reference: '2026-1', agreed: true }
    expect(await write(cast.organizer2, id, 'nda', nda)).toMatchObject({ status: 403, rule: 'SIGN-1' })
    await record(cast.demand, id, 'nda', nda)
    expect(await write(cast.demand, id, 'nda', nda)).toMatchObject(byRule('RECORD-1'))
  })
})

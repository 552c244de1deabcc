import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { type Cast, assemble, demandDraft, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { age as longAgo, terminate } from '@zhongheng/testing/scenes/ended-engagement.ts'
import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { move } from '@zhongheng/tools/demo/prepare.ts'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { carryOutDisposals } from '../../jobs/disposals.ts'

let stage: Stage
let client: pg.Client
let cast: Cast
let colleague: Person
let disposed: string[]
let orderer: string
let ordererName: string
beforeAll(async () => {
  stage = await openStage()
  client = new pg.Client({ connectionString: stage.deps.settings.databaseUrl })
  await client.connect()
  cast = await assemble(stage, 'a')
  const { people } = await stage.house('auditor', '信衡二', [{ login: 'yan-a' }])
  colleague = await moved(people['yan-a'], cast.orgIds.auditor)
  const me = await cast.organizer.call('GET /api/me', {})
  orderer = me.personId
  ordererName = me.name
  Object.assign(stage.deps.recorder, {
    dispose: async (id: string) => {
      disposed.push(id)
    },
  })
})
afterAll(async () => {
  await client.end()
  await stage.close()
})
beforeEach(() => {
  disposed = []
})

/** A second auditor in the first one's house. */
async function moved(person: (Person & { personId: string }) | undefined, orgId: string): Promise<Person> {
  if (!person) throw new Error('nobody is called so')
  await pastTriggers(stage.deps.settings.databaseUrl, [
    'update persons set org_id = $2 where id = $1',
    [person.personId, orgId],
  ])
  return person
}

const at = (engagementId: string) => ({ params: { engagementId } })
const why = { reason: '监管部门调查期间须保全全部证据。', reference: '网监函〔2026〕7 号' }
const place = (person: Person, id: string) =>
  person.call('POST /api/engagements/:engagementId/holds', { ...at(id), body: why })
const lift = (person: Person, holdId: string, verdict: 'ask' | 'confirm' | 'keep') =>
  person.call('POST /api/holds/:holdId/lift', {
    params: { holdId },
    body: { verdict, reason: '调查已经结案，可以解除。' },
  })
const page = (person: Person, id: string) => person.call('GET /api/engagements/:engagementId/retention', at(id))
const order = (person: Person, id: string, what: 'traffic' | 'file') =>
  person.call('POST /api/engagements/:engagementId/disposals', {
    ...at(id),
    body: { what, basis: '服务协议第 9 条', witness: '方正（信衡）' },
  })

/** Testing was ended, residue was checked and everybody certified the deletion. */
async function terminated(title: string): Promise<string> {
  const id = await inTesting(stage, cast, title)
  await recordedExchange(stage, id, cast.tester, { path: '/orders/4711' })
  await query(
    `insert into segments (id, engagement_id, exchanges, first_sequence, last_sequence, bytes, sha256, root, sealed_at)
     values ($1, $2, 1, 1, 1, 5, $3, $3, now())`,
    [makeId('segment', new Date(), randomBytes(10)), id, 'a'.repeat(64)],
  )
  await terminate(cast, id)
  return id
}
const age = (id: string, days: number): Promise<void> => longAgo(stage, id, days)

describe('GBT43741-5.3-10 a legal hold', () => {
  let id: string
  beforeAll(async () => {
    id = await terminated('证据保全')
    await age(id, 2000)
  })
  it('is placed by the auditor or a signatory of the organizer, and by nobody else', async () => {
    for (const person of [cast.demand, cast.organizer2, cast.tester])
      await expect(place(person, id)).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
    const hold = await place(cast.auditor, id)
    expect(hold).toMatchObject({ ...why, orgKind: 'auditor', engagement: { engagementId: id }, liftAsked: null })
    expect((await page(cast.demand, id)).holds).toMatchObject([{ holdId: hold.holdId, mayAsk: false }])
    await expect(page(cast.tester, id)).rejects.toMatchObject({ status: 403 })
  })
  it('refuses disposal in the domain, and in the database what went past the use case', async () => {
    const { traffic, file } = await page(cast.organizer, id)
    expect([traffic.refused?.rule, file.refused?.rule]).toEqual(['HOLD-1', 'HOLD-1'])
    await expect(order(cast.organizer, id, 'file')).rejects.toMatchObject({ status: 409, rule: 'HOLD-1' })
    for (const statement of [
      `insert into disposals values ('dsp_x', '${id}', 'file', 'x', '${orderer}', now())`,
      `update engagements set wrapped_key = '' where id = '${id}'`,
      `delete from exchanges where engagement_id = '${id}'`,
      `delete from segments where engagement_id = '${id}'`,
      `delete from events where engagement_id = '${id}'`,
      `delete from engagement_records where engagement_id = '${id}'`,
      `truncate exchanges`,
      `delete from legal_holds`,
      `update legal_holds set lifted_by = 'x', lifted_at = now()`,
      `update legal_holds set engagement_id = null`,
    ])
      expect(await refusalOf(statement), statement).toMatch(/^ZH003|^23514/)
  })
  it('is lifted by two different persons of the house that placed it', async () => {
    const { holds } = await page(cast.auditor, id)
    const holdId = holds[0]?.holdId ?? ''
    await expect(lift(cast.organizer, holdId, 'ask')).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
    await expect(lift(cast.auditor, holdId, 'confirm')).rejects.toMatchObject({ status: 409, rule: 'HOLD-4' })
    expect(await lift(cast.auditor, holdId, 'ask')).toMatchObject({ mayAsk: false, mayConfirm: false, mayKeep: true })
    await expect(lift(cast.auditor, holdId, 'confirm')).rejects.toMatchObject({ rule: 'HOLD-3' })
    expect(await lift(colleague, holdId, 'keep')).toMatchObject({ liftAsked: null, lifted: null })
    await lift(cast.auditor, holdId, 'ask')
    expect((await lift(colleague, holdId, 'confirm')).lifted?.by).toBe('yan-a')
    await expect(lift(colleague, holdId, 'ask')).rejects.toMatchObject({ status: 409, rule: 'HOLD-2' })
    expect((await page(cast.organizer, id)).file.refused).toBe(null)
  })
  it('is in the ledger with digests of its words, never the words', async () => {
    const { rows } = await query(
      `select kind, leaf from events where engagement_id = $1 and kind like 'hold.%' order by seq`,
      [id],
    )
    expect(rows.map((row) => row['kind'])).toEqual([
      'hold.placed',
      'hold.lift_asked',
      'hold.lift_kept',
      'hold.lift_asked',
      'hold.lifted',
    ])
    expect(JSON.stringify(rows)).not.toMatch(/监管|网监函/)
  })
  it('keeps an engagement from beginning disposal and from closing', async () => {
    const going = await inTesting(stage, cast, '尚未了结')
    await place(cast.organizer, going)
    await query(`update engagements set state = 'accepted' where id = $1`, [going])
    await expect(move(cast.organizer, going, 'dispose')).rejects.toMatchObject({ status: 409, rule: 'HOLD-1' })
  })
})

describe('a hold of a whole house', () => {
  let holdId: string
  it('stands over everything that it takes part in, and over nothing else', async () => {
    await expect(cast.demand.call('POST /api/holds', { body: why })).rejects.toMatchObject({ status: 403 })
    const id = await terminated('全所保全')
    await age(id, 2000)
    const hold = await cast.auditor.call('POST /api/holds', { body: why })
    holdId = hold.holdId
    expect(hold.engagement).toBe(null)
    await expect(order(cast.organizer, id, 'traffic')).rejects.toMatchObject({ rule: 'HOLD-1' })
    expect((await page(cast.demand, id)).holds[0]?.holdId).toBe(holdId)
    expect(await refusalOf(`delete from segments where engagement_id = '${id}'`)).toMatch(/^ZH003/)
    expect(await refusalOf(`delete from exchanges where engagement_id = '${id}'`)).toMatch(/^ZH003/)
    const { holds } = await cast.tester.call('GET /api/holds', {})
    expect(holds).toEqual([])
  })
  it('is lifted as others are', async () => {
    await lift(cast.auditor, holdId, 'ask')
    expect((await lift(colleague, holdId, 'confirm')).lifted).not.toBe(null)
  })
})

describe('GBT43741-5.3-06 disposal', () => {
  it('waits for the time of retention, for the written acts, and for the end', async () => {
    const id = await inTesting(stage, cast, '为时太早')
    await expect(order(cast.organizer, id, 'file')).rejects.toMatchObject({ status: 409, rule: 'DISPOSAL-1' })
    await move(cast.organizer, id, 'terminate', '需求方业务调整，经协商终止项目。')
    await expect(order(cast.organizer, id, 'file')).rejects.toMatchObject({ rule: 'GBT43741-5.3-04' })
    await expect(order(cast.auditor, id, 'file')).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
    const early = await terminated('未满五年')
    await age(early, 200)
    await expect(order(cast.organizer, early, 'file')).rejects.toMatchObject({ rule: 'GBT43741-5.3-10' })
    const direct = `insert into disposals values ('dsp_x', '${early}', 'file', 'x', '${orderer}', now())`
    expect(await refusalOf(direct)).toMatch(/^ZH001/)
    expect(await refusalOf(`update engagements set wrapped_key = '' where id = '${early}'`)).toMatch(/^ZH001/)
  })
  it('destroys keys, recorded traffic and documents, and leaves the ledger whole and the engagement known', async () => {
    const id = await terminated('到期销毁')
    const before = await cast.demand.call('GET /api/engagements/:engagementId', at(id))
    await age(id, 2000)
    const { rows } = await query('select wrapped_key from engagements where id = $1', [id])
    const wrapped = rows[0]?.['wrapped_key'] as Buffer
    expect((await order(cast.organizer, id, 'file')).file.ordered).toMatchObject({ basis: '服务协议第 9 条' })
    await expect(order(cast.organizer, id, 'traffic')).rejects.toMatchObject({ rule: 'DISPOSAL-2' })
    expect(await carryOutDisposals(stage.deps)).toBe(1)
    expect(await carryOutDisposals(stage.deps)).toBe(0)
    expect(disposed).toEqual([id])
    expect(stage.deps.keys.engagement({ id, demand_org_id: cast.orgIds.demand, wrapped_key: wrapped })).toBe(null)
    const after = await cast.demand.call('GET /api/engagements/:engagementId', at(id))
    expect(after).toMatchObject({ engagementId: id, title: before.title, state: 'terminated', goals: '' })
    for (const read of [
      () => cast.demand.call('GET /api/engagements/:engagementId/records', at(id)),
      () => cast.demand.call('GET /api/engagements/:engagementId/scope', at(id)),
      () => cast.auditor.call('GET /api/engagements/:engagementId/exchanges', { ...at(id), query: { limit: 10 } }),
    ])
      await expect(read()).rejects.toMatchObject({
        status: 409,
        rule: 'DISPOSED-1',
        message: expect.stringContaining(`按 GBT43741-5.3-10 销毁（下达：${ordererName}）`) as string,
      })
    expect(
      (await query(`select host, path, address, content_type from exchanges where engagement_id = $1`, [id])).rows,
    ).toEqual([{ host: '', path: '', address: null, content_type: null }])
    expect((await query(`select sum(length(pdf))::int as n from letters where engagement_id = $1`, [id])).rows).toEqual(
      [{ n: 0 }],
    )
    expect((await page(cast.auditor, id)).file).toMatchObject({
      doneAt: expect.any(String) as string,
      refused: { rule: 'DISPOSAL-2' },
    })
    await cast.demand.call('GET /api/findings', { query: { view: 'all', limit: 10 } })
    await stage.integrate()
    expect(await fsck(join(stage.folder, 'ledger'))).toMatchObject({ ok: true })
    const { entries } = await cast.demand.call('GET /api/engagements/:engagementId/ledger', {
      ...at(id),
      query: { limit: 3 },
    })
    expect(JSON.parse(entries[0]?.leaf ?? '')).toMatchObject({ kind: 'disposal.done', facts: { what: 'file' } })
  })
  it('PUB-CR-06 is final: yesterday’s rows, put back, do not open', async () => {
    const id = await terminated('恢复备份')
    await age(id, 2000)
    const { rows } = await query('select wrapped_key, sealed_goals from engagements where id = $1', [id])
    await order(cast.organizer, id, 'file')
    await carryOutDisposals(stage.deps)
    await pastTriggers(stage.deps.settings.databaseUrl, [
      'update engagements set wrapped_key = $2, file_disposed_at = null where id = $1',
      [id, rows[0]?.['wrapped_key']],
    ])
    expect((await cast.demand.call('GET /api/engagements/:engagementId', at(id))).goals).toBe('')
    await expect(cast.demand.call('GET /api/engagements/:engagementId/records', at(id))).rejects.toMatchObject({
      rule: 'DISPOSED-1',
    })
  })
  it('of traffic alone leaves the file readable', async () => {
    const id = await terminated('已满半年')
    await age(id, 200)
    await order(cast.organizer, id, 'traffic')
    expect(await carryOutDisposals(stage.deps)).toBe(1)
    expect(disposed).toEqual([id])
    expect((await cast.demand.call('GET /api/engagements/:engagementId', at(id))).goals).not.toBe('')
    expect((await page(cast.organizer, id)).traffic.doneAt).not.toBe(null)
  })
  it('that was ordered waits for a hold that was placed since, and goes on once it is lifted', async () => {
    const id = await terminated('先令后止')
    await age(id, 2000)
    await order(cast.organizer, id, 'traffic')
    const { holdId } = await place(cast.auditor, id)
    expect(await carryOutDisposals(stage.deps)).toBe(0)
    expect(disposed).toEqual([])
    await lift(cast.auditor, holdId, 'ask')
    await lift(colleague, holdId, 'confirm')
    expect(await carryOutDisposals(stage.deps)).toBe(1)
    expect(disposed).toEqual([id])
  })
  it('that a crash cut short is carried out to its end', async () => {
    const id = await terminated('中途断电')
    await age(id, 2000)
    await order(cast.organizer, id, 'traffic')
    const dispose = stage.deps.recorder.dispose
    Object.assign(stage.deps.recorder, { dispose: () => Promise.reject(new Error('the recorder is away')) })
    await expect(carryOutDisposals(stage.deps)).rejects.toThrow('could not be carried out')
    Object.assign(stage.deps.recorder, { dispose })
    expect(await carryOutDisposals(stage.deps)).toBe(1)
  })
  it('of one that never was tested asks for no certificates', async () => {
    const { engagementId: id } = await cast.demand.call('POST /api/engagements', { body: demandDraft(cast) })
    await move(cast.demand, id, 'cancel', '预算取消，本年度不再开展。')
    await query(`insert into parties values ($1, $2, 'organizer') on conflict do nothing`, [id, cast.orgIds.organizer])
    expect((await page(cast.organizer, id)).traffic).toMatchObject({ keptUntil: null, refused: null })
  })
})

describe('YDT3744-5.5.4-02 how long an engagement keeps its traffic', () => {
  const set = (person: Person, id: string, trafficDays: number) =>
    person.call('PUT /api/engagements/:engagementId/retention', {
      ...at(id),
      body: { trafficDays, reason: '主管部门要求延长保存。' },
    })
  it('is 184 days unless a signatory of the demand side or the organizer sets more, up to five years', async () => {
    const id = await inTesting(stage, cast, '保存期限')
    expect((await page(cast.demand, id)).trafficDays).toEqual({ days: 184, least: 184, most: 1827 })
    for (const person of [cast.tester, cast.auditor, cast.organizer2])
      await expect(set(person, id, 365)).rejects.toMatchObject({ status: 403, rule: 'ROLE-1' })
    for (const days of [183, 1828])
      await expect(set(cast.organizer, id, days)).rejects.toMatchObject({
        status: 422,
        rule: 'TERM-1',
        message: expect.stringContaining('须为 184 至 1827 天') as string,
      })
    expect((await set(cast.demand, id, 365)).trafficDays.days).toBe(365)
    // Nothing was recorded yet.
    expect((await set(cast.organizer, id, 200)).trafficDays.days).toBe(200)
    const { rows } = await query(`select leaf from events where engagement_id = $1 and kind = 'term.set'`, [id])
    expect(rows).toHaveLength(2)
    expect(JSON.stringify(rows)).not.toContain('主管部门')
  })
  it('is only lengthened once there is traffic, and destruction waits for it', async () => {
    const id = await terminated('延长保存')
    expect(await set(cast.organizer, id, 300)).toMatchObject({ trafficDays: { days: 300 }, mayKeepFrom: 300 })
    await expect(set(cast.organizer, id, 299)).rejects.toMatchObject({ status: 409, rule: 'TERM-2' })
    expect(await refusalOf(`update engagements set traffic_days = 184 where id = '${id}'`)).toMatch(/^ZH001/)
    expect(await refusalOf(`update engagements set traffic_days = 100 where id = '${id}'`)).toMatch(/^(ZH001|23514)/)
    await age(id, 250)
    const { keptUntil, refused } = (await page(cast.organizer, id)).traffic
    expect([Date.parse(keptUntil ?? '') > Date.now(), refused?.rule]).toEqual([true, 'YDT3744-5.5.4-02'])
    await expect(order(cast.organizer, id, 'traffic')).rejects.toMatchObject({ rule: 'YDT3744-5.5.4-02' })
    const direct = `insert into disposals (id, engagement_id, what, sealed_words, ordered_by, ordered_at)
      values ('dsp_x', '${id}', 'traffic', 'x', '${orderer}', now())`
    expect(await refusalOf(direct)).toMatch(/^ZH001.*300 days/)
    expect(await refusalOf(`delete from segments where engagement_id = '${id}'`)).toMatch(/^ZH001.*300 days/)
    await age(id, 51)
    await order(cast.organizer, id, 'traffic')
    await expect(set(cast.organizer, id, 400)).rejects.toMatchObject({ status: 409, rule: 'TERM-3' })
    expect(await carryOutDisposals(stage.deps)).toBe(1)
  })
})

describe('where the house wants two persons for disposals', () => {
  it('one orders what another let pass, word for word, and the page names both', async () => {
    const { organizer } = cast
    const { people } = await stage.house('organizer', '众衡二', [{ login: 'qin-a' }])
    const second = await moved(people['qin-a'], cast.orgIds.organizer)
    const id = await terminated('双人销毁')
    await age(id, 200)
    const { version } = await organizer.call('GET /api/two-person-rules', {})
    await organizer.call('PUT /api/two-person-rules', {
      body: { members: false, exports: false, disposals: true, version },
    })
    await expect(order(organizer, id, 'traffic')).rejects.toMatchObject({ status: 409, rule: 'TWO-1' })
    const disposal = { what: 'traffic' as const, basis: '服务协议第 9 条', witness: '方正（信衡）' }
    const act = { kind: 'disposal' as const, engagementId: id, disposal }
    const purpose = '保存期已满，按协议销毁。'
    const asked = await organizer.call('POST /api/approvals', { body: { act, purpose } })
    await expect(cast.auditor.call('POST /api/approvals', { body: { act, purpose } })).rejects.toMatchObject({
      status: 403,
    })
    await second.call('POST /api/approvals/:approvalId/decision', {
      params: { approvalId: asked.approvalId },
      body: { verdict: 'approved', digest: asked.digest, reason: '已核对保存期。' },
    })
    // Another witness was not approved.
    await expect(
      organizer.call('POST /api/engagements/:engagementId/disposals', {
        ...at(id),
        body: { ...disposal, witness: '别人' },
      }),
    ).rejects.toMatchObject({ rule: 'TWO-1' })
    expect((await order(organizer, id, 'traffic')).traffic.ordered).toMatchObject({ by: ordererName, second: 'qin-a' })
    expect(await carryOutDisposals(stage.deps)).toBe(1)
    const list = await cast.auditor.call('GET /api/engagements/:engagementId/exchanges', {
      ...at(id),
      query: { limit: 10 },
    })
    expect(list.disposed).toMatchObject({ by: ordererName, second: 'qin-a', rule: 'YDT3744-5.5.4-02' })
  })
})

afterEach(() => client.query('rollback'))

const query = (text: string, values: unknown[] = []) => client.query<Record<string, unknown>>(text, values)

/** SQLSTATE and text with which the database refuses the highest role; empty when it does not. */
async function refusalOf(statement: string): Promise<string> {
  await client.query('begin')
  try {
    await client.query(statement)
    return ''
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return `${code} ${message}`
  } finally {
    await client.query('rollback')
  }
}

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { move } from '@zhongheng/tools/demo/prepare.ts'
import { signCheckpoint } from '@zhongheng/ledger/log/sign-checkpoint.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { fingerprint } from '@zhongheng/ledger/verify/keys.ts'
import { openCheckpoint } from '@zhongheng/ledger/verify/checkpoint.ts'
import { parseNote, verifyNote } from '@zhongheng/ledger/verify/note.ts'
import { verifyPack } from '@zhongheng/ledger/verify/pack/verify-pack.ts'
import { beginWitness, registrationOf } from '@zhongheng/ledger/witness/begin.ts'
import { type WitnessFolder, openFolder } from '@zhongheng/ledger/witness/folder.ts'
import { cosign, lookOnce } from '@zhongheng/ledger/witness/look.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { witnessRound } from '../../jobs/witnesses.ts'
import { inSystemWork } from '../../work/work.ts'
import { cosignedCheckpoint } from './reads.ts'

/*
 * Lin Fan's Yunfan (demand side) and the auditor Xinheng each run a witness; the organizer may not deliver without them.
 */
let stage: Stage
let cast: Cast
let base: string
const folders: WitnessFolder[] = []
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  base = await mkdtemp(join(tmpdir(), 'zh-witnesses-'))
  await stage.integrate()
})
afterAll(async () => {
  for (const folder of folders) await folder.release()
  await stage.close()
  await rm(base, { recursive: true, force: true })
})

const logKey = (): Uint8Array => stage.deps.ledger.forPacks.logKey
async function setUp(name: string): Promise<{ folder: WitnessFolder; registration: string }> {
  const dir = join(base, name.replace('/', '-'))
  await beginWitness(dir, stage.base, [fingerprint(nodeCrypto.sha256, logKey())], name, new Date())
  const folder = await openFolder(dir)
  folders.push(folder)
  return { folder, registration: await registrationOf(dir) }
}
const register = (person: Person, registration: string) =>
  person.call('POST /api/ledger/witnesses', { body: { registration, jurisdiction: 'CN' } })
const look = (folder: WitnessFolder) => lookOnce(folder, { silence: 3600, now: () => new Date() })
const grow = async (): Promise<void> => {
  await cast.demand.fetch('GET /api/engagements/:engagementId', { params: { engagementId: `eng_${'0'.repeat(26)}` } })
  await stage.integrate()
}
const list = (person: Person) => person.call('GET /api/ledger/witnesses', {})
const stranger = (note: string): Promise<Response> =>
  fetch(`${stage.base}/api/ledger/cosignatures`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-zhongheng': '1' },
    body: JSON.stringify({ note }),
  })
const ruleOf = async (answer: Response): Promise<string> => ((await answer.json()) as { rule: string }).rule
const eventsOf = async (kind: string) =>
  (
    await stage.deps.database.kysely
      .selectFrom('events')
      .select(['leaf', 'engagement_id'])
      .where('kind', '=', kind)
      .execute()
  ).map((row) => ({ engagementId: row.engagement_id, ...(JSON.parse(row.leaf) as { facts: Record<string, unknown> }) }))

let yunfan: WitnessFolder
let xinheng: WitnessFolder
let yunfanId: string
let xinhengId: string

describe('a witness is registered', () => {
  it('by an administrator of its own house, demand side or auditor, with the text that it printed', async () => {
    const first = await setUp('yunfan.example/w1')
    yunfan = first.folder
    for (const person of [cast.organizer, cast.tester])
      await expect(register(person, first.registration)).rejects.toMatchObject({ status: 403, rule: 'ROLE-2' })
    const made = await register(cast.demand, first.registration)
    expect(made).toMatchObject({ name: 'yunfan.example/w1', state: 'waiting', mine: true, last: null, lag: null })
    yunfanId = made.witnessId
    const second = await setUp('xinheng.example/w1')
    xinheng = second.folder
    xinhengId = (await register(cast.auditor, second.registration)).witnessId
    expect(await eventsOf('witness.registered')).toHaveLength(2)
  })
  it('once: neither its key nor its name is taken again, by nobody', async () => {
    const text = await registrationOf(yunfan.path)
    for (const person of [cast.demand, cast.auditor])
      await expect(register(person, text)).rejects.toMatchObject({ status: 422, rule: 'WITNESS-2' })
    const other = await mkdtemp(join(base, 'other-'))
    await beginWitness(other, stage.base, [fingerprint(nodeCrypto.sha256, logKey())], 'yunfan.example/w1', new Date())
    await expect(register(cast.auditor, await registrationOf(other))).rejects.toMatchObject({ rule: 'WITNESS-2' })
  })
  it.each(['', 'x', 'yunfan.example/w1+00000000+AAAA\nAAAA'])('never from %j', async (text) => {
    await expect(register(cast.demand, text)).rejects.toMatchObject({ status: 422 })
  })
  it('beside four others of its house at most', async () => {
    const { kysely } = stage.deps.database
    const row = await kysely.selectFrom('witnesses').selectAll().where('id', '=', yunfanId).executeTakeFirstOrThrow()
    const four = [2, 3, 4, 5].map((n) => ({
      ...row,
      id: `wit_${String(n).padStart(26, '0')}`,
      name: `yunfan.example/of-old-${n}`,
      verifier_key: `${row.verifier_key}${n}`,
      public_key: row.public_key.replace(/.$/, String(n)),
    }))
    await kysely.insertInto('witnesses').values(four).execute()
    const { registration } = await setUp('yunfan.example/sixth')
    await expect(register(cast.demand, registration)).rejects.toMatchObject({ status: 422, rule: 'WITNESS-8' })
    const ids = four.map(({ id }) => id)
    await kysely.deleteFrom('witnesses').where('id', 'in', ids).execute()
  })
  it('is seen by its house, the organizer and whoever shares an engagement with it, and by no other', async () => {
    const names = async (person: Person) => (await list(person)).witnesses.map((one) => one.name).sort()
    expect(await names(cast.organizer)).toEqual(['xinheng.example/w1', 'yunfan.example/w1'])
    expect(await names(cast.demand)).toEqual(['yunfan.example/w1'])
    expect(await names(cast.tester)).toEqual([])
  })
})

describe('a cosignature', () => {
  it('is taken from a registered witness, and its state shows', async () => {
    await witnessRound(stage.deps)
    expect(await look(yunfan)).toMatchObject({ cosigned: true, handedIn: true, refused: undefined })
    const mine = (await list(cast.demand)).witnesses[0]
    expect(mine).toMatchObject({ state: 'good', last: { size: stage.deps.ledger.size() }, lag: 0 })
    await grow()
    expect((await list(cast.demand)).witnesses[0]?.lag).toBeGreaterThan(0)
  })
  it('is given again to an idle ledger that signs the same head anew, so that its witnesses hear that it lives', async () => {
    await witnessRound(stage.deps)
    await look(yunfan)
    const { ledger } = stage.deps
    const before = { size: ledger.size(), root: ledger.root(), at: ledger.checkpointAt()?.getTime() ?? 0 }
    await ledger.writing.take((await ledger.writing.lastToken()) + 1)
    // Times are signed in whole seconds.
    while (Math.floor(Date.now() / 1000) * 1000 <= before.at) await new Promise((resolve) => setTimeout(resolve, 50))
    await ledger.writing.publish()
    expect(ledger.checkpointAt()?.getTime()).toBe(before.at)
    await ledger.writing.publish('anew')
    await ledger.writing.giveBack()
    expect([ledger.size(), ledger.root()]).toEqual([before.size, before.root])
    expect(ledger.checkpointAt()?.getTime()).toBeGreaterThan(before.at)
    await witnessRound(stage.deps)
    const { signedAt } = yunfan.memory
    expect(await look(yunfan)).toMatchObject({ alarm: undefined, size: before.size })
    expect(yunfan.memory.signedAt).toBeGreaterThan(signedAt)
  })
  it('of both comes to stand under one checkpoint, because both are offered the same', async () => {
    await witnessRound(stage.deps)
    const offered = stage.deps.ledger.size()
    await grow()
    await look(yunfan)
    await grow()
    await look(xinheng)
    const cosigned = await inSystemWork(stage.deps, (work) => cosignedCheckpoint(work, offered))
    expect(cosigned).toMatchObject({ size: offered, witnesses: ['xinheng.example/w1', 'yunfan.example/w1'] })
    const note = parseNote(Buffer.from(cosigned?.note ?? ''))
    expect(openCheckpoint(nodeCrypto, Buffer.from(cosigned?.note ?? ''), logKey())?.size).toBe(offered)
    for (const { key } of [yunfan, xinheng])
      expect(note && verifyNote(nodeCrypto, note, key), key.name).toMatchObject({ line: 'good' })
    expect(await inSystemWork(stage.deps, (work) => cosignedCheckpoint(work, offered + 100))).toBeNull()
  })
  it('is refused from anybody else, whatever they send', async () => {
    const good = `${yunfan.memory.note}${yunfan.memory.line}`
    const nobody = await setUp('nobody.example/w1')
    const theirs = `${yunfan.memory.note}${await cosign(nobody.folder, yunfan.memory.note ?? '', 1_700_000_000)}`
    const late = `${yunfan.memory.note}${await cosign(yunfan, yunfan.memory.note ?? '', Math.floor(Date.now() / 1000) + 3600)}`
    for (const [note, rule] of [
      [theirs, 'WITNESS-5'],
      [yunfan.memory.note ?? '', 'WITNESS-5'],
      [late, 'WITNESS-5'],
      [good.replace(/\n\d+\n/, '\n1\n'), 'WITNESS-5'],
      [good.replace(stage.deps.ledger.origin, 'other.example/log'), 'WITNESS-4'],
      ['hello', 'WITNESS-4'],
      [`${good}\u2014 more.example/w AAAAAAAA\n`, 'WITNESS-5'],
    ] as const) {
      const answer = await stranger(note)
      expect(answer.status, rule).toBeLessThan(500)
      expect(await ruleOf(answer), note.slice(0, 60)).toBe(rule)
    }
    expect((await stranger('x'.repeat(9000))).status).toBe(422)
    expect((await stranger('x'.repeat(20_000))).status).toBe(413)
    expect((await stranger(good)).status, 'the same again').toBe(204)
  })
  it('over another tree than ours is put on record, told to its readers, and taken back by a good one', async () => {
    const { signer } = stage.deps.ledger.forPacks
    const size = stage.deps.ledger.size() + 7
    const note = await signCheckpoint(
      signer,
      { origin: stage.deps.ledger.origin, size, root: new Uint8Array(32).fill(7) },
      new Date(),
    )
    const ahead = `${note}${await cosign(xinheng, note, Math.floor(Date.now() / 1000))}`
    for (let times = 0; times < 2; times++) {
      const answer = await stranger(ahead)
      expect([answer.status, await ruleOf(answer)]).toEqual([409, 'WITNESS-9'])
    }
    expect((await list(cast.auditor)).witnesses[0]).toMatchObject({ state: 'disagrees', disagrees: { size } })
    expect(await eventsOf('witness.disagreed')).toHaveLength(1)
    await witnessRound(stage.deps)
    expect(await look(xinheng)).toMatchObject({ cosigned: true, refused: undefined })
    expect((await list(cast.auditor)).witnesses[0]).toMatchObject({ state: 'good', disagrees: null })
  })
  it('that the log never signed accuses nobody', async () => {
    const note = (xinheng.memory.note ?? '').replace(/\n\d+\n/, '\n99999\n')
    const answer = await stranger(`${note}${await cosign(xinheng, note, Math.floor(Date.now() / 1000))}`)
    expect(await ruleOf(answer)).toBe('WITNESS-5')
    expect(await eventsOf('witness.disagreed')).toHaveLength(1)
  })
  it('that does not come for a quarter of an hour is an event, once', async () => {
    const wait = () =>
      stage.deps.database.kysely
        .updateTable('witnesses')
        .set({ last_at: new Date(Date.now() - 16 * 60_000) })
        .where('id', '=', yunfanId)
        .execute()
    await wait()
    await witnessRound(stage.deps)
    await witnessRound(stage.deps)
    expect(await eventsOf('witness.late')).toHaveLength(1)
    expect((await list(cast.demand)).witnesses[0]?.state).toBe('late')
    await grow()
    await witnessRound(stage.deps)
    await look(yunfan)
    expect((await list(cast.demand)).witnesses[0]).toMatchObject({ state: 'good', lateSince: null })
  })
})

describe('an engagement’s rule', () => {
  let id: string
  const params = () => ({ engagementId: id })
  const propose = (person: Person, needed: number, witnessIds: string[]) =>
    person.call('POST /api/engagements/:engagementId/witness-rule', { params: params(), body: { needed, witnessIds } })
  const decide = (person: Person, ruleId: string, verdict: 'approve' | 'refuse') =>
    person.call('POST /api/engagements/:engagementId/witness-rule/:ruleId/decision', {
      params: { ...params(), ruleId },
      body: { verdict },
    })
  const texts = {
    test: {
      TR4: '商城整体防护薄弱：输入校验与访问控制缺失。',
      TR5: '漏洞集中在输入处理与访问控制两类。',
      TR8: '建议建立统一的数据访问层与鉴权中间件。',
    },
    audit: {
      AR4: '全量查看网关拒绝记录与停止令，逐一查看处理决定。',
      AR5: '测试活动均在授权范围与时间内进行。',
      OPINION: 'conforming',
    },
  }
  const signed = async (kind: 'test' | 'audit', person: Person) => {
    const made = await person.call('POST /api/engagements/:engagementId/reports', { params: params(), body: { kind } })
    const at = { params: { ...params(), reportId: made.reportId } }
    const written = await person.call('PATCH /api/engagements/:engagementId/reports/:reportId', {
      ...at,
      body: { sections: texts[kind], version: made.version },
    })
    await person.call('POST /api/engagements/:engagementId/reports/:reportId/signature', {
      ...at,
      body: { version: written.version },
    })
  }

  beforeAll(async () => {
    id = await inTesting(stage, cast)
    // The rule is agreed before testing starts; the scene is past that.
    await stage.deps.database.kysely.updateTable('engagements').set({ state: 'ready' }).where('id', '=', id).execute()
  })

  it('names witnesses of the demand side and the auditor, each once, and no more than there are', async () => {
    for (const [needed, ids] of [
      [3, [yunfanId, xinhengId]],
      [0, [yunfanId]],
      [1, [yunfanId, yunfanId]],
      [1, []],
    ] as const)
      await expect(propose(cast.demand, needed, [...ids])).rejects.toMatchObject({ status: 422 })
    await expect(propose(cast.demand, 1, [`wit_${'0'.repeat(26)}`])).rejects.toMatchObject({ status: 404 })
    await expect(propose(cast.auditor, 1, [xinhengId])).rejects.toMatchObject({ status: 403 })
  })
  it('is in force when signatories of both sides have approved it', async () => {
    const proposed = (await propose(cast.organizer2, 2, [yunfanId, xinhengId])).proposed
    expect(proposed, 'a member’s word is not the house’s').toMatchObject({ needed: 2, approvals: [] })
    await expect(decide(cast.organizer2, proposed?.ruleId ?? '', 'approve')).rejects.toMatchObject({ status: 403 })
    expect((await decide(cast.demand, proposed?.ruleId ?? '', 'approve')).inForce).toBeNull()
    const agreed = await decide(cast.organizer, proposed?.ruleId ?? '', 'approve')
    expect(agreed).toMatchObject({ proposed: null, inForce: { needed: 2, approvals: ['demand', 'organizer'] } })
    await expect(decide(cast.demand, proposed?.ruleId ?? '', 'refuse')).rejects.toMatchObject({ rule: 'WITNESS-6' })
    expect((await eventsOf('witness.rule_approved')).map((one) => one.facts['inForce'])).toEqual([false, true])
  })
  it('can be refused, and then the one in force stays', async () => {
    const proposed = (await propose(cast.demand, 1, [yunfanId])).proposed
    const after = await decide(cast.organizer, proposed?.ruleId ?? '', 'refuse')
    expect(after).toMatchObject({ proposed: null, inForce: { needed: 2 } })
  })
  it('stands fast once testing has started', async () => {
    await stage.deps.database.kysely.updateTable('engagements').set({ state: 'testing' }).where('id', '=', id).execute()
    await expect(propose(cast.demand, 1, [yunfanId])).rejects.toMatchObject({ status: 409, rule: 'WITNESS-6' })
  })

  const deliverable = async () => {
    const page = await cast.organizer.call('GET /api/engagements/:engagementId', { params: params() })
    return page.moves.find((one) => one.move === 'deliver')?.refused ?? null
  }
  it('keeps the reports back until enough witnesses stand under a checkpoint that covers them, and says who is missing', async () => {
    await move(cast.organizer, id, 'end_early', '测试目标已经全部完成，提前结束。')
    await move(cast.organizer, id, 'begin_reporting')
    await stage.integrate()
    await witnessRound(stage.deps)
    await look(yunfan)
    await look(xinheng)
    await signed('test', cast.organizer)
    await signed('audit', cast.auditor)
    expect(await deliverable(), 'not in the ledger yet').toMatchObject({ rule: 'WITNESS-10' })
    await stage.integrate()
    const both = await deliverable()
    expect(both).toMatchObject({ rule: 'WITNESS-10' })
    expect(both?.why.en).toContain('xinheng.example/w1')
    expect(both?.why.en).toContain('yunfan.example/w1')
    await expect(move(cast.organizer, id, 'deliver')).rejects.toMatchObject({ status: 409, rule: 'WITNESS-10' })
    await witnessRound(stage.deps)
    await look(yunfan)
    const one = await deliverable()
    expect(one?.why.zh).toContain('xinheng.example/w1')
    expect(one?.why.zh).not.toContain('yunfan.example/w1')
    await expect(move(cast.organizer, id, 'deliver')).rejects.toMatchObject({ status: 409, rule: 'WITNESS-10' })
  })
  it('gives the place of a removed witness to the next one of the same house', async () => {
    await expect(
      cast.demand.call('DELETE /api/ledger/witnesses/:witnessId', { params: { witnessId: xinhengId } }),
    ).rejects.toMatchObject({ status: 404 })
    const gone = await cast.auditor.call('DELETE /api/ledger/witnesses/:witnessId', {
      params: { witnessId: xinhengId },
    })
    expect(gone).toMatchObject({ state: 'removed' })
    await expect(
      cast.auditor.call('DELETE /api/ledger/witnesses/:witnessId', { params: { witnessId: xinhengId } }),
    ).rejects.toMatchObject({ status: 409, rule: 'WITNESS-3' })
    expect(await eventsOf('witness.removed')).toHaveLength(1)
    expect((await deliverable())?.why.en).toContain('xinheng.example/w1')
    // What a removed witness signs counts no more.
    await grow()
    await witnessRound(stage.deps)
    expect(await look(xinheng)).toMatchObject({ refused: 'WITNESS-5' })
    const next = await setUp('xinheng.example/w2')
    await register(cast.auditor, next.registration)
    expect((await deliverable())?.why.en).toContain('xinheng.example/w2')
    await look(next.folder)
    await look(yunfan)
    expect(await deliverable()).toBeNull()
    await move(cast.organizer, id, 'deliver')
  })
})

describe('a pack', () => {
  it('stands under the head that witnesses cosigned, and says so to whoever names them', async () => {
    await stage.integrate()
    await witnessRound(stage.deps)
    const last = folders.at(-1) as WitnessFolder
    await look(last)
    await look(yunfan)
    const { engagements } = await cast.auditor.call('GET /api/engagements', {})
    const bytes = await cast.auditor.file('GET /api/engagements/:engagementId/evidence.zip', {
      params: { engagementId: engagements[0]?.engagementId ?? '' },
    })
    const path = join(base, 'evidence.zip')
    await writeFile(path, bytes)
    const verdict = await verifyPack(path, { witnesses: [yunfan.key, last.key] })
    expect(verdict).toMatchObject({
      ok: true,
      witnesses: { cosigned: [{ name: 'yunfan.example/w1' }, { name: last.settings.name }], unknown: [] },
    })
  })
})

describe('the log for static readers', () => {
  const get = (path: string, more: RequestInit = {}) => fetch(`${stage.base}${path}`, more)
  /** As it stands, where `fetch` would tidy it up first. */
  const asTyped = (path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(stage.base)
      request({ hostname, port, path }, (answer) => resolve(answer.resume()))
        .on('error', reject)
        .end()
    })
  it('is open in checkpoint, key and hashes, with the types and the caching of tlog-tiles', async () => {
    const checkpoint = await get('/ledger/checkpoint')
    expect(checkpoint.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(checkpoint.headers.get('cache-control')).toContain('no-store')
    expect(await checkpoint.text()).toBe(stage.deps.ledger.checkpoint())
    const key = await (await get('/ledger/verifier-key')).text()
    expect(key.trim()).toBe(stage.deps.ledger.verifierKey)
    const width = stage.deps.ledger.size() % 256
    const tile = await get(`/ledger/tile/0/000.p/${width}`)
    expect(tile.headers.get('content-type')).toBe('application/octet-stream')
    expect(tile.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await tile.arrayBuffer()).byteLength).toBe(width * 32)
  })
  it('keeps the entries of all houses to the administrator of who runs it, however the address is spelled', async () => {
    const width = stage.deps.ledger.size() % 256
    const path = `entries/000.p/${width}`
    expect((await asTyped(`/ledger/tile/0/../${path}`)).statusCode).toBe(404)
    for (const spelled of [
      path,
      path.replace('e', '%65'),
      path.replace('/', '%2F'),
      path.replace('/', '%2f'),
      `./${path}`,
      `0/../${path}`,
    ]) {
      const answer = await get(`/ledger/tile/${spelled}`)
      expect([401, 404], spelled).toContain(answer.status)
      expect(await answer.text()).not.toContain('evt_')
    }
    for (const person of [cast.demand, cast.tester, cast.auditor, cast.organizer2])
      expect((await person.fetch(`GET /ledger/tile/${path}`, {})).status).toBe(403)
    const answer = await cast.organizer.fetch(`GET /ledger/tile/${path}`, {})
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toContain('no-store')
    expect(await answer.text()).toContain('evt_')
  })
  it.each([
    '/ledger/tile/0/0',
    '/ledger/tile/0/00',
    '/ledger/tile/0/x000/000',
    '/ledger/tile/00/000',
    '/ledger/tile/64/000',
    '/ledger/tile/-1/000',
    '/ledger/tile/0/000.p/0',
    '/ledger/tile/0/000.p/01',
    '/ledger/tile/0/000.p/256',
    '/ledger/tile/0/000.p',
    '/ledger/tile/0/999',
    '/ledger/tile/0/x999/x999/x999/x999/x999/999',
    '/ledger/tile/0/000/../../../checkpoint',
    '/ledger/tile/..%2f..%2f..%2fkeys%2froot.key',
    '/ledger/tile/%2e%2e/%2e%2e/keys/root.key',
    '/ledger/tile/0/%00',
    '/ledger/tile/0/000%00',
    '/ledger/tile/0/000?x=1',
    '/ledger/.state/lock',
    '/ledger/../keys/root.key',
    '/ledger/tile',
    '/ledger/tile/',
    '/ledger/checkpoint/',
    '/ledger/Checkpoint',
    `/ledger/tile/0/${'x000/'.repeat(60)}000`,
  ])('answers %s with not found and nothing else', async (path) => {
    const answer = await asTyped(path)
    expect([400, 404]).toContain(answer.statusCode)
    expect(answer.headers['cache-control']).toContain('no-store')
    expect(answer.headers['content-type']).toContain('problem+json')
  })
  it('holds exactly what is on the disk', async () => {
    const width = stage.deps.ledger.size() % 256
    const file = await readFile(join(stage.folder, 'ledger', 'tile', '0', `000.p/${width}`))
    expect(Buffer.from(await (await get(`/ledger/tile/0/000.p/${width}`)).arrayBuffer())).toEqual(file)
  })
})

import { randomBytes } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import { download, linkTo, uploadFile } from '@zhongheng/testing/scenes/attached-files.ts'
import { type Cast, assemble, findingDraft, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wrappedBy } from '../sealing/engagement-envelope.ts'
import { openKeys } from '../sealing/keys.ts'
import { headOf } from '../sealing/seal.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'
import { secretAt } from '../features/alerts/receivers.ts'
import { reasonAt } from '../features/alerts/view-alerts.ts'
import { sealingOf } from '../features/engagements/reads.ts'
import { rotateSome } from './rotations.ts'
import { houseSealed, sealedColumns } from './sealed-columns.ts'

let stage: Stage
let cast: Cast
let id: string
let other: string
const kept: { engagementId: string; findingId: string; attachmentId: string; title: string }[] = []
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  id = await inTesting(stage, cast)
  other = await inTesting(stage, cast, '支付众测')
  for (let at = 0; at < 3; at++) await submit(id, `越权查看订单 ${at}`)
  await submit(other, '支付金额可改')
  await watched(id)
}, 120_000)
afterAll(() => stage.close())

async function submit(engagementId: string, title: string): Promise<void> {
  const cite = await recordedExchange(stage, engagementId, cast.tester)
  const attachmentId = await uploadFile(cast.tester, engagementId, `${title}.txt`, Buffer.from(title))
  const { findingId } = await cast.tester.call('POST /api/engagements/:engagementId/findings', {
    params: { engagementId },
    body: { ...findingDraft(stage, [cite]), title, attachments: [attachmentId] },
  })
  const params = { engagementId, findingId }
  await cast.tester.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
    params,
    body: { body: `补充说明：${title}`, audience: 'everyone' },
  })
  kept.push({ engagementId, findingId, attachmentId, title })
}
const reasonOfAlert = '核对后确认为授权内的测试。'
const secretOfReceiver = 'whsec_of-a-receiver'
let alertId: string
let receiverId: string
/** An alert that somebody settled with a reason, and a receiver whose messages are signed. */
async function watched(engagementId: string): Promise<void> {
  const { leases } = await cast.tester.call('GET /api/engagements/:engagementId/leases', { params: { engagementId } })
  const me = await cast.tester.call('GET /api/me', {})
  alertId = makeId('alert', new Date(), randomBytes(10))
  receiverId = makeId('alertReceiver', new Date(), randomBytes(10))
  const sealing = await sealingNow(engagementId)
  const at = new Date()
  await inSystemWork(stage.deps, async ({ db }) => {
    await db
      .insertInto('alerts')
      .values({
        id: alertId,
        engagement_id: engagementId,
        lease_id: leases[0]?.leaseId ?? '',
        person_id: me.personId,
        org_id: me.orgId,
        kind: 'row_drain',
        host: stage.target.host,
        severity: 'low',
        response: 'alarm',
        state: 'settled',
        exchanges: 1,
        most: 1,
        first_at: at,
        last_at: at,
        raised_at: at,
        handled_by: me.personId,
        handled_at: at,
        outcome: 'permitted',
        sealed_reason: sealing.seal(reasonAt(alertId), reasonOfAlert),
      })
      .execute()
    await db
      .insertInto('alert_receivers')
      .values({
        id: receiverId,
        engagement_id: engagementId,
        name: '值班系统',
        channel: 'webhook',
        address: 'https://soc.example/hook',
        form: 'ocsf',
        authority: null,
        sealed_secret: sealing.seal(secretAt(receiverId), secretOfReceiver),
        added_by: me.personId,
        added_at: at,
        removed_by: null,
        removed_at: null,
        last_sent_at: null,
        last_failure_at: null,
        last_failure: null,
        jurisdiction: null,
      })
      .execute()
  })
}
const sealingNow = (engagementId: string) =>
  inSystemWork(stage.deps, async (work) =>
    sealingOf(
      work,
      await work.db
        .selectFrom('engagements')
        .select(['id', 'demand_org_id', 'wrapped_key'])
        .where('id', '=', engagementId)
        .executeTakeFirstOrThrow(),
    ),
  )
/** The reason of the alert and the secret of the receiver, opened with the keys of now. */
async function watchedReads(): Promise<void> {
  const sealing = await sealingNow(id)
  await inSystemWork(stage.deps, async ({ db }) => {
    const alert = await db.selectFrom('alerts').selectAll().where('id', '=', alertId).executeTakeFirstOrThrow()
    const receiver = await db
      .selectFrom('alert_receivers')
      .selectAll()
      .where('id', '=', receiverId)
      .executeTakeFirstOrThrow()
    expect(sealing.open(reasonAt(alertId), alert.sealed_reason ?? Buffer.alloc(0))).toBe(reasonOfAlert)
    expect(sealing.open(secretAt(receiverId), receiver.sealed_secret ?? Buffer.alloc(0))).toBe(secretOfReceiver)
  })
}
const read = (person: Person, { engagementId, findingId }: { engagementId: string; findingId: string }) =>
  person.call('GET /api/engagements/:engagementId/findings/:findingId', { params: { engagementId, findingId } })
/** Everything that was ever submitted, as the organizer reads it now: title, text, comment, file, and the engagement around it. */
async function everythingReads(): Promise<void> {
  for (const one of kept) {
    const found = await read(cast.organizer, one)
    expect([found.title, found.comments.map(({ body }) => body)]).toEqual([one.title, [`补充说明：${one.title}`]])
    expect(found.attachments.map(({ name }) => name)).toEqual([`${one.title}.txt`])
    const saved = await download(stage.base, await linkTo(cast.organizer, one.engagementId, one.attachmentId))
    expect(saved.body.toString()).toBe(one.title)
  }
  for (const engagementId of [id, other]) {
    const params = { engagementId }
    expect((await cast.organizer.call('GET /api/engagements/:engagementId', { params })).goals).not.toBe('')
    expect((await cast.organizer.call('GET /api/engagements/:engagementId/scope', { params })).assets).not.toEqual([])
    const { letters } = await cast.organizer.call('GET /api/engagements/:engagementId/letters', { params })
    expect(letters.length).toBeGreaterThan(0)
  }
  await watchedReads()
}
const order = (kind: 'kek' | 'tenant' | 'engagement') =>
  cast.organizer.call('POST /api/sealing/rotations', { body: { kind } })
const newest = async () => (await cast.organizer.call('GET /api/sealing', {})).rotations[0]
/** Steps until nothing is left to do; `meanwhile` runs beside every few of them. */
async function finish(
  meanwhile: () => Promise<void> = async () => undefined,
  deps: Deps = stage.deps,
): Promise<number> {
  let steps = 0
  let beside = Promise.resolve()
  for (; (await newest())?.state !== 'done'; steps++) {
    if (steps % 4 === 0) {
      await beside
      beside = meanwhile()
    }
    await rotateSome(deps, { batch: 1, settleMs: 0 })
    if (steps > 400) throw new Error(`it does not end: ${JSON.stringify(await newest())}`)
  }
  await beside
  return steps
}
const wrapped = async () =>
  (
    await inSystemWork(stage.deps, ({ db }) =>
      db.selectFrom('engagements').select(['id', 'demand_org_id', 'wrapped_key']).orderBy('id').execute(),
    )
  ).map((row) => ({ row, by: wrappedBy(row.wrapped_key), keys: stage.deps.keys.engagement(row) }))

/** Every value in every table that is sealed under a numbered key of an engagement: `table.column` and the number. */
async function sealedValues(): Promise<Set<string>> {
  const { rows: columns } = await sql<{ table_name: string; column_name: string; data_type: string }>`
    select table_name, column_name, data_type from information_schema.columns
    where table_schema = 'public' and data_type in ('bytea', 'text')`.execute(stage.deps.database.kysely)
  const found = new Set<string>()
  const notValues = ['engagements.wrapped_key', 'tenant_keys.wrapped']
  for (const { table_name, column_name, data_type } of columns) {
    const name = `${table_name}.${column_name}`
    if (notValues.includes(name)) continue
    const { rows } = await sql<{ value: Buffer | string }>`select ${sql.ref(column_name)} as value
      from ${sql.table(table_name)} where ${sql.ref(column_name)} is not null`.execute(stage.deps.database.kysely)
    for (const { value } of rows) {
      const bytes =
        typeof value !== 'string'
          ? value
          : value.startsWith('zhs2:')
            ? Buffer.from(value.slice(5), 'base64')
            : Buffer.alloc(0)
      const isOurs = data_type === 'text' || bytes[1] === 1 || bytes[1] === 2
      const head = bytes.length > 40 && isOurs ? headOf(bytes) : null
      if (head !== null && head.keyVersion > 0) found.add(`${name} ${head.keyVersion}`)
    }
  }
  return found
}

describe('a rotation of the key-encryption key', () => {
  it('goes on beside reading and writing, a step at a time; then the old key is gone and everything opens', async () => {
    const before = await wrapped()
    expect(before.map(({ by }) => by?.kek)).toEqual([1, 1])
    expect((await order('kek')).rotations[0]).toMatchObject({ kind: 'kek', state: 'asked', progress: 0 })
    await expect(order('tenant')).rejects.toMatchObject({ rule: 'SEAL-6' })
    let at = 0
    const steps = await finish(async () => {
      await submit(id, `轮换期间提交 ${at++}`)
      await everythingReads()
    })
    expect(steps).toBeGreaterThan(5)
    expect((await wrapped()).map(({ by }) => by?.kek)).toEqual([2, 2])
    const again = await openKeys(join(stage.folder, 'keys'))
    expect(again.kekVersions().map(({ version }) => version)).toEqual([2])
    for (const { row } of await wrapped()) expect(again.engagement(row)).not.toBe(null)
    expect(() => again.engagement(before[0]?.row as never)).toThrow(/key 1, which is gone/)
    await everythingReads()
    expect(await newest()).toMatchObject({ state: 'done', progress: 100, fault: null })
  }, 120_000)
})

describe('a rotation of the organisations’ keys', () => {
  it('notes a step that failed, tries it again, and leaves no engagement under an older key', async () => {
    await order('tenant')
    const broken: Deps = {
      ...stage.deps,
      keys: {
        ...stage.deps.keys,
        wrap() {
          throw new Error('the disk is full')
        },
      },
    }
    let failed: unknown
    while (failed === undefined) await rotateSome(broken, { batch: 1, settleMs: 0 }).catch((error) => (failed = error))
    expect(await newest()).toMatchObject({ state: 'running', fault: { en: expect.stringContaining('tried again') } })
    await everythingReads()
    await finish()
    expect((await wrapped()).map(({ by }) => by)).toEqual([
      { kek: 2, tenant: 2 },
      { kek: 2, tenant: 2 },
    ])
    const { rows } = await sql<{ version: number }>`select distinct version from tenant_keys`.execute(
      stage.deps.database.kysely,
    )
    expect(rows).toEqual([{ version: 2 }])
    await everythingReads()
  }, 120_000)
})

describe('a rotation of the engagements’ keys', () => {
  it('knows every column in which values lie that are sealed under them', async () => {
    const known = sealedColumns.flatMap(({ table, columns, text = [] }) =>
      [...columns, ...text].map((column) => `${table}.${column}`),
    )
    const found = [...(await sealedValues())].map((one) => one.split(' ')[0] ?? '')
    expect(found.length).toBeGreaterThan(10)
    expect(found.filter((one) => !known.includes(one))).toEqual([])
    const { rows } = await sql<{ name: string }>`select table_name || '.' || column_name as name
      from information_schema.columns where table_schema = 'public'`.execute(stage.deps.database.kysely)
    const columns = rows.map(({ name }) => name)
    expect(known.filter((one) => !columns.includes(one))).toEqual([])
    // Also where this play left no value: a column that is called sealed is in one of the two lists.
    const ofTheHouse = Object.values(houseSealed).flatMap(({ lies }) => lies)
    expect(ofTheHouse.filter((one) => !one.startsWith('keys/') && !columns.includes(one))).toEqual([])
    expect(columns.filter((one) => /\.sealed_(?!at$)/.test(one) && ![...known, ...ofTheHouse].includes(one))).toEqual(
      [],
    )
  })
  it('says of every key of the house what lies under it, and the guide says so too', async () => {
    const purposes = new Set<string>()
    const server = fileURLToPath(new URL('..', import.meta.url))
    for (const file of await readdir(server, { recursive: true })) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
      const text = await readFile(join(server, file), 'utf8')
      for (const [, purpose] of text.matchAll(/\bhouse(?:Keys)?\((?:\w+(?:\.\w+)?, suite, )?'([a-z-]+)'\)/g))
        purposes.add(purpose ?? '')
    }
    expect([...purposes].toSorted()).toEqual(Object.keys(houseSealed).toSorted())
    const guide = await readFile(join(server, '../docs/guides/sealing-keys.md'), 'utf8')
    for (const [purpose, { lies, why }] of Object.entries(houseSealed))
      expect(guide).toContain(`| \`${purpose}\` | ${lies.map((one) => `\`${one}\``).join(', ') || '–'} | ${why} |`)
  })
  it('seals every value anew beside reading and writing, and then only the new key is left', async () => {
    const before = await wrapped()
    await order('engagement')
    let at = 0
    await finish(async () => {
      await submit(other, `换钥期间提交 ${at++}`)
      await everythingReads()
    })
    expect([...(await sealedValues())].filter((one) => !one.endsWith(' 2'))).toEqual([])
    const after = await wrapped()
    expect(after.map(({ keys }) => [...(keys?.keys.keys() ?? [])])).toEqual([[2], [2]])
    // Digests, blind index and recordings hang on what is never rotated.
    expect(after.map(({ keys }) => keys?.fixed)).toEqual(before.map(({ keys }) => keys?.fixed))
    await everythingReads()
    const found = await cast.organizer.call('POST /api/findings/search', { body: { words: '换钥期间' } })
    expect(found.findings.length).toBeGreaterThan(0)
  }, 180_000)
  it('waits while a transaction is open that began before it', async () => {
    await order('engagement')
    const open = Promise.withResolvers<void>()
    const began = Promise.withResolvers<void>()
    const slow = inSystemWork(stage.deps, async ({ db }) => {
      await db.selectFrom('engagements').select('id').execute()
      began.resolve()
      await open.promise
    })
    await began.promise
    for (let at = 0; at < 12; at++) await rotateSome(stage.deps, { batch: 1, settleMs: 0 })
    expect((await newest())?.state).toBe('settling')
    open.resolve()
    await slow
    await finish()
    expect((await wrapped()).map(({ keys }) => [...(keys?.keys.keys() ?? [])])).toEqual([[3], [3]])
  }, 120_000)
  it('is for the organizer’s administrators, and its order and end are entries', async () => {
    await expect(cast.organizer2.call('POST /api/sealing/rotations', { body: { kind: 'kek' } })).rejects.toMatchObject({
      rule: 'ROLE-2',
    })
    const { rows } = await sql<{
      kind: string
    }>`select kind from events where kind like 'rotation.%' order by seq`.execute(stage.deps.database.kysely)
    expect(rows.map(({ kind }) => kind)).toEqual(
      Array.from({ length: 4 }, () => ['rotation.ordered', 'rotation.done']).flat(),
    )
  })
})

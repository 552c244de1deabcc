import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backupNoteFile } from '@zhongheng/contracts/records/backup-note.ts'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { readArchive } from '@zhongheng/tools/backup/archive.ts'
import { makeBackup } from '@zhongheng/tools/backup/make.ts'
import { checkBackup, restoreBackup } from '@zhongheng/tools/backup/restore.ts'
import { type Company, signInAll } from '@zhongheng/tools/demo/cast.ts'
import { takeLease } from '@zhongheng/tools/demo/prepare.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { freePort } from '@zhongheng/tools/ports.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { launch } from '@zhongheng/tools/start/launch.ts'
import { programsOf } from '@zhongheng/tools/start/programs.ts'
import { superuser } from '@zhongheng/tools/postgres/cluster.ts'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningPlatform, startPlatform } from './platform.ts'

/*
 * The administrator's drill, as the guide describes it: a backup while people work, the machine lost, the platform back
 * on another disk. Real processes and a real PostgreSQL throughout.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const passphrase = 'a passphrase for the drill'
const drain = async (_: string, __: number, bytes: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const chunk of bytes) void chunk
}
const quiet = { progress: () => undefined }

let old: RunningPlatform
let company: Company
let folder: string
let again: { address: string; stop(): Promise<unknown> } | null = null
let data: string
const logins: { [login: string]: string } = {}
beforeAll(async () => {
  old = await startPlatform({ webPages: false })
  company = await signInAll(old.stage.base, old.stage.dataFolder)
  for (const login of ['organizer', 'organizer2', 'demand', 'tester']) logins[login] = await old.password(login)
  folder = await mkdtemp(join(tmpdir(), 'zh-backup-'))
  data = join(folder, 'data')
})
afterAll(async () => {
  await again?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Ms Lin of the demand side writes draft after draft; what was answered counts as acknowledged. */
async function write(person: Person, until: () => boolean): Promise<string[]> {
  const { organisations } = await person.call('GET /api/organisations', {})
  const orgOf = (kind: string): string => organisations.find((one) => one.kind === kind)?.orgId ?? ''
  const draft = {
    goals: '备份期间写下的草稿，恢复后应当仍在。',
    windowOpens: new Date(Date.now() + 3_600_000).toISOString(),
    windowCloses: new Date(Date.now() + 8 * 3_600_000).toISOString(),
    auditMode: 'third_party' as const,
    dataLevel: 'general' as const,
    environment: 'dedicated' as const,
    organizerOrgId: orgOf('organizer'),
    auditorOrgId: orgOf('auditor'),
    minGrade: 1,
    rewardTable: [{ severity: 'low' as const, minFen: 10_000, maxFen: 50_000 }],
    budgetFen: 5_000_000,
  }
  const made: string[] = []
  while (!until()) {
    const body = { ...draft, title: `备份期间的草稿 ${made.length + 1}` }
    const { engagementId } = await person.call('POST /api/engagements', { body })
    made.push(engagementId)
  }
  return made
}

/** What people alone write; the platform's own jobs go on by themselves. */
const ofPeople = [
  'organisations',
  'persons',
  'engagements',
  'scope_versions',
  'engagement_records',
  'leases',
  'findings',
]

/** Rows of every table; every b-tree is compared with its table on the way. */
async function rowsAndIndexes(dataFolder: string): Promise<{ rows: { [table: string]: number }; indexes: number }> {
  const home = join(dataFolder, 'postgres')
  const client = new pg.Client({
    host: '127.0.0.1',
    port: Number((await readFile(join(home, 'data', 'postmaster.pid'), 'utf8')).split('\n')[3]),
    user: superuser,
    password: (await readFile(join(home, 'superuser-password'), 'utf8')).trim(),
    database: 'zhongheng',
  })
  await client.connect()
  try {
    await client.query('create extension if not exists amcheck')
    const { rows: indexes } = await client.query(`
      select bt_index_parent_check(i.indexrelid, true) from pg_index i join pg_class c on c.oid = i.indexrelid
      join pg_namespace n on n.oid = c.relnamespace join pg_am a on a.oid = c.relam where n.nspname = 'public' and a.amname = 'btree' and c.relkind = 'i'`)
    const { rows: tables } = await client.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'public' order by 1",
    )
    const rows: { [table: string]: number } = {}
    for (const { name } of tables) {
      const counted = await client.query<{ n: string }>(`select count(*) as n from ${client.escapeIdentifier(name)}`)
      rows[name] = Number(counted.rows[0]?.n)
    }
    return { rows, indexes: indexes.length }
  } finally {
    await client.end()
  }
}

describe('a backup', () => {
  it('PUB-RE-09: made while people work brings everything acknowledged before it back, and no right that was taken away after it', async () => {
    const { demand, organizer, tester } = company
    await takeLease(tester, old.engagementId, join(old.stage.workFolder, 'backup-ca.pem'))
    let drafts = 3
    const before = await write(demand, () => drafts-- === 0)
    const rowsBefore = await rowsAndIndexes(old.stage.dataFolder)
    let over = false
    const during = write(demand, () => over)
    const to = join(folder, 'backup.age')
    const made = await makeBackup({
      data: old.stage.dataFolder,
      to,
      sharesTo: join(folder, 'shares.age'),
      lock: { passphrase },
      now: new Date(),
      product: '0.1.0',
      ...quiet,
    })
    over = true
    await during
    expect(made.files).toBeGreaterThan(500)
    const note: unknown = JSON.parse(await readFile(join(old.stage.dataFolder, backupNoteFile), 'utf8'))
    expect(note).toMatchObject({ bytes: made.size, checkedAt: null })
    expect((await checkBackup({ from: to, key: { passphrase }, ...quiet })).files).toBe(made.files)

    // The halves of keys lie apart, so that no old backup undoes a disposal (GBT43741-5.3-06).
    const namesIn = async (path: string): Promise<string[]> =>
      Object.keys(await readArchive(path, { passphrase }, drain))
    expect((await namesIn(to)).filter((name) => name.startsWith('key-shares/'))).toEqual([])
    expect((await namesIn(join(folder, 'shares.age'))).filter((name) => !name.startsWith('key-shares/'))).toEqual([
      'backup.json',
    ])

    const counted = await rowsAndIndexes(old.stage.dataFolder)
    // After the backup: Mr Wu is removed, and everybody's cookie is as it was.
    const { members } = await organizer.call('GET /api/members', {})
    const wu = members.find(({ login }) => login === 'organizer2')
    if (wu === undefined) throw new Error('Mr Wu is a member')
    await organizer.call('PATCH /api/members/:personId', {
      params: { personId: wu.personId },
      body: { state: 'removed', version: wu.version },
    })

    await old.stop()
    await expect(
      restoreBackup({
        from: to,
        shares: join(folder, 'shares.age'),
        key: { passphrase: 'another passphrase' },
        data,
        now: new Date(),
        reason: 'Drill: the disk was lost',
        admins: ['organizer'],
        ...quiet,
      }),
    ).rejects.toMatchObject({ name: 'Stop' })
    await restoreBackup({
      from: to,
      shares: join(folder, 'shares.age'),
      key: { passphrase },
      data,
      now: new Date(),
      reason: 'Drill: the disk was lost',
      admins: ['organizer', 'demand'],
      ...quiet,
    })
    await expect(
      restoreBackup({
        from: to,
        shares: join(folder, 'shares.age'),
        key: { passphrase },
        data,
        now: new Date(),
        reason: 'Drill: the disk was lost',
        admins: ['organizer'],
        ...quiet,
      }),
    ).rejects.toThrow(/not empty/)

    const port = await freePort()
    const platform = await launch(
      {
        port,
        gatewayPort: await freePort(port + 1),
        data,
        databaseUrl: undefined,
        demo: true,
        language: 'en',
        underNpm: false,
      },
      { root, programs: programsOf(root), webPages: false, environment: environment() },
      { step: () => undefined, say: () => undefined },
      new Promise(() => undefined),
    )
    again = platform
    const sign = async (login: string): Promise<Person> => Person.signIn(platform.address, login, logins[login] ?? '')

    // Nothing of before is missing, nothing is there that came after, and every index agrees with its table.
    const restored = await rowsAndIndexes(data)
    expect(Object.keys(restored.rows)).toEqual(Object.keys(rowsBefore.rows))
    for (const [table, rows] of Object.entries(rowsBefore.rows)) {
      expect(restored.rows[table], table).toBeGreaterThanOrEqual(rows)
    }
    for (const table of ofPeople) expect(restored.rows[table], table).toBeLessThanOrEqual(counted.rows[table] ?? 0)
    expect(restored.indexes).toBeGreaterThan(100)

    const lin = await sign('demand')
    for (const engagementId of before) {
      expect(await lin.call('GET /api/engagements/:engagementId', { params: { engagementId } })).toMatchObject({
        engagementId,
      })
    }
    for (const login of ['organizer2', 'tester']) {
      await expect(sign(login), login).rejects.toMatchObject({ status: 403 })
    }
    // Cookies of before the restore open nothing, not even the administrator's own.
    const { status } = await fetch(`${platform.address}/api/me`, { headers: { cookie: organizer.cookie } })
    expect(status).toBe(401)

    const zhou = await sign('organizer')
    const house = await zhou.call('GET /api/members', {})
    const held = house.members.find(({ login }) => login === 'organizer2')
    expect(held?.state).toBe('held')
    await zhou.call('PATCH /api/members/:personId', {
      params: { personId: wu.personId },
      body: { state: 'active', version: held?.version ?? 0 },
    })
    expect(await sign('organizer2')).toBeInstanceOf(Person)

    // The lease of before waits for the organizer; nothing passes by it.
    const leases = await zhou.call('GET /api/engagements/:engagementId/leases', {
      params: { engagementId: old.engagementId },
    })
    expect(JSON.stringify(leases)).toContain('"suspended"')
    expect(JSON.stringify(leases)).not.toContain('"active"')

    const state = await zhou.call('GET /api/ledger/state', {})
    expect(state.fault).toBeNull()
    expect(await fsck(join(data, 'ledger'))).toMatchObject({ ok: true })
  }, 240_000)

  it('leaves nothing half made: a folder that is no platform, a file that exists', async () => {
    const lock = { passphrase }
    const common = { lock, sharesTo: join(folder, 'shares-2.age'), now: new Date(), product: '0.1.0', ...quiet }
    await expect(makeBackup({ data: folder, to: join(folder, 'never.age'), ...common })).rejects.toMatchObject({
      name: 'Stop',
    })
    await writeFile(join(folder, 'there.age'), 'mine')
    await expect(makeBackup({ data, to: join(folder, 'there.age'), ...common })).rejects.toThrow(/not overwritten/)
  })
})

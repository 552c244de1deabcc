import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAlive } from '../processes.ts'
import { canEnter } from './account.ts'
import { checkPostgres, refuseVersion } from './check-postgres.ts'
import type { Postgres } from './start-postgres.ts'
import { startPostgres } from './start-postgres.ts'

const isRoot = process.getuid?.() === 0
const nobody = { uid: 65534, gid: 65534 }
const script = fileURLToPath(new URL('./fixtures/run-postgres.ts', import.meta.url))

describe('the embedded PostgreSQL', () => {
  let folder = ''
  const running: Postgres[] = []
  const removed: string[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zh-postgres-'))
    chmodSync(folder, 0o755)
  })
  afterEach(async () => {
    for (const postgres of running.splice(0)) await postgres.stop()
    for (const path of [folder, ...removed.splice(0)]) rmSync(path, { recursive: true, force: true })
  })
  const start = async (home = join(folder, 'home')): Promise<Postgres> => {
    const postgres = await startPostgres({ folder: home, log: () => {} })
    running.push(postgres)
    return postgres
  }
  const ask = async (url: string, sql: string): Promise<unknown> => {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      return Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0]
    } finally {
      await client.end()
    }
  }

  it('is fit for us: UTF-8, Chinese trigrams, checksums, passwords, and only this machine', async () => {
    const { url } = await start()
    expect(await checkPostgres(url)).toMatchObject({ remark: undefined })
    expect(await ask(url, 'show data_checksums')).toBe('on')
    expect(await ask(url, 'show listen_addresses')).toBe('127.0.0.1')
    expect(await ask(url, 'show fsync')).toBe('on')
    const wrong = new URL(url)
    wrong.password = 'postgres'
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/)
  })

  it('keeps its data over stop and start', async () => {
    const first = await start()
    await ask(first.url, `create table kept as select '留下' as word`)
    await first.stop()
    expect(isAlive(first.pid)).toBe(false)
    expect(await ask((await start()).url, 'select word from kept')).toBe('留下')
  })

  it('starts after a kill -9 of its postmaster, with everything that was committed', async () => {
    const first = await start()
    await ask(first.url, `create table kept as select '留下' as word`)
    process.kill(first.pid, 'SIGKILL')
    const second = await start() // at once: the dead one is still a zombie, its back ends still hold the memory
    expect(await ask(second.url, 'select word from kept')).toBe('留下')
  })

  it('starts when a stranger has got the number of the dead postmaster', async () => {
    const first = await start()
    await first.stop()
    const lock = join(folder, 'home/data/postmaster.pid')
    writeFileSync(lock, `${process.pid}\n${join(folder, 'home/data')}\n1\n1\n\n127.0.0.1\n\nready\n`)
    expect(await ask((await start()).url, 'select 1')).toBe(1)
  })

  it('starts when the first making of its folder was interrupted', async () => {
    mkdirSync(join(folder, 'home/data.unfinished/data'), { recursive: true })
    writeFileSync(join(folder, 'home/data.unfinished/data/PG_VERSION'), '15\n')
    expect(await ask((await start()).url, 'select 1')).toBe(1)
  })

  it('refuses a folder of another version and says what to do', async () => {
    mkdirSync(join(folder, 'home/data'), { recursive: true })
    writeFileSync(join(folder, 'home/data/PG_VERSION'), '14\n')
    await expect(start()).rejects.toMatchObject({
      text: { en: expect.stringMatching(/made by PostgreSQL 14.*ZH_DATA/) as string },
    })
  })

  it('ends by itself when the process that started it is killed', async () => {
    const { child, pid } = await asAccount({}, folder)
    child.kill('SIGKILL')
    await once(child, 'close')
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
  })

  describe.skipIf(!isRoot)('started by root', () => {
    it('runs as an account without rights, and keeps the password from it', async () => {
      const { pid } = await start()
      expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\s+65534\s+65534/m)
      const password = statSync(join(folder, 'home/superuser-password'))
      expect([password.uid, password.mode & 0o777]).toEqual([0, 0o600])
    })

    it('lives outside of a home that its account cannot enter, and is found again there', async () => {
      const home = join(folder, 'closed/data/postgres')
      mkdirSync(join(folder, 'closed'), { mode: 0o700 })
      const first = await start(home)
      await ask(first.url, `create table kept as select '留下' as word`)
      await first.stop()
      expect(lstatSync(home).isSymbolicLink()).toBe(true)
      removed.push(readlinkSync(home))
      expect(await ask((await start(home)).url, 'select word from kept')).toBe('留下')
    })

    const here = fileURLToPath(new URL('.', import.meta.url))
    it.skipIf(!canEnter(nobody, here))('an ordinary account can start its own', async () => {
      const own = join(folder, 'own')
      mkdirSync(own, { mode: 0o700 })
      chownSync(own, nobody.uid, nobody.gid)
      const { child, url } = await asAccount(nobody, own)
      expect(await ask(url, 'select 1')).toBe(1)
      child.stdin?.end()
      expect((await once(child, 'close'))[0]).toBe(0)
      expect(existsSync(join(own, 'home/data/postmaster.pid'))).toBe(false)
    })
  })

  /** Starts PostgreSQL out of a process of its own, under an account. */
  async function asAccount(
    account: { uid?: number; gid?: number },
    where: string,
  ): Promise<{ child: ChildProcess; url: string; pid: number }> {
    const child = spawn(process.execPath, [script, join(where, 'home')], {
      ...account,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout!, 'data')) as [Buffer]
    return { child, ...(JSON.parse(line.toString('utf8')) as { url: string; pid: number }) }
  }
})

describe("the user's own PostgreSQL", () => {
  it('is refused when older than 15, by number', () => {
    expect(() => refuseVersion(140_012, '14.12')).toThrow(/leads to PostgreSQL 14.12; 15 or newer is needed/)
    expect(() => refuseVersion(150_000, '15.0')).not.toThrow()
    expect(() => refuseVersion(180_004, '18.4')).not.toThrow()
  })

  it('is refused when Chinese text has no trigrams in it or it is not UTF-8; an account without rights is told so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zh-own-'))
    chmodSync(folder, 0o755)
    const postgres = await startPostgres({ folder, log: () => {} })
    const other = (database: string, user?: string): string => {
      const address = new URL(postgres.url)
      address.pathname = `/${database}`
      if (user !== undefined) [address.username, address.password] = [user, 'secret']
      return address.href
    }
    const client = new Client({ connectionString: postgres.url })
    await client.connect()
    try {
      await client.query(`create database plain_c template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'`)
      await client.query(`create database latin template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'`)
      await client.query(`create role guest login password 'secret'`)
      await client.query('revoke create on database zhongheng from public')
      await expect(checkPostgres(other('plain_c'))).rejects.toThrow(/search would find nothing.*createdb/)
      await expect(checkPostgres(other('latin'))).rejects.toThrow(/encoded in LATIN1/)
      const { remark } = await checkPostgres(other('zhongheng', 'guest'))
      expect(remark).toContain('CREATE EXTENSION pg_trgm')
      const left = await client.query('select from pg_extension where extname = $1', ['pg_trgm'])
      expect(left.rowCount).toBe(0) // looking changed nothing
    } finally {
      await client.end()
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

import { createReadStream } from 'node:fs'
import { appendFile, readFile, readdir, readlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readArchive } from '@zhongheng/tools/backup/archive.ts'
import { makeBackup } from '@zhongheng/tools/backup/make.ts'
import { signal } from '@zhongheng/tools/processes.ts'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hanStem, latinStem } from './marked-fetch.ts'
import { type MarkedInstallation, dumpOf, mailRoles, openMarkedInstallation } from './marked-installation.ts'
import { type Hit, type Pattern, patternsOf, searchFolders, searchStream } from './search-bytes.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const quiet = (): void => undefined
const patterns: readonly Pattern[] = [...patternsOf(latinStem), ...patternsOf(hanStem)]

let on: MarkedInstallation
beforeAll(async () => {
  on = await openMarkedInstallation()
}, 600_000)
afterAll(() => on?.close())

/** Marks by their place in the list, for a message that says which input leaked. */
const whichOf = ({ file, as, context }: Hit): string => {
  const number = /qzxvkjwqpzfh(\d{4})/.exec(context)?.[1]
  return `${file.replace(on.data, 'data')} (${as}) ${number === undefined ? '' : on.marks.sent[Number(number)]?.where}: ${context}`
}
/** The demo's passwords lie in a file for whoever tries it; a real installation has none. */
const ofTheDemo = (hit: Hit): boolean => hit.file.endsWith('first-logins.json')

describe('two hundred marks through every input that is to be sealed', () => {
  it('were taken in, and can be read by those who may', async () => {
    expect(on.marks.sent.length).toBeGreaterThanOrEqual(200)
    const read = await on.people.organizer.call('GET /api/engagements/:engagementId/findings/:findingId', {
      params: { engagementId: on.engagementId, findingId: on.findingId },
    })
    expect([read.title, read.description, read.comments[7]?.body].every((text) => text?.includes(latinStem))).toBe(true)
    const inputs = new Set(on.marks.sent.map(({ where }) => where))
    expect(inputs.size).toBeGreaterThan(35)
  })
  it('PUB-CR-03: lie in no byte of tables, write-ahead log, ledger, recordings, documents, logs, run folder, temporary files', async () => {
    const { hits, bytes, files } = await searchFolders(await on.places(), patterns)
    expect([...new Set(hits.map(whichOf))]).toEqual([])
    expect(files).toBeGreaterThan(500)
    expect(bytes).toBeGreaterThan(30 << 20)
  }, 240_000)
  it('PUB-CR-03: are in no row, as a dump would give it', async () => {
    const { hits } = await searchStream('dump', dumpOf(on.database), patterns)
    expect([...new Set(hits.map(whichOf))]).toEqual([])
  }, 120_000)
  it('PUB-CR-03: are in no backup, nor in what is inside of it', async () => {
    const identity = await generateX25519Identity()
    const to = join(on.work, 'backup.age')
    const lock = { recipients: [await identityToRecipient(identity)] }
    await makeBackup({
      data: on.data,
      to,
      sharesTo: join(on.work, 'shares.age'),
      lock,
      now: new Date(),
      product: '0',
      progress: quiet,
    })
    const { hits, bytes } = await searchStream('backup', createReadStream(to), patterns)
    expect(bytes).toBeGreaterThan(1 << 20)
    await readArchive(to, { identities: [identity] }, async (path, _mode, content) => {
      hits.push(...(await searchStream(`backup:${path}`, content, patterns)).hits)
    })
    expect([...new Set(hits.map(whichOf))]).toEqual([])
  }, 240_000)
  it('PUB-CR-03: are in no mail, neither as it came over the wire nor as it is read', async () => {
    // Of each role some mail came that told of something, so that an empty box is not taken for a clean one.
    for (const role of mailRoles)
      expect(
        on.mailbox.to(`${role}@mail.example`).filter((text) => text.includes('/notices')).length,
        role,
      ).toBeGreaterThan(0)
    const { hits, bytes } = await searchStream('mail', on.mailbox.bytes(), patterns)
    expect([...new Set(hits.map(whichOf))]).toEqual([])
    expect(bytes).toBeGreaterThan(4000)
  })
  it('nor are the secrets that the platform made for them', async () => {
    const wanted = [...on.secrets].flatMap(([what, text]) =>
      patternsOf(text).map((pattern) => ({ ...pattern, as: `${what}, ${pattern.as}` })),
    )
    const { hits } = await searchFolders(await on.places(), wanted)
    hits.push(...(await searchStream('mail', on.mailbox.bytes(), wanted)).hits)
    expect([...new Set(hits.filter((hit) => !ofTheDemo(hit)).map(whichOf))]).toEqual([])
    expect(on.secrets.size).toBe(3)
  }, 240_000)
  it('and a crash of the server in the middle of its work leaves none behind', async () => {
    const { children } = JSON.parse(await readFile(join(on.data, 'lock'), 'utf8')) as { children: number[] }
    const whereCrashesLie = await crashFolders(children)
    const before = await filesIn(whereCrashesLie)
    const reading = on.people.organizer
      .call('GET /api/engagements/:engagementId/findings/:findingId', {
        params: { engagementId: on.engagementId, findingId: on.findingId },
      })
      .catch(quiet)
    for (const pid of children)
      if ((await readFile(`/proc/${pid}/cmdline`, 'latin1')).includes('server/main/main.ts')) signal(pid, 'SIGABRT')
    await reading
    await expect
      .poll(async () => (await on.plainFetch(`${on.address}/healthz`).catch(() => undefined))?.status, {
        timeout: 60_000,
      })
      .toBe(200)
    const known = new Set(before)
    // A core holds the memory of a process, which is not sealed: none may be written, wherever the system would put it.
    expect((await filesIn(whereCrashesLie)).filter((name) => !known.has(name))).toEqual([])
    const { hits } = await searchFolders([join(on.data, 'logs'), join(on.data, 'run'), on.temporary], patterns)
    expect(hits.map(whichOf)).toEqual([])
  }, 120_000)
})

describe('the search itself', () => {
  it('finds a text that somebody leaves unsealed: in a table, its log and the dump, in a file, and in every form', async () => {
    await on.database.query(
      `update organisations set name = name || ' ${latinStem}' where id = (select min(id) from organisations)`,
    )
    await on.database.query('checkpoint')
    await appendFile(join(on.data, 'logs', 'server.log'), `${hanStem}\n`)
    const { hits } = await searchFolders(await on.places(), patterns)
    const files = hits.map(({ file }) => file)
    expect(files.some((file) => file.includes('/pg_wal/'))).toBe(true)
    expect(files.some((file) => file.includes('/base/'))).toBe(true)
    expect(files.some((file) => file.endsWith('server.log'))).toBe(true)
    const dumped = await searchStream('dump', dumpOf(on.database), patterns)
    expect(dumped.hits.length).toBeGreaterThan(0)
    const text = `vorher ${latinStem}0001 nachher`
    for (let shift = 0; shift < 3; shift++) {
      const in64 = Buffer.from('x'.repeat(shift) + text).toString('base64')
      for (const form of [in64, Buffer.from(text).toString('hex'), text])
        expect((await searchStream('form', cut(Buffer.from(form)), patterns)).hits.length, form).toBeGreaterThan(0)
    }
    for (const form of [JSON.stringify(hanStem), encodeURIComponent(hanStem), Buffer.from(hanStem, 'utf16le')])
      expect((await searchStream('form', cut(Buffer.from(form)), patterns)).hits.length).toBeGreaterThan(0)
  }, 240_000)
})

/** Where the system puts the core of a process of these: their working folders, and the one that its pattern names. */
async function crashFolders(pids: readonly number[]): Promise<string[]> {
  const pattern = (await readFile('/proc/sys/kernel/core_pattern', 'utf8').catch(() => '')).trim()
  const own = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => root)))
  return [...new Set([root, ...own, ...(pattern.startsWith('/') ? [dirname(pattern)] : [])])]
}
const filesIn = async (folders: readonly string[]): Promise<string[]> =>
  (
    await Promise.all(
      folders.map(async (folder) =>
        (
          await readdir(folder).catch(() => [])
        )
          .filter((name) => /core|report|heap|dump/i.test(name))
          .map((name) => join(folder, name)),
      ),
    )
  ).flat()

/** In small pieces, so that what is looked for stands across two. */
async function* cut(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 5) yield bytes.subarray(at, at + 5)
}

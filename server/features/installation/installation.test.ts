import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { backupNoteFile } from '@zhongheng/contracts/records/backup-note.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { Condition } from '@zhongheng/server/work/condition.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { look } from './look.ts'

let stage: Stage
let wei: Person
const others: { [who: string]: Person } = {}
beforeAll(async () => {
  stage = await openStage()
  const { people } = await stage.house('organizer', '众测中心', [
    { login: 'wei.admin', posts: ['system_admin', 'security_admin', 'audit_admin'] },
    { login: 'lan', posts: ['member', 'signatory'] },
  ])
  wei = people['wei.admin'] as Person
  others['the organizer’s member'] = people['lan'] as Person
  for (const kind of ['demand', 'tester', 'auditor'] as const)
    others[`the ${kind}’s administrator`] = (await stage.house(kind, `单位-${kind}`, [{ login: `boss.${kind}` }]))
      .people[`boss.${kind}`] as Person
}, 120_000)
afterAll(() => stage.close())

const partOf = async (part: string) => {
  const { parts } = await wei.call('GET /api/installation', {})
  return parts.find((one) => one.part === part)
}

describe('the state of the installation', () => {
  it('PUB-AC-10: is shown to the organizer’s administrators and to nobody else', async () => {
    expect((await wei.call('GET /api/installation', {})).parts).toHaveLength(10)
    expect(Object.keys(others)).toHaveLength(4)
    for (const other of Object.values(others))
      await expect(other.call('GET /api/installation', {})).rejects.toMatchObject({ status: 403, rule: 'ROLE-2' })
  })

  it('tells database, gateway, disks and versions as they are; the stand-in recorder is away', async () => {
    const { level, parts } = await look(stage.deps)
    const levelOf = Object.fromEntries(parts.map((one) => [one.part, one.level]))
    expect(levelOf).toMatchObject({ database: 'ok', versions: 'ok', recorder: 'fault', gateway: 'fault' })
    expect(level).toBe('fault')
    const shown = (part: string) =>
      Object.fromEntries(parts.find((one) => one.part === part)?.facts.map((one) => [one.name.en, one.value]) ?? [])
    expect(shown('database')['Form']).toMatchObject({ code: expect.stringMatching(/^\d{4}-.*\.sql$/) })
    expect(shown('versions')['PostgreSQL']).toMatchObject({ code: expect.stringMatching(/^1[5-9]\.\d+$/) })
    expect(shown('versions')['Node.js']).toEqual({ kind: 'code', code: process.versions.node })
    expect(Object.keys(shown('disks'))).toEqual(expect.arrayContaining(['Data folder', 'Temporary files']))
  })

  it('tells a folder that is there and cannot be read; one that is not there is left out', async () => {
    const { dataFolder } = stage.deps.settings
    await mkdir(dataFolder, { recursive: true })
    await symlink('logs', join(dataFolder, 'logs'))
    try {
      await look(stage.deps)
      expect(await partOf('disks')).toMatchObject({ level: 'fault', what: { en: 'Cannot be read: Logs' } })
    } finally {
      await rm(join(dataFolder, 'logs'))
    }
    await look(stage.deps)
    expect((await partOf('disks'))?.facts.map(({ name }) => name.en)).not.toContain('Logs')
  })

  it('answers with what was seen, without looking again', async () => {
    const { lookedAt } = await look(stage.deps)
    expect((await wei.call('GET /api/installation', {})).lookedAt).toBe(lookedAt)
  })

  it('knows the last backup that was made here, and nothing of a file that is none', async () => {
    const note = join(stage.deps.settings.dataFolder, backupNoteFile)
    await mkdir(stage.deps.settings.dataFolder, { recursive: true })
    const madeAt = new Date(Date.now() - 60_000).toISOString()
    await writeFile(note, JSON.stringify({ v: 1, madeAt, bytes: 4096, checkedAt: null }))
    await look(stage.deps)
    expect(await partOf('backup')).toMatchObject({ level: 'ok', facts: [{ value: { at: madeAt } }, {}, {}] })
    for (const bad of ['{"v":1,"madeAt":"gestern","bytes":1,"checkedAt":null}', 'not json', '[]']) {
      await writeFile(note, bad)
      await look(stage.deps)
      expect(await partOf('backup'), bad).toMatchObject({ level: 'warning', facts: [] })
    }
  })

  it('shows a job’s fault by kind and code, never by a message, which may hold what people wrote', async () => {
    const { condition } = stage.deps
    const secret = 'the title of an undisclosed finding'
    condition.noteFault('words', Object.assign(new RangeError(secret), { code: '53100' }), new Date())
    condition.noteFault('alerts', Object.assign(new Error(secret), { code: secret }), new Date())
    condition.noteFault(
      'packs',
      new Problem('unavailable', say('录制器没有应答', 'no answer'), { rule: 'R-1' }),
      new Date(),
    )
    await look(stage.deps)
    const jobs = await partOf('jobs')
    expect(jobs?.level).toBe('warning')
    expect(JSON.stringify(jobs)).not.toContain(secret)
    expect(JSON.stringify(jobs)).toContain('RangeError 53100')
    expect(JSON.stringify(jobs)).toContain('no answer (R-1)')
  })
})

describe('since when', () => {
  it('is when this server first saw it so, however often it looks', async () => {
    const deps = { ...stage.deps, condition: new Condition(new Date('2026-01-01T00:00:00Z')) }
    const since = async () => (await look(deps)).parts.find(({ part }) => part === 'recorder')?.since
    const first = await since()
    expect(await since()).toBe(first)
    const database = (await look(deps)).parts.find(({ part }) => part === 'database')
    expect(database?.since).toBe('2026-01-01T00:00:00.000Z')
  })
  it('an outage of the database is remembered with its end', () => {
    const condition = new Condition()
    const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 12, 0, second))
    expect(condition.noteDatabase(true, at(0))).toBeNull()
    expect(condition.noteDatabase(false, at(5))).toEqual({ from: at(5).toISOString(), to: null })
    expect(condition.noteDatabase(false, at(10))).toEqual({ from: at(5).toISOString(), to: null })
    expect(condition.noteDatabase(true, at(15))).toEqual({ from: at(5).toISOString(), to: at(15).toISOString() })
  })
})

import { inOperatorWork } from '@zhongheng/server/work/work.ts'
import { noteKeeper } from '@zhongheng/server/sealing/note-keeper.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let stage: Stage
let admin: Person
let member: Person
let auditor: Person
beforeAll(async () => {
  stage = await openStage()
  const house = await stage.house('organizer', '众测中心', [
    { login: 'wei.admin' },
    { login: 'lan', posts: ['member'] },
  ])
  admin = house.people['wei.admin'] as Person
  member = house.people['lan'] as Person
  auditor = (await stage.house('auditor', '审计所', [{ login: 'shen' }])).people['shen'] as Person
}, 120_000)
afterAll(() => stage.close())

describe('how the keys are kept', () => {
  it('is shown to the organizer’s administrators and to nobody else', async () => {
    expect(await admin.call('GET /api/sealing', {})).toMatchObject({
      keeper: { kind: 'file' },
      suite: 'aes-256-gcm',
      keys: [{ version: 1 }],
    })
    for (const other of [member, auditor])
      await expect(other.call('GET /api/sealing', {})).rejects.toMatchObject({ rule: 'ROLE-2' })
  })
})

describe('what operators did while nothing ran', () => {
  const start = (keeper: Parameters<typeof noteKeeper>[1]) =>
    inOperatorWork(stage.deps.database, (work) => noteKeeper(work, keeper))
  const told = async () =>
    (
      await inOperatorWork(stage.deps.database, ({ db }) =>
        db.selectFrom('events').select('leaf').where('kind', 'like', 'keeper.%').orderBy('seq').execute(),
      )
    ).map(({ leaf }) => {
      const { kind, facts } = JSON.parse(leaf) as { kind: string; facts: object }
      return [kind, facts]
    })
  it('is an entry of the next start: another keeper, new shares, people who unsealed', async () => {
    const shares = (set: string) => ({ kind: 'shares', set, needed: 2, of: 3 }) as const
    await start({ kind: 'file' })
    await start({ kind: 'file' })
    expect(await told()).toEqual([])
    await start(shares('0a0a0a0a'))
    await start(shares('0a0a0a0a'))
    await start(shares('0b0b0b0b'))
    const unsealed = ['keeper.unsealed', { needed: 2, of: 3 }]
    expect(await told()).toEqual([
      ['keeper.changed', { from: 'file', to: 'shares' }],
      unsealed,
      unsealed,
      ['keeper.changed', { from: 'shares', to: 'shares' }],
      unsealed,
    ])
  })
})

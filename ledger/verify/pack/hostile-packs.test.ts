import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inMemory, inputOf, logOf, packed, recordedProofs, storyOf } from '../../pack/pack-for-tests.ts'
import { hostilePacks } from './hostile-packs-for-tests.ts'
import { verifyPack } from './verify-pack.ts'

let folder: string
let pack: Buffer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-hostile-'))
  const log = await logOf(join(folder, 'log'), storyOf(recordedProofs()))
  pack = (await packed(await inputOf(log))).bytes
  await log.close()
})
afterAll(() => rm(folder, { recursive: true }))

describe('what cannot be judged', { timeout: 30_000 }, () => {
  it('is over forty kinds of files', () => {
    expect(hostilePacks.length).toBeGreaterThan(60)
    expect(new Set(hostilePacks.map(([what]) => what)).size).toBe(hostilePacks.length)
  })

  it.each(hostilePacks)('is refused as malformed, with a place and words in both languages: %s', async (_, make) => {
    const verdict = await verifyPack(inMemory(await make(pack)))
    expect(verdict).toMatchObject({ ok: false, malformed: true })
    if (verdict.ok) return
    const { file, what } = verdict.fault
    expect([file, what.zh, what.en].every((text) => text.length > 0)).toBe(true)
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inMemory, inputOf, logOf, packed, recordedProofs, sent, storyOf } from '../../pack/pack-for-tests.ts'
import { type PackVerdict, verifyPack } from './verify-pack.ts'

let folder: string
const verify = (bytes: Uint8Array): Promise<PackVerdict> => verifyPack(inMemory(bytes))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-flips-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('one changed byte', () => {
  it('is found at every offset of a small pack', async () => {
    const small = await logOf(join(folder, 'small'), storyOf(recordedProofs()), 1)
    const { bytes } = await packed(await inputOf(small))
    await small.close()
    const missed: number[] = []
    for (let at = 0; at < bytes.length; at++) {
      const before = bytes[at] ?? 0
      bytes[at] = before ^ (1 << (at % 8))
      const verdict = await verify(bytes)
      if (verdict.ok || verdict.fault.file === '' || verdict.fault.what.zh === '') missed.push(at)
      bytes[at] = before
    }
    expect(missed).toEqual([])
    expect(await verify(bytes)).toMatchObject({ ok: true })
  }, 120_000)

  it('is found whatever it is changed to, at random places of a larger pack', async () => {
    const log = await logOf(join(folder, 'large'), storyOf(recordedProofs()))
    const input = await inputOf(log)
    const exchanges = input.exchanges.map((exchange, at) => ({ ...exchange, response: () => [sent(at * 2).response] }))
    const large = await packed({ ...input, exchanges, withheld: [] })
    await log.close()
    expect(large.bytes.length).toBeGreaterThan(600_000)
    for (let round = 0; round < 150; round++) {
      const at = (round * 7_368_787) % large.bytes.length
      const before = large.bytes[at] ?? 0
      large.bytes[at] = (before + 1 + (round % 255)) % 256
      expect(await verify(large.bytes), `byte ${at}`).toMatchObject({ ok: false })
      large.bytes[at] = before
    }
  }, 60_000)
})

import { readdir, readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { inMemory } from '../pack-for-tests.ts'
import { verifyPack } from '../../verify/pack/verify-pack.ts'
import { makeVectors, type Vectors } from './make-for-tests.ts'

const here = (name: string): URL => new URL(name, import.meta.url)
const committed = JSON.parse(await readFile(here('vectors.json'), 'utf8')) as Vectors

describe('the test vectors of the evidence pack', () => {
  let made: Awaited<ReturnType<typeof makeVectors>>
  beforeAll(async () => {
    made = await makeVectors()
  })

  it('are the ones that their generator makes, byte for byte', async () => {
    expect(committed).toEqual(made.list)
    for (const [name, bytes] of made.files) expect(bytes.equals(await readFile(here(name))), name).toBe(true)
    const there = (await readdir(here('.'))).filter((name) => name.endsWith('.zip')).sort()
    expect(there).toEqual([...made.files.keys()].sort())
  })

  it('hold two packs that are right, and many of each way to be wrong', () => {
    const of = (exit: number): number => committed.vectors.filter((one) => one.exit === exit).length
    expect(of(0)).toBeGreaterThanOrEqual(2)
    expect(of(1)).toBeGreaterThanOrEqual(12)
    expect(of(2)).toBeGreaterThanOrEqual(12)
  })

  it.each(committed.vectors)('$file: $why', async ({ file, exit, fault, entry }) => {
    const verdict = await verifyPack(inMemory(await readFile(here(file))), { pinned: [committed.fingerprint] })
    const found = verdict.ok
      ? { exit: 0, fault: null, entry: null }
      : { exit: verdict.malformed ? 2 : 1, fault: verdict.fault.file, entry: verdict.fault.entry ?? null }
    expect(found).toEqual({ exit, fault, entry })
  })
})

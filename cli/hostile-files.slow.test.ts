import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inputOf, logOf, packed, recordedProofs, storyOf } from '@zhongheng/ledger/pack/pack-for-tests.ts'
import { hostilePacks } from '@zhongheng/ledger/verify/pack/hostile-packs-for-tests.ts'

/*
 * Hostile files through the program itself, with no more memory than a small machine has to spare: those that are after
 * memory and time, and some of each other kind. All of them are judged in hostile-packs.test.ts.
 */
const chosen = hostilePacks.filter(
  ([what], at) => at % 6 === 0 || /million|mega|giga|tera|bomb|zeros|without end/.test(what),
)
const bin = fileURLToPath(new URL('bin/heng.mjs', import.meta.url))
let folder: string
let pack: Buffer

const heng = (path: string): Promise<{ exit: number | string | null | undefined; out: string; err: string }> =>
  new Promise((resolve) => {
    const words = ['--max-old-space-size=320', bin, 'verify', path, '--lang', 'en']
    execFile(process.execPath, words, { timeout: 60_000 }, (error, out, err) =>
      resolve({ exit: error === null ? 0 : error.code, out, err }),
    )
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-hostile-cli-'))
  const log = await logOf(join(folder, 'log'), storyOf(recordedProofs()))
  pack = (await packed(await inputOf(log))).bytes
  await log.close()
})
afterAll(() => rm(folder, { recursive: true }))

describe('heng verify', { timeout: 120_000 }, () => {
  it.each(chosen)('answers 2 in words, without a stack, for %s', async (_, make) => {
    const path = join(folder, 'hostile.zip')
    await writeFile(path, await make(pack))
    const { exit, out, err } = await heng(path)
    expect({ exit, err }).toEqual({ exit: 2, err: '' })
    expect(out).toContain('refused: not a pack that can be judged')
    expect(await readdir(folder)).toEqual(['hostile.zip', 'log'])
  })

  it('answers 2 for a pipe, a device, a folder and a file of a hundred gigabytes', async () => {
    const [pipe, huge] = [join(folder, 'pipe'), join(folder, 'huge.zip')]
    execFileSync('mkfifo', [pipe])
    const file = await open(huge, 'w')
    await file.write(pack)
    await file.truncate(100 * 2 ** 30)
    await file.close()
    for (const path of [pipe, '/dev/zero', folder, huge]) expect((await heng(path)).exit, path).toBe(2)
  })
})

import { execFile, execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
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

type Answer = { exit: number | string | null | undefined; out: string; err: string }
const run = (...words: readonly string[]): Promise<Answer> =>
  new Promise((resolve) => {
    const all = ['--max-old-space-size=320', bin, ...words, '--lang', 'en']
    execFile(process.execPath, all, { timeout: 60_000 }, (error, out, err) =>
      resolve({ exit: error === null ? 0 : error.code, out, err }),
    )
  })
const heng = (path: string): Promise<Answer> => run('verify', path)

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

/** A log that somebody else hands over as a folder. */
describe('heng fsck', { timeout: 120_000 }, () => {
  const strange: readonly [string, (path: string) => Promise<unknown>][] = [
    ['a pipe', async (path) => execFileSync('mkfifo', [path])],
    ['a device', (path) => symlink('/dev/zero', path)],
    ['a folder', (path) => mkdir(path)],
    ['twenty gigabytes', (path) => writeFile(path, '').then(() => truncate(path, 20 * 2 ** 30))],
  ]
  const rewritten: readonly [string, (note: string) => string][] = [
    ['no note', () => 'garbage\n'],
    ['a note with a broken line', (note) => note.replace(/\n— \S+ /, '\n— two words ')],
    ['a size of twenty digits', (note) => note.replace(/\n\d+\n/, '\n99999999999999999999\n')],
  ]
  let log: string
  const copied = async (): Promise<string> => {
    log = join(folder, 'copied')
    await rm(log, { recursive: true, force: true })
    await cp(join(folder, 'log'), log, { recursive: true })
    return log
  }
  const bundleOf = (): string => join(log, 'tile/entries/000')
  const refused = async (): Promise<void> => {
    const { exit, out, err } = await run('fsck', log)
    expect({ exit, err }).toEqual({ exit: 2, err: '' })
    expect(out).toContain('refused: not a log that can be judged')
  }

  it.each(strange)('answers 2 in words where checkpoint or entries are %s', async (_, put) => {
    await copied()
    await rm(join(log, 'checkpoint'))
    await put(join(log, 'checkpoint'))
    await refused()
    await copied()
    const bundle = bundleOf()
    await rm(bundle)
    await put(bundle)
    await refused()
  })
  it.each(rewritten)('answers 2 where the checkpoint is %s', async (_, change) => {
    await copied()
    const path = join(log, 'checkpoint')
    await writeFile(path, change(await readFile(path, 'utf8')))
    await refused()
  })
  it('answers 1 for one that can be judged and was changed', async () => {
    await copied()
    const bundle = bundleOf()
    const bytes = await readFile(bundle)
    bytes[40] = (bytes[40] ?? 0) ^ 1
    await writeFile(bundle, bytes)
    expect(await run('fsck', log)).toMatchObject({ exit: 1, out: expect.stringContaining('the log is damaged') })
    await copied()
    const path = join(log, 'checkpoint')
    await writeFile(path, (await readFile(path, 'utf8')).replace(/\n\d+\n/, '\n3\n'))
    expect(await run('fsck', log)).toMatchObject({ exit: 1, out: expect.stringContaining('not signed by this key') })
  })
  it('answers 2 for keys, kept checkpoints and key histories that are pipes or devices', async () => {
    await copied()
    const pipe = join(folder, 'a-pipe')
    execFileSync('mkfifo', [pipe])
    for (const path of [pipe, '/dev/zero']) {
      expect((await run('fsck', log, '--kept', path)).exit).toBe(2)
      expect((await run('fsck', log, '--key', path)).exit).toBe(2)
      expect((await run('keys', path)).exit).toBe(2)
      expect((await run('keys', join(log, 'keys.json'), '--checkpoint', path)).exit).toBe(2)
    }
  })
})

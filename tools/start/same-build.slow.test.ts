import { readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environment } from '../settings.ts'
import { buildPages } from './web-pages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the pages, built twice', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zh-build-'))
    // Two machines: another time zone, another language, another folder with a longer name.
    const here = environment()
    await buildPages(root, join(folder, 'a'), { ...here, TZ: 'UTC', LC_ALL: 'C' }, () => undefined)
    const there = { ...here, TZ: 'Asia/Shanghai', LC_ALL: 'zh_CN.UTF-8', HOME: folder }
    await buildPages(root, join(folder, 'another-place'), there, () => undefined)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const filesOf = (name: string): string[] =>
    readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, name).length))
      .sort()

  it('are the same files with the same bytes, the stand-alone verifier among them', () => {
    const files = filesOf('a')
    expect(files).toEqual(expect.arrayContaining(['/index.html', '/verifier/heng-verify.mjs', '/verifier/verify.html']))
    expect(files.filter((file) => file.endsWith('.js.br')).length).toBeGreaterThan(5)
    expect(filesOf('another-place')).toEqual(files)
    const differing = files.filter(
      (file) => !readFileSync(join(folder, 'a', file)).equals(readFileSync(join(folder, 'another-place', file))),
    )
    expect(differing).toEqual([])
  })

  it('hold no path of the machine that built them', () => {
    const telling = filesOf('a').filter((file) => readFileSync(join(folder, 'a', file)).includes(root))
    expect(telling).toEqual([])
  })
})

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFaults } from './lock-faults.ts'

/* What an installation with this repository's settings does with a hostile package; npm works on local files alone here. */
const root = fileURLToPath(new URL('../../', import.meta.url))
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zh-install-'))
  mkdirSync(join(folder, 'project'))
  copyFileSync(join(root, '.npmrc'), join(folder, 'project/.npmrc'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const npm = (where: string, ...args: string[]) =>
  spawnSync('npm', [...args, '--offline', '--cache', join(folder, 'cache')], {
    cwd: join(folder, where),
    encoding: 'utf8',
  })
const write = (path: string, content: object): void => writeFileSync(join(folder, path), JSON.stringify(content))

function hostilePackage(): string {
  mkdirSync(join(folder, 'hostile'))
  const touch = (name: string): string => `node -e "require('fs').writeFileSync('${join(folder, name)}','')"`
  write('hostile/package.json', {
    name: 'hostile',
    version: '1.0.0',
    scripts: { preinstall: touch('pre'), install: touch('in'), postinstall: touch('post'), prepare: touch('prepare') },
  })
  const packed = npm('hostile', 'pack', '--ignore-scripts', '--pack-destination', folder)
  expect(packed.status, packed.stderr).toBe(0)
  return join(folder, 'hostile-1.0.0.tgz')
}
function projectOf(tarball: string): void {
  write('project/package.json', { name: 'project', version: '1.0.0', dependencies: { hostile: `file:${tarball}` } })
  const made = npm('project', 'install', '--package-lock-only')
  expect(made.status, made.stderr).toBe(0)
}

describe('npm ci', () => {
  it('PUB-SU-01: installs a package with install scripts and runs none of them', () => {
    projectOf(hostilePackage())
    const done = npm('project', 'ci')
    expect(done.status, done.stderr).toBe(0)
    expect(existsSync(join(folder, 'project/node_modules/hostile/package.json'))).toBe(true)
    for (const mark of ['pre', 'in', 'post', 'prepare']) expect(existsSync(join(folder, mark)), mark).toBe(false)
  })
  it('PUB-SU-02: fails when one digest of the lock file was changed', () => {
    projectOf(hostilePackage())
    const lock = join(folder, 'project/package-lock.json')
    const text = readFileSync(lock, 'utf8')
    writeFileSync(
      lock,
      text.replace(/"sha512-(.)/, (_all, first: string) => `"sha512-${first === 'A' ? 'B' : 'A'}`),
    )
    const done = npm('project', 'ci')
    expect(done.status).not.toBe(0)
    expect(done.stderr).toContain('EINTEGRITY')
  })
})

describe('the lock file', () => {
  type Entry = Record<string, unknown>
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Entry> }
  const [path = ''] = Object.keys(lock.packages).filter(
    (one) => one.startsWith('node_modules/') && lock.packages[one]?.['integrity'],
  )
  const with_ = (change: Entry) =>
    lockFaults({ packages: { ...lock.packages, [path]: { ...lock.packages[path], ...change } } })
  it('PUB-SU-02: names every package by a version and a SHA-512, from nowhere else', () => {
    expect(lockFaults(lock)).toEqual([])
  })
  it.each([
    ['no digest', { integrity: undefined }],
    ['a weak digest', { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }],
    ['a repository', { resolved: 'git+ssh://git@github.invalid/a/b.git#main' }],
    ['a tarball elsewhere', { resolved: 'http://canary.invalid/a.tgz' }],
    ['a range', { version: '^1.0.0' }],
  ])('PUB-SU-02: with %s is refused', (_what, change) => {
    expect(with_(change)).toEqual([expect.stringContaining(path)])
  })
})

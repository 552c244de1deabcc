import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { sourceFiles } from './imports.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The one file per program that reads the environment, and what is no program: tests, their set-up, build settings. */
const readers =
  /^[^/]+\/main\/settings\.ts$|^(tools|practice-target)\/settings\.ts$|\/vite\.config\.ts$|^testing\/|\.test\.tsx?$|\/fixtures\//

it('the environment is read in one file per program', () => {
  const others = sourceFiles(root).filter(
    (file) => !readers.test(file) && /\bprocess\.env\b/.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(others).toEqual([])
})

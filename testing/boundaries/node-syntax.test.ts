import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { sourceFiles } from './imports.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/* Programs are run by node itself, which is stricter with TypeScript than the compiler and the test runner. */
it('every source outside the pages is TypeScript that node runs as it stands', () => {
  const refused = sourceFiles(root)
    .filter((file) => file.endsWith('.ts') && !file.startsWith('web/'))
    .flatMap((file) => {
      try {
        stripTypeScriptTypes(readFileSync(join(root, file), 'utf8'))
        return []
      } catch (error) {
        return [`${file}: ${String(error)}`]
      }
    })
  expect(refused).toEqual([])
})

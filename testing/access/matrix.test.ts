import { globSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { engagementPermissions, housePermissions, printMatrix } from '@zhongheng/domain/access/matrix.ts'
import { describe, expect, it } from 'vitest'

const page = new URL('../../docs/access-matrix.md', import.meta.url)
const root = fileURLToPath(new URL('../../', import.meta.url))

describe('the permission matrix', () => {
  it('is the one printed in docs/access-matrix.md', async () => {
    // After a change on purpose: node testing/access/print-matrix.ts
    expect(await readFile(page, 'utf8')).toContain(printMatrix().join('\n'))
  })
  it('is asked for each of its rights where acts are done: one that only pages look at refuses nobody', () => {
    const asking = globSync(['server/**/*.ts', 'domain/{engagements,findings}/moves.ts'], { cwd: root })
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => readFileSync(`${root}${file}`, 'utf8'))
      .join('\n')
    const rights = [...Object.keys(engagementPermissions), ...Object.keys(housePermissions)]
    expect(rights.filter((right) => !asking.includes(`'${right}'`))).toEqual([])
  })
})

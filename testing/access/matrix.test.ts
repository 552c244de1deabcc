import { readFile } from 'node:fs/promises'
import { printMatrix } from '@zhongheng/domain/access/matrix.ts'
import { describe, expect, it } from 'vitest'

const page = new URL('../../docs/access-matrix.md', import.meta.url)

describe('the permission matrix', () => {
  it('is the one printed in docs/access-matrix.md', async () => {
    // After a change on purpose: node testing/access/print-matrix.ts
    expect(await readFile(page, 'utf8')).toContain(printMatrix().join('\n'))
  })
})

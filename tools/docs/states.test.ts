import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { statePages } from './state-pages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the pages about states', () => {
  it.each(statePages())('$path is what the code says; if not: node tools/docs/states.ts', ({ path, text }) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text)
  })

  it('draw every move that is not told in words', () => {
    const [engagement] = statePages()
    expect(engagement?.text).toContain('testing --> suspended: stop')
    expect(engagement?.text).toContain('suspended --> testing: resume')
    expect(engagement?.text).toContain('`cancel` leads from `draft`')
  })
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { digestOfSources, ensureWebPages } from './web-pages.ts'

let root = ''
const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'zh-pages-'))
  write('web/app/main.tsx', 'export const title = 1')
  write('contracts/http/findings.ts', 'export const limit = 20')
})
afterEach(() => rmSync(root, { recursive: true }))

it.each([
  ['web/app/main.tsx', 'a changed page'],
  ['contracts/http/findings.ts', 'a changed contract'],
  ['web/app/new-page.tsx', 'a new page'],
  ['package-lock.json', 'another version of a library'],
])('pages are out of date after a change of %s (%s)', (file, text) => {
  const before = digestOfSources(root)
  write(file, text)
  expect(digestOfSources(root)).not.toBe(before)
})

it.each(['web/app/main.test.tsx', 'web/dist/assets/main.js', 'server/main/main.ts'])(
  'pages do not depend on %s',
  (file) => {
    const before = digestOfSources(root)
    write(file, 'changed')
    expect(digestOfSources(root)).toBe(before)
  },
)

it('pages made of the sources at hand are not built again', async () => {
  write('web/dist/.sources', digestOfSources(root))
  expect(await ensureWebPages(root, () => {})).toBe(false)
})

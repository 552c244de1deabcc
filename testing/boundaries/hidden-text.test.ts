import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { hiddenIn } from './hidden-text.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const listed = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
const tracked = listed.status === 0 ? listed.stdout.split('\0').filter((file) => file !== '') : []
const isText = (file: string): boolean =>
  !/\.(png|jpe?g|webp|ico|ttf|otf|woff2?|pdf|docx|zip|gz|br|pcapng|wasm|der|bin)$/.test(file)
const isCode = (file: string): boolean => /\.(ts|tsx|js|mjs|css|sql|sh)$/.test(file)

describe('source', () => {
  it.each([
    ['a text that turns round', 'const admin = "user\u202e // nobody\u2066"'],
    ['an invisible name', 'const a\u200bdmin = 1'],
    ['a byte order mark in the middle', 'a\ufeffb'],
    ['tag characters', `x${String.fromCodePoint(0xe0041)}`],
    ['two scripts in one name', 'const \u0430dmin = 1'],
    ['Greek in a Latin word', 'const \u03bfpen = 1'],
    ['a minified blob', 'x'.repeat(3000)],
  ])('PUB-SU-04: with %s is found', (_what, text) => {
    expect(hiddenIn(text, true).length).toBeGreaterThan(0)
  })
  it('PUB-SU-04: with Chinese beside Latin, pictures and long prose is no fault', () => {
    expect(hiddenIn('测试 text，👩‍👧 café Привет мир\n', true)).toEqual([])
    expect(hiddenIn('x'.repeat(3000), false)).toEqual([])
  })
  it.skipIf(tracked.length === 0)('PUB-SU-04: of the repository holds none of it', () => {
    const found = tracked
      .filter((file) => isText(file) && statSync(join(root, file), { throwIfNoEntry: false })?.isFile() === true)
      .flatMap((file) =>
        hiddenIn(readFileSync(join(root, file), 'utf8'), isCode(file)).map(
          ({ line, what }) => `${file}:${line}: ${what}`,
        ),
      )
    expect(found).toEqual([])
  })
})

import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const listed = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
const tracked = listed.status === 0 ? listed.stdout.split('\0').filter((file) => file !== '') : []

/** What no file of the repository may hold, and how it would look. Secrets: `secrets.test.ts`. */
const unwanted: readonly { readonly what: string; readonly look: RegExp }[] = [
  {
    what: "a path of a developer's machine",
    look: /(?<![\w.])\/(?:work\/(?:main|shared|brief)|Users\/\w+|home\/(?!nobody)\w+\/\w+)\b/,
  },
  { what: 'the host of a package registry', look: /registry\.(?:npmjs|npmmirror|yarnpkg)\.\w+|"resolved": "https?:/ },
]

const isText = (file: string): boolean => !/\.(png|jpe?g|webp|ico|ttf|otf|woff2?|pdf|docx|zip|gz)$/.test(file)

describe.skipIf(tracked.length === 0)('the files in the repository', () => {
  it.each(unwanted)('hold nowhere $what', ({ look }) => {
    const found = tracked
      .filter((file) => isText(file) && statSync(join(root, file), { throwIfNoEntry: false })?.isFile() === true)
      .flatMap((file) => {
        const hit = look.exec(readFileSync(join(root, file), 'utf8'))
        return hit === null ? [] : [`${file}: ${hit[0].slice(0, 60)}`]
      })
    expect(found).toEqual([])
  })
})

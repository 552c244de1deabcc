import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadStandards } from '@zhongheng/registers/load.ts'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .sort()
const readmes = ['README.md', 'README.zh-CN.md'] as const

describe('the pages of the documentation', () => {
  it.each(pages)('%s links only to what exists', (page) => {
    const links = [...read(page).matchAll(/(?<!!)\[[^\]]*\]\((?<to>[^)#\s]+)(?:#[^)]*)?\)/g)]
    const broken = links
      .flatMap(({ groups }) => (groups?.to === undefined || /^[a-z]+:/.test(groups.to) ? [] : [groups.to]))
      .filter((to) => !existsSync(join(root, normalize(join(dirname(page), to)))))
    expect(broken).toEqual([])
  })

  it.each(pages)('%s names only files that exist', (page) => {
    const named = [...read(page).matchAll(/`(?<path>[\w-]+(?:\/[\w.-]+)+\.(?:ts|tsx|sql|mjs|md))`/g)]
    const gone = named.flatMap(({ groups }) => groups?.path ?? []).filter((path) => !existsSync(join(root, path)))
    expect(gone).toEqual([])
  })

  it.each(pages)('%s names only commands that exist', (page) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const known = new Set(Object.keys(scripts))
    const unknown = [...read(page).matchAll(/npm (?:run (?<script>[\w-]+)|(?<own>start|test))\b/g)]
      .map(({ groups }) => groups?.script ?? groups?.own ?? '')
      .filter((script) => !known.has(script))
    expect(unknown).toEqual([])
  })
})

describe('the two READMEs', () => {
  const headings = (text: string): string[] => [...text.matchAll(/^#+/gm)].map(([marks]) => marks)
  const commands = (text: string): string[] => [...text.matchAll(/```sh\n(?<code>[^`]*)```/g)].map(([block]) => block)
  const targets = (text: string): string[] =>
    [...text.matchAll(/\]\((?<to>[^)]+)\)/g)]
      .map(({ groups }) => (groups?.to ?? '').replace(/-(?:zh|en)\.png$/, '.png').replace(/^README.*/, 'README'))
      .sort()

  it.each([
    ['sections', headings],
    ['commands', commands],
    ['links', targets],
  ] as const)('have the same %s', (_what, taken) => {
    const [english, chinese] = readmes.map((path) => taken(read(path)))
    expect(chinese).toEqual(english)
  })
})

describe('the page about conformance', () => {
  it('cites rows of the registers, with their own degree of certainty', async () => {
    const rows = new Map((await loadStandards()).flatMap((one) => one.rows).map((row) => [row.id, row]))
    const cited = [
      ...read('docs/conformance.md').matchAll(/^\| (?<id>[A-Z0-9]+-[\w.-]+) \| [^|]* \| (?<source>\w+) \|/gm),
    ]
    expect(cited.length).toBeGreaterThan(50)
    const wrong = cited.flatMap(({ groups }) =>
      rows.get(groups?.id ?? '')?.sourceConfidence === groups?.source ? [] : [groups?.id],
    )
    expect(wrong).toEqual([])
  })
})

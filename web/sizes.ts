import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

type Chunk = { file: string; src?: string; imports?: string[]; css?: string[]; isEntry?: boolean }

const dist = join(import.meta.dirname, 'dist')
const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8')) as Record<string, Chunk>
const compressed = new Map<string, number>()
const sizeOf = (file: string): number => {
  const known = compressed.get(file)
  if (known !== undefined) return known
  const size = gzipSync(readFileSync(join(dist, file)), { level: 6 }).length
  compressed.set(file, size)
  return size
}

/** Every file that these chunks need before they run. */
function filesOf(keys: readonly string[]): Set<string> {
  const seen = new Set<string>()
  const files = new Set<string>()
  const walk = (key: string): void => {
    const chunk = manifest[key]
    if (!chunk || seen.has(key)) return
    seen.add(key)
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    for (const next of chunk.imports ?? []) walk(next)
  }
  for (const key of keys) walk(key)
  return files
}

const keyOf = (part: string): string[] => Object.keys(manifest).filter((key) => manifest[key]?.src?.endsWith(part))
const entry = Object.keys(manifest).filter((key) => manifest[key]?.isEntry)
const words = keyOf('i18n/zh-CN.ts')
const frame = [...entry, ...words, ...keyOf('app/Shell.tsx'), ...keyOf('app/antd-zh.ts')]

/** Prints what each page loads, compressed, counted from an empty cache; the budgets are in kilobytes. */
const rows: [page: string, keys: string[], budget: number | null][] = [
  ...['SignInPage', 'SetUpPage', 'InvitationPage', 'LetterCheckPage'].map((name): [string, string[], number] => [
    name,
    [...entry, ...words, ...keyOf(`${name}.tsx`)],
    250,
  ]),
  ...Object.values(manifest)
    .flatMap(({ src }) => (src && /features\/.*(Page|Tab)\.tsx$/.test(src) ? [src] : []))
    .filter((src) => !/SignIn|SetUp|Invitation|LetterCheck/.test(src))
    .sort()
    .map((src): [string, string[], number | null] => [
      src.replace(/^.*\/|\.tsx$/g, ''),
      [
        ...frame,
        ...(src.includes('engagements/') && src.endsWith('Tab.tsx') ? keyOf('EngagementFrame.tsx') : []),
        ...keyOf(src),
      ],
      450,
    ]),
]
let over = 0
for (const [page, keys, budget] of rows) {
  const files = [...filesOf(keys)]
  const sum = (ending: string): number =>
    files.filter((file) => file.endsWith(ending)).reduce((total, file) => total + sizeOf(file), 0) / 1000
  const scripts = sum('.js')
  const broken = budget !== null && scripts > budget
  if (broken) over += 1
  console.log(
    `${page.padEnd(24)} script ${scripts.toFixed(0).padStart(4)} KB   style ${sum('.css').toFixed(0).padStart(3)} KB   budget ${budget} KB${broken ? '  OVER' : ''}`,
  )
}
process.exitCode = over > 0 ? 1 : 0

import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** One import as it stands in a source file. */
export type Import = {
  /** Path of the importing file from the repository's root, with `/`. */
  readonly from: string
  /** What is written: `./moves.ts`, `@zhongheng/domain/shared/ids.ts`, `node:fs`, `zod`. */
  readonly specifier: string
  /** Path from the root for a file of ours; the specifier itself for a package or a Node built-in. */
  readonly target: string
  readonly kind: 'ours' | 'node' | 'package'
  /** `import type`: gone at run time. */
  readonly typeOnly: boolean
}

/** Every .ts and .tsx file of the rooms, by its path from the root. */
export function sourceFiles(root: string): string[] {
  return globSync(['*/**/*.ts', '*/**/*.tsx'], { cwd: root, exclude: ['**/node_modules/**', '**/dist/**', 'out/**'] })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
}

// Statements begin a line (the formatter sees to that), so text and comments that speak of imports are not taken for one.
const statement = /^[ \t]*(?:import|export)(?<type> type)?\s(?:[^'"`;]*?\sfrom\s+)?['"](?<specifier>[^'"]+)['"]/gm
const call = /\bimport\(\s*['"](?<specifier>[^'"]+)['"]/g

/** All imports and re-exports of a file, dynamic ones with a literal argument included. */
export function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(statement), ...text.matchAll(call)].map((match) => {
    const specifier = match.groups?.specifier ?? ''
    return { from: file, specifier, ...resolve(file, specifier), typeOnly: match.groups?.type !== undefined }
  })
}

/** All imports of the repository. */
export const allImports = (root: string): Import[] =>
  sourceFiles(root).flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')))

function resolve(file: string, specifier: string): Pick<Import, 'target' | 'kind'> {
  if (specifier.startsWith('.')) {
    return { kind: 'ours', target: normalize(join(dirname(file), specifier)).replaceAll('\\', '/') }
  }
  if (specifier.startsWith('@zhongheng/')) return { kind: 'ours', target: specifier.slice('@zhongheng/'.length) }
  return { kind: specifier.startsWith('node:') ? 'node' : 'package', target: specifier }
}

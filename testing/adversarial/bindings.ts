import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const oneId = String.raw`PUB-[A-Z]{2}-\d{2}`
/** Vitest's `-t`: a test of the adversarial contract by its name. */
export const namePattern = oneId

/** The ids that a name begins with: `PUB-DB-01 PUB-DB-04: …`; none for other names. */
export function idsOf(name: string): readonly string[] {
  const head = new RegExp(`^(?:${oneId}[ ,]*)+`).exec(name)?.[0] ?? ''
  return head.match(new RegExp(oneId, 'g')) ?? []
}

/** Each case id that a test's source names at the start of a string, with the files (relative to `root`) that do. */
export function bindingsIn(root: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  const files = globSync('*/**/*.test.{ts,tsx}', { cwd: root, exclude: ['**/node_modules/**', '**/dist/**'] }).sort()
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8')
    const names = text.match(new RegExp(`(?<=['"\`])(?:${oneId}[ ,]*)+`, 'g')) ?? []
    for (const id of new Set(names.flatMap(idsOf))) found.set(id, [...(found.get(id) ?? []), file])
  }
  return found
}

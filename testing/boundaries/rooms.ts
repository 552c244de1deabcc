import type { Import } from './imports.ts'

/**
 * Which room may import what: a folder of ours, `types:` before it where only its types, `node:` for Node's built-ins.
 * Its own folder and packages are always allowed. A room that is not here may not import anything of ours but itself.
 */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  registers: ['node:'],
  domain: ['types:registers'],
  contracts: ['domain', 'node:'],
  server: ['domain', 'contracts', 'registers', 'documents', 'ledger', 'node:'],
  gateway: ['domain/authorizations', 'domain/conduct', 'domain/shared', 'contracts/records', 'node:'],
  recorder: ['contracts/records', 'node:'],
  ledger: ['contracts/records', 'node:'],
  documents: ['types:domain', 'domain/shared', 'domain/findings', 'registers', 'contracts', 'node:'],
  web: ['contracts', 'ledger/verify', 'docs/guides/operating.md?raw'],
  cli: [
    'contracts',
    'ledger/verify',
    'ledger/fsck',
    'ledger/witness',
    'ledger/log/files.ts',
    'recorder/mirror',
    'tools/keeping/command.ts',
    'node:',
  ],
  'practice-target': ['node:'],
}

/** Rooms that serve the others' building and testing may see everything. */
const open = new Set(['testing', 'tools', 'bench'])

const isTest = (file: string): boolean => /\.test\.tsx?$|\/fixtures\//.test(file)
/** What builds, measures and shows the web room; none of it reaches a browser. */
const isBuildConfig = (file: string): boolean => /(^|\/)vite\.config\.ts$|^web\/(dev\/|sizes\.ts$)/.test(file)
const isUnder = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** Why the import is forbidden; undefined when it is allowed. Tests may import everything except what their subject is judged by. */
export function forbidden(one: Import): string | undefined {
  const room = one.from.split('/')[0] ?? ''
  if (open.has(room) || isBuildConfig(one.from) || one.kind === 'package') return undefined
  if (isTest(one.from)) return undefined
  const allowed = mayImport[room] ?? []
  if (one.kind === 'node') return allowed.includes('node:') ? undefined : `${room} may not use Node's built-ins`
  if (isUnder(one.target, room)) return undefined
  if (allowed.some((entry) => isUnder(one.target, entry))) return undefined
  if (allowed.some((entry) => isUnder(`types:${one.target}`, entry))) {
    return one.typeOnly ? undefined : `${room} may import only types from there`
  }
  return `${room} may import only ${allowed.length === 0 ? 'itself' : allowed.join(', ')}`
}

const feature = /^server\/features\/(?<name>[^/]+)\/(?<file>.+)$/

/** Why one feature of the server may not reach into another this way; undefined when it may. `reads.ts` is the one door. */
export function reachesAcross(one: Import): string | undefined {
  const from = feature.exec(one.from)?.groups
  const to = one.kind === 'ours' ? feature.exec(one.target)?.groups : undefined
  if (from === undefined || to === undefined || from.name === to.name || isTest(one.from)) return undefined
  return to.file === 'reads.ts' ? undefined : `${from.name} may read ${to.name} only through its reads.ts`
}

/** The files that a browser loads: the web room's own and everything they import, at run time, from other rooms. */
export function reachedByTheWeb(imports: readonly Import[]): Set<string> {
  const isOfTheWeb = (file: string): boolean => isUnder(file, 'web') && !isTest(file) && !isBuildConfig(file)
  const reached = new Set(imports.map((one) => one.from).filter(isOfTheWeb))
  for (const file of reached) {
    // A set's iteration comes to what is added during it.
    for (const one of imports) if (one.from === file && one.kind === 'ours' && !one.typeOnly) reached.add(one.target)
  }
  return reached
}

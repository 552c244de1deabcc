/** One entry of npm's lock file, version 3: as much of it as a bill of materials tells. */
export type LockEntry = {
  readonly name?: string
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}
/** npm's lock file; a key is a place in the tree: empty for the root, a folder for a workspace, `…/node_modules/NAME` else. */
export type Lock = { readonly packages: Readonly<Record<string, LockEntry>> }

const modules = 'node_modules/'

/** What stands at a place under its own name, which an alias hides. */
export function nameAt(place: string, entry: LockEntry): string {
  const at = place.lastIndexOf(modules)
  return entry.name ?? (at < 0 ? place : place.slice(at + modules.length))
}

/** The places that hold a package: all but the links from `node_modules` to workspaces. */
export const packagesOf = (lock: Lock): readonly (readonly [place: string, entry: LockEntry])[] =>
  Object.entries(lock.packages).filter(([, entry]) => entry.link !== true)

/** The place that Node loads `name` from when the package at `from` asks; undefined where it was not installed. */
export function resolve(lock: Lock, from: string, name: string): string | undefined {
  for (let folder: string | undefined = from; folder !== undefined; folder = parent(folder)) {
    const place = `${folder === '' ? '' : `${folder}/`}${modules}${name}`
    const entry = lock.packages[place]
    if (entry !== undefined) return entry.link === true ? entry.resolved : place
  }
  return undefined
}

function parent(folder: string): string | undefined {
  if (folder === '') return undefined
  const at = folder.lastIndexOf(`/${modules}`)
  return at < 0 ? '' : folder.slice(0, at)
}

import { type Lock, type LockEntry, nameAt, packagesOf, resolve } from './lock.ts'

type Licence = { readonly license: { readonly id: string } } | { readonly expression: string }
type Property = { readonly name: string; readonly value: string }
/** A component as CycloneDX 1.6 writes it. */
export type Component = {
  readonly type: 'application' | 'library'
  readonly 'bom-ref': string
  readonly group?: string
  readonly name: string
  readonly version: string
  readonly scope?: 'required' | 'optional' | 'excluded'
  readonly hashes?: readonly { readonly alg: 'SHA-512'; readonly content: string }[]
  readonly licenses?: readonly Licence[]
  readonly purl: string
  readonly properties: readonly Property[]
}
/** A bill of materials in CycloneDX 1.6. */
export type Bill = {
  readonly bomFormat: 'CycloneDX'
  readonly specVersion: '1.6'
  readonly version: 1
  readonly metadata: { readonly timestamp?: string; readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

/**
 * The bill of materials of a lock file: every package with address, version, licence and SHA-512, and who needs whom. It holds no clock
 * and no chance: the same lock file gives the same bill, in whatever order npm wrote it. `at` (RFC 3339) is told when it is handed in.
 * Throws on a package without version or with a digest that is not SHA-512.
 */
export function billOf(lock: Lock, at?: string): Bill {
  const root = lock.packages['']
  if (root === undefined) throw new Error('the lock file has no root')
  const places = packagesOf(lock)
  const refs = new Map(places.map(([place, entry]) => [place, purlOf(place, entry)]))
  // npm may install one package at several places; for the bill it is one, with the needs of all of them.
  const byRef = Map.groupBy(places, ([place]) => refs.get(place) ?? '')
  const inOrder = [...byRef].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { ...(at === undefined ? {} : { timestamp: at }), component: componentOf('application', [['', root]]) },
    components: inOrder
      .filter(([, [first]]) => first?.[0] !== '')
      .map(([, same]) => componentOf(isOurs(same[0]?.[0] ?? '') ? 'application' : 'library', same)),
    dependencies: inOrder.map(([ref, same]) => ({
      ref,
      dependsOn: distinct(same.flatMap(([place, entry]) => needsOf(lock, place, entry))).flatMap(
        (place) => refs.get(place) ?? [],
      ),
    })),
  }

  function distinct(needs: readonly string[]): string[] {
    const one = new Map(needs.map((place) => [refs.get(place) ?? '', place]))
    return [...one].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place)
  }
}

/** A workspace of this repository, or its root. */
const isOurs = (place: string): boolean => !place.includes('node_modules/')

function componentOf(
  type: Component['type'],
  same: readonly (readonly [place: string, entry: LockEntry])[],
): Component {
  const [[place, entry] = ['', {}]] = same
  const [group, name] = splitName(nameAt(place, entry))
  const purl = purlOf(place, entry)
  const hash = hashOf(place, entry)
  return {
    type,
    'bom-ref': purl,
    ...(group === undefined ? {} : { group }),
    name,
    version: entry.version ?? '',
    ...(place === '' ? {} : { scope: scopeOf(same.map(([, one]) => one)) }),
    ...(hash === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: hash }] }),
    ...(entry.license === undefined ? {} : { licenses: [licenceOf(entry.license)] }),
    purl,
    // The names are those of CycloneDX's property taxonomy for npm.
    properties: same
      .map(([where]) => ({ name: 'cdx:npm:package:path', value: where }))
      .sort((a, b) => (a.value < b.value ? -1 : 1)),
  }
}

/** `required` wins over `optional`, and that over `excluded` (used for building and testing only). */
function scopeOf(entries: readonly LockEntry[]): 'required' | 'optional' | 'excluded' {
  const scopes = entries.map(({ dev, optional, devOptional }) =>
    dev === true ? 'excluded' : optional === true || devOptional === true ? 'optional' : 'required',
  )
  return (['required', 'optional'] as const).find((scope) => scopes.includes(scope)) ?? 'excluded'
}

function splitName(full: string): readonly [group: string | undefined, name: string] {
  const slash = full.startsWith('@') ? full.indexOf('/') : -1
  return slash < 0 ? [undefined, full] : [full.slice(0, slash), full.slice(slash + 1)]
}

function purlOf(place: string, entry: LockEntry): string {
  if (entry.version === undefined) throw new Error(`${place}: no version`)
  const name = nameAt(place, entry).split('/').map(encodeURIComponent).join('/')
  return `pkg:npm/${name}@${encodeURIComponent(entry.version)}`
}

/** The digest of the packed package in hexadecimal; nothing for our own folders, which have none. */
function hashOf(place: string, { integrity }: LockEntry): string | undefined {
  if (isOurs(place)) return undefined
  const base64 = /^sha512-(?<digest>[A-Za-z0-9+/]{86}==)$/.exec(integrity ?? '')?.groups?.digest
  if (base64 === undefined) throw new Error(`${place}: no SHA-512`)
  return Buffer.from(base64, 'base64').toString('hex')
}

const licenceOf = (text: string): Licence =>
  / (?:AND|OR|WITH) /.test(text) ? { expression: text } : { license: { id: text } }

/** The places of what a package loads. What it needs for its own tests counts only for our own packages: others come without. */
function needsOf(lock: Lock, place: string, entry: LockEntry): string[] {
  const names = Object.keys({
    ...entry.dependencies,
    ...entry.optionalDependencies,
    ...entry.peerDependencies,
    ...(isOurs(place) ? entry.devDependencies : {}),
  })
  const own = place === '' ? packagesOf(lock).flatMap(([where]) => (where !== '' && isOurs(where) ? [where] : [])) : []
  return [...own, ...names.flatMap((name) => resolve(lock, place, name) ?? [])]
}

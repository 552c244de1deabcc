import type { SignalKind } from './signals.ts'

/** One line of the index of traffic, as far as patterns of use are seen in it. */
export type Used = {
  readonly leaseId: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly method: string
  readonly host: string
  readonly path: string
  readonly status: number
  readonly responseBytes: number
  /** Rule of a refusal; null for what passed. */
  readonly refusedBy: string | null
}

export type UseSeen = { readonly kind: Extract<SignalKind, 'flood' | 'record_drain'>; readonly count: number }

/** Requests of one lease within ten seconds, and refusals by a limit, beyond which it is a flood. */
export const floodOf = { windowMs: 10_000, passed: 1000, refused: 100 } as const
/** Different records of one interface that one lease fetched within ten minutes, beyond which it is a drain. */
export const drainOf = { windowMs: 600_000, records: 50, mostIds: 500 } as const

const identifier =
  /^(?:\d{1,19}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24}|[0-9a-f]{32}|[A-Za-z]{1,4}\d{3,19})$/i
const namedIdentifier = /^(?:[a-z_]{0,20}(?:id|no|num|code|uid|key))$/i

/** The interface behind a path with the identifiers taken out, and those; null where it names no record. */
export function recordIn(path: string): { readonly template: string; readonly id: string } | null {
  const [before = '', query = ''] = path.split('#')[0]?.split('?', 2) ?? []
  const ids: string[] = []
  const segments = before.split('/').map((segment) => {
    if (!identifier.test(segment)) return segment
    ids.push(segment)
    return '*'
  })
  const names = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [key = '', value = ''] = pair.split('=', 2)
      if (namedIdentifier.test(key) && identifier.test(value)) ids.push(value)
      return key
    })
  return ids.length === 0 ? null : { template: `${segments.join('/')}?${names.sort().join('&')}`, id: ids.join('/') }
}

type Bucket = { begun: number; passed: number; refused: number; told: boolean }
type Drain = { begun: number; ids: Set<string>; told: boolean }

/**
 * Sees floods and drains in the lines of the index, in their order. Each is told once in its window. Memory is bounded by
 * `most` leases and interfaces; the ones unused for longest go first.
 */
export class PatternsOfUse {
  readonly #floods = new Map<string, Bucket>()
  readonly #drains = new Map<string, Drain>()
  readonly #most: number

  constructor(most = 20_000) {
    this.#most = most
  }

  take(used: Used): UseSeen | null {
    return this.#flood(used) ?? this.#drain(used)
  }

  #flood({ leaseId, at, refusedBy }: Used): UseSeen | null {
    const known = this.#floods.get(leaseId)
    const bucket =
      known !== undefined && at - known.begun < floodOf.windowMs
        ? known
        : { begun: at, passed: 0, refused: 0, told: false }
    if (refusedBy === null) bucket.passed += 1
    else if (refusedBy.startsWith('LIMIT-')) bucket.refused += 1
    this.#keep(this.#floods, leaseId, bucket)
    if (bucket.told || (bucket.passed < floodOf.passed && bucket.refused < floodOf.refused)) return null
    bucket.told = true
    return { kind: 'flood', count: bucket.passed + bucket.refused }
  }

  #drain(used: Used): UseSeen | null {
    const { leaseId, at, method, host, path, status, responseBytes } = used
    if (used.refusedBy !== null || status < 200 || status > 299 || responseBytes === 0) return null
    const record = recordIn(path)
    if (record === null) return null
    const key = `${leaseId} ${method} ${host} ${record.template}`
    const known = this.#drains.get(key)
    const drain =
      known !== undefined && at - known.begun < drainOf.windowMs
        ? known
        : { begun: at, ids: new Set<string>(), told: false }
    if (drain.ids.size < drainOf.mostIds) drain.ids.add(record.id)
    this.#keep(this.#drains, key, drain)
    if (drain.told || drain.ids.size < drainOf.records) return null
    drain.told = true
    return { kind: 'record_drain', count: drain.ids.size }
  }

  #keep<T>(map: Map<string, T>, key: string, value: T): void {
    map.delete(key)
    map.set(key, value)
    if (map.size <= this.#most) return
    for (const oldest of map.keys()) {
      map.delete(oldest)
      break
    }
  }
}

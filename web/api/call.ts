import type { Call, EndpointKey, Reply } from '@zhongheng/contracts/http/index.ts'
import { problemOf, unreachable } from './problem.ts'
import { askPurpose } from './reading-purpose.ts'
import { confirmIdentity } from './step-up.ts'

/** The endpoints that only read. */
export type ReadKey = Extract<EndpointKey, `GET ${string}`>
export type ActKey = Exclude<EndpointKey, ReadKey>

type Parts = {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}
/** The input argument may be left out where the endpoint takes none. */
export type InputOf<K extends EndpointKey> = object extends Call<K> ? [input?: Call<K>] : [input: Call<K>]
export type CallOptions = {
  readonly signal?: AbortSignal
  readonly idempotencyKey?: string
  /** The person was asked already, so a dangerous act is not asked about twice. */
  readonly confirmed?: boolean
  /** The same for the purpose of a reading. */
  readonly purposeStated?: boolean
}

/** Path and query of a call: `/api/engagements/eng_…/scope?after=…`. Also for downloads, which are plain links. */
export function addressOf<K extends EndpointKey>(key: K, ...input: InputOf<K>): string {
  return addressWith(key, ((input as readonly unknown[])[0] as Parts | undefined) ?? {})
}

function addressWith(key: string, { params = {}, query = {} }: Parts): string {
  const path = key
    .slice(key.indexOf(' ') + 1)
    .replace(/:(\w+)/g, (_whole, name: string) => encodeURIComponent(textOf(params[name])))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, textOf(value))
  }
  return search.size > 0 ? `${path}?${search}` : path
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

/**
 * Calls one endpoint of the contract.
 * @throws ApiProblem what the server refused, or `unreachable` when no answer came
 */
export async function callWith<K extends EndpointKey>(
  key: K,
  input: Call<K>,
  options: CallOptions = {},
): Promise<Reply<K>> {
  const method = key.slice(0, key.indexOf(' '))
  const parts = input as Parts
  const { body } = parts
  const headers: Record<string, string> = { accept: 'application/json' }
  if (method !== 'GET') headers['x-zhongheng'] = '1'
  if (method === 'POST') headers['idempotency-key'] = options.idempotencyKey ?? newKey()
  if (body !== undefined) headers['content-type'] = 'application/json'
  const answer = await fetch(addressWith(key, parts), {
    method,
    headers,
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(options.signal ? { signal: options.signal } : {}),
  }).catch((error: unknown) => {
    if (options.signal?.aborted) throw error
    throw unreachable()
  })
  if (answer.status === 204) return undefined as Reply<K>
  const reply: unknown = await answer.json().catch(() => undefined)
  if (!answer.ok || reply === undefined) {
    const problem = problemOf(answer.status, reply)
    // A dangerous act wants a fresh confirmation; once it is given, the same call is sent again.
    if (problem.rule === 'STEPUP-1' && !options.confirmed && (await confirmIdentity()))
      return callWith(key, input, { ...options, confirmed: true })
    // Beyond the budget of readings a stated purpose opens the way, and the same call is sent again.
    const engagementId = parts.params?.['engagementId']
    if (problem.rule === 'READING-1' && !options.purposeStated && typeof engagementId === 'string')
      if (await askPurpose({ engagementId, problem })) return callWith(key, input, { ...options, purposeStated: true })
    throw problem
  }
  return reply as Reply<K>
}

/** `call('GET /api/me')`, `call('GET /api/engagements/:engagementId', { params: { engagementId } })`. */
export function call<K extends EndpointKey>(key: K, ...input: InputOf<K>): Promise<Reply<K>> {
  const given: unknown = (input as readonly unknown[])[0] ?? {}
  return callWith(key, given as Call<K>)
}

/** `crypto.randomUUID` exists on secure origins only; an installation inside a company may be plain http. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

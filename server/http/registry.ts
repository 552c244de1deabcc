import type { Readable } from 'node:stream'
import { type EndpointKey, type Http, areaOf, http } from '@zhongheng/contracts/http/index.ts'
import type { Endpoint, ReplyOf } from '@zhongheng/contracts/http/shape.ts'
import type { HouseAction } from '@zhongheng/domain/access/matrix.ts'
import type { LoginWait } from '@zhongheng/domain/access/sign-in.ts'
import { z } from 'zod'
import type { BegunLogin, Login } from '../sign-in/logins.ts'
import type { Deps } from '../work/deps.ts'
import type { Work } from '../work/work.ts'

/**
 * How a route checks one field that refers to another object. `load` answers the object for this person and this act,
 * or throws: `notFound()` when they may not know of it, `forbidden` when they may see it but not do this.
 * `context` holds the other parsed inputs, so that a second reference is checked against the first.
 */
export type Reference<T> = {
  readonly about: string
  load(work: Work, id: string, context: { params: Record<string, unknown>; on: Record<string, unknown> }): Promise<T>
}
/** A reference whose check needs the whole body, done by the named use case; the access test still attacks it. */
export const checkedBy = (useCase: string): Reference<string> => ({
  about: `checked by ${useCase}`,
  load: async (_work, id) => id,
})

type Loaded<R> = { [P in keyof R]: R[P] extends Reference<infer T> ? T : never }
type Out<E, F extends string> = E extends { [P in F]: infer S extends z.ZodType } ? z.output<S> : undefined

/** A file or stream answer; sent as it comes. `inline` only for what a browser may show. */
export type FileReply = {
  readonly bytes: Uint8Array | Readable
  readonly name?: string
  readonly type?: string
  /** The bytes under this address never change: anybody may keep them. */
  readonly immutable?: boolean
  /** For files that are worth resuming: a part of them, ends included. `etag` names the bytes for ever. */
  readonly ranges?: {
    readonly size: number
    readonly etag: string
    read(first: number, last: number): Readable
  }
}
/** What a handler may answer: the reply, or work to do after the commit whose result is the reply (reveals). */
export type Later<T> = { readonly later: () => Promise<T> }
type Answer<E> = E extends { file: string } ? FileReply : ReplyOf<E> extends undefined ? void : ReplyOf<E>

export type Caller = {
  readonly agent: string
  readonly address: string
  /** Tokens of the accounts that this browser knows. */
  readonly devices: readonly string[]
  /** The login behind the cookie, also one that still waits for something; null for programs and strangers. */
  readonly login: Login | null
  readonly chinese: boolean
  /** Whether the right to call still holds, for streams that outlive their request. */
  stillLives(): Promise<boolean>
}
type Context<E, R> = {
  readonly work: Work
  readonly params: Out<E, 'params'>
  readonly query: Out<E, 'query'>
  readonly body: Out<E, 'body'>
  /** The file that the body is, where the endpoint takes one and it came. It is read after the transaction, in `later`. */
  readonly file: E extends { takes: string } ? Readable | undefined : undefined
  /** The objects behind the declared references, checked. */
  readonly on: Loaded<R>
  readonly caller: Caller
  /** Sets the login cookie, or ends it (null). A whole login also leaves its mark in the device cookie. */
  readonly setLogin: (begun: (Pick<BegunLogin, 'token'> & Partial<BegunLogin>) | null) => void
}

export type RouteDef<K extends EndpointKey, R extends Record<string, Reference<unknown>>> = {
  /**
   * Who may call at all: anybody, anybody signed in, or members with a house permission. What a person may do with the
   * objects named in the request is decided by the references.
   */
  readonly access: 'public' | 'signed_in' | HouseAction
  /** Longest body in bytes, where it is far below what is taken otherwise. */
  readonly bodyLimit?: number
  /** Asked by the page and not by the person at it: such a call does not keep a login from falling idle. */
  readonly byItself?: true
  /** Every field of params, query and body that names another object, e.g. `params.engagementId`, `body.cites[]`. */
  readonly references: R
  /** The waiting logins that may come here too; any other must be whole. */
  readonly whileWaiting?: readonly LoginWait[]
  /** Which acts want a step-up, where the contract says that only some do. */
  stepUpWhen?(body: Out<Http[K], 'body'>): boolean
  /** Runs before the transaction, for what must stay counted when the request is refused: the throttle. */
  before?(caller: Caller, body: Out<Http[K], 'body'>): Promise<void>
  handle(context: Context<Http[K], R>): Promise<Answer<Http[K]> | Later<Answer<Http[K]>>>
}

/** A route as the server runs it, without its types. */
export type Route = {
  readonly key: EndpointKey
  readonly method: string
  readonly path: string
  readonly endpoint: Endpoint
  readonly access: 'public' | 'signed_in' | HouseAction
  readonly bodyLimit?: number
  readonly byItself: boolean
  readonly references: Record<string, Reference<unknown>>
  /** What an access token must be given for to come here; null: none may. */
  readonly area: string | null
  readonly whileWaiting: readonly LoginWait[]
  readonly stepUpWhen?: (body: never) => boolean
  readonly before?: (caller: Caller, body: never) => Promise<void>
  readonly handle: (context: Context<Endpoint, Record<string, Reference<unknown>>>) => Promise<unknown>
}

/** Declares one route of the contract. Types of params, query, body and reply come from the contract. */
export function route<K extends EndpointKey, const R extends Record<string, Reference<unknown>>>(
  key: K,
  def: RouteDef<K, R>,
): Route {
  const [method = '', path = ''] = key.split(' ')
  return {
    key,
    method,
    path,
    endpoint: http[key],
    access: def.access,
    byItself: def.byItself ?? false,
    references: def.references,
    area: areaOf(key),
    whileWaiting: def.whileWaiting ?? [],
    ...(def.stepUpWhen ? { stepUpWhen: def.stepUpWhen } : {}),
    ...(def.before ? { before: def.before } : {}),
    ...(def.bodyLimit === undefined ? {} : { bodyLimit: def.bodyLimit }),
    handle: def.handle as unknown as Route['handle'],
  }
}

/**
 * Holds the routes to the contract: each endpoint has exactly one route, each reference field is declared, nothing is
 * declared that does not exist. The server does not start otherwise.
 * @throws Error listing every fault
 */
export function checkedRoutes(routes: readonly Route[]): readonly Route[] {
  const faults: string[] = []
  const seen = new Map(routes.map((one) => [one.key, one]))
  if (seen.size !== routes.length) faults.push('a route is declared twice')
  for (const key of Object.keys(http) as EndpointKey[]) {
    const found = seen.get(key)
    if (!found) {
      faults.push(`${key}: no route`)
      continue
    }
    const wanted = referenceFields(http[key])
    for (const field of wanted)
      if (!(field in found.references)) faults.push(`${key}: reference ${field} is not declared`)
    for (const field of Object.keys(found.references))
      if (!wanted.includes(field)) faults.push(`${key}: ${field} is declared but not in the contract`)
    const some = typeof (http[key] as Endpoint).stepUp === 'string'
    if (some !== (found.stepUpWhen !== undefined))
      faults.push(`${key}: which of its acts want a step-up is not declared`)
    if (found.access === 'public' && wanted.length > 0) faults.push(`${key}: a public route may not take references`)
  }
  if (faults.length > 0) throw new Error(`the route registry is incomplete:\n${faults.join('\n')}`)
  return routes
}

/** Paths of all fields of an endpoint whose schema says `refersTo`. */
export function referenceFields(endpoint: Endpoint): string[] {
  return (['params', 'query', 'body'] as const).flatMap((part) => {
    const schema = endpoint[part]
    if (!schema) return []
    const { $defs = {}, ...whole } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
    return fieldsIn(whole, part, $defs)
  })
}

type JsonSchema = {
  $defs?: Record<string, JsonSchema>
  /** A shape with a name stands apart; the contract has none that holds itself. */
  $ref?: string
  refersTo?: string
  properties?: Record<string, JsonSchema>
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
}

function fieldsIn(schema: JsonSchema, at: string, named: Record<string, JsonSchema>): string[] {
  const apart = named[schema.$ref?.replace('#/$defs/', '') ?? '']
  const found = schema.refersTo ? [at] : []
  if (apart) found.push(...fieldsIn(apart, at, named))
  for (const [name, inner] of Object.entries(schema.properties ?? {}))
    found.push(...fieldsIn(inner, `${at}.${name}`, named))
  if (schema.items) found.push(...fieldsIn(schema.items, `${at}[]`, named))
  for (const inner of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])])
    found.push(...fieldsIn(inner, at, named))
  return [...new Set(found)]
}

export type Feature = (deps: Deps) => readonly Route[]

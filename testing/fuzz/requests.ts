import { type Schema, valueFor } from '../access/sample-input.ts'
import type { Operation } from './description.ts'
import { oddBodies, oddTexts, oddValues } from './oddities.ts'
import type { Random } from './random.ts'

/** A request as bytes nearly: header lines may repeat. */
export type FuzzRequest = {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | null
}
/** What the fuzzer knows of the scene. */
export type Known = {
  /** Ids by kind: own, foreign and absent ones. */
  readonly ids: (kind: string, random: Random) => string
  /** Words that routes take without saying so in their schema: names of moves, kinds of records. */
  readonly words: readonly string[]
}

/** One request for an operation: right in most parts, wrong in one or a few, so that it reaches what lies behind the first check. */
export function makeRequest(operation: Operation, cookie: string, known: Known, random: Random): FuzzRequest {
  const idFor = (_path: string, kind: string): string => known.ids(kind, random)
  const path = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const schema = operation.params.find((one) => one.name === name)?.schema ?? {}
    const value = random.chance(0.04) ? random.one(oddTexts)(random) : String(valueFor(schema, name, idFor))
    return encode(random.chance(0.01) ? value.toUpperCase() : value)
  })
  return {
    method: random.chance(0.01)
      ? random.one(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'POST', 'GET'])
      : operation.method,
    path: `${path}${queryFor(operation, idFor, random)}`,
    ...withHeaders(operation, cookie, bodyFor(operation, idFor, known, random), random),
  }
}

const encode = (text: string): string => encodeURIComponent(text.slice(0, 3000).toWellFormed())

function queryFor(operation: Operation, idFor: (path: string, kind: string) => string, random: Random): string {
  const pairs: string[] = []
  for (const { name, schema, required } of operation.query) {
    if (!required && random.chance(0.5)) continue
    const value = random.chance(0.3) ? random.one(oddTexts)(random) : String(valueFor(schema, name, idFor))
    pairs.push(`${name}=${encode(value)}`)
    if (random.chance(0.05)) pairs.push(`${name}${random.one(['', '[]', '[$ne]', '[__proto__][b]'])}=1`)
  }
  if (random.chance(0.03))
    pairs.push(
      random.one(['__proto__=1', 'a[__proto__][b]=1', 'sort=title', 'fields=*', '%00=1', '=', 'a'.repeat(9000)]),
    )
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

function bodyFor(
  operation: Operation,
  idFor: (path: string, kind: string) => string,
  known: Known,
  random: Random,
): string | null {
  if (!operation.body) return random.chance(0.1) ? random.one(oddBodies)() : null
  if (random.chance(0.06)) return random.one(oddBodies)()
  const body = valueFor(operation.body, '', idFor)
  spice(body, operation.body, known, random)
  const spoils = random.one([0, 0, 1, 1, 1, 2, 3])
  for (let spoil = 0; spoil < spoils; spoil++) spoilOne(body, operation.body, random)
  return JSON.stringify(body)
}

/** Fills in what may be there and varies what may vary, within the schema. */
function spice(value: unknown, schema: Schema, known: Known, random: Random): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const fields = value as Record<string, unknown>
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    if (!(name in fields) && random.chance(0.5)) continue
    if (inner.enum) fields[name] = random.one(inner.enum)
    else if (name === 'version') fields[name] = random.one([1, 1, 2, 3, 4, 5, 9])
    else if (['move', 'kind', 'questionId'].includes(name) && inner.type === 'string')
      fields[name] = random.one(known.words)
    else if (inner.type === 'integer') fields[name] = random.one([inner.minimum ?? 0, inner.maximum ?? 9, 1])
    else if (inner.type === 'object' && typeof inner.additionalProperties === 'object')
      fields[name] = Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [random.one(known.words), random.one(oddTexts)(random)]),
      )
    else spice(fields[name], inner, known, random)
  }
}

/** Makes one place of a body wrong, by its schema's own limits or by a value of another kind. */
function spoilOne(value: unknown, schema: Schema, random: Random): void {
  if (typeof value !== 'object' || value === null) return
  const fields = value as Record<string, unknown>
  const names = Object.keys(fields)
  if (names.length === 0 || random.chance(0.08)) {
    fields[random.one(['role', 'state', 'orgId', 'org_id', 'version ', '__proto__x', 'toString', 'constructor'])] =
      random.one(oddValues)(random)
    return
  }
  const name = random.one(names)
  const inner = schema.properties?.[name] ?? schema.items ?? {}
  const way = random.below(6)
  if (way === 0) delete fields[name]
  else if (way === 1) fields[name] = random.one(oddValues)(random)
  else if (way === 2 && typeof fields[name] === 'string') fields[name] = atTheEdge(inner, random)
  else if (way === 3 && inner.type === 'integer')
    fields[name] = random.one([(inner.minimum ?? 0) - 1, (inner.maximum ?? 9) + 1, 2 ** 53, 0.1])
  else if (way === 4 && typeof fields[name] === 'object') spoilOne(fields[name], inner, random)
  else fields[name] = `${random.chance(0.5) ? '一段足够长的文字 long enough ' : ''}${random.one(oddTexts)(random)}`
}

function atTheEdge(schema: Schema, random: Random): string {
  const length = random.one([
    (schema.minLength ?? 0) - 1,
    schema.minLength ?? 0,
    schema.maxLength ?? 100,
    (schema.maxLength ?? 100) + 1,
  ])
  return random
    .one(['x', '字', '😀', ' ', 'e\u0301'])
    .repeat(Math.max(0, Math.min(length, 60_000)))
    .slice(0, Math.max(0, length))
}

const keys = ['the-same-key-1', 'the-same-key-2', 'short', 'with space', 'k'.repeat(101), 'ключ'] as const

function withHeaders(
  operation: Operation,
  cookie: string,
  body: string | null,
  random: Random,
): Pick<FuzzRequest, 'headers' | 'body'> {
  const headers: [string, string][] = []
  const put = (name: string, value: string): void => void headers.push([name, latin(value)])
  put('cookie', random.chance(0.01) ? `${cookie}; ${cookie}x` : cookie)
  if (operation.method !== 'GET' && !random.chance(0.01)) put('x-zhongheng', random.chance(0.01) ? '0' : '1')
  if (random.chance(0.01)) put('x-zhongheng', '1')
  if (body !== null)
    put(
      'content-type',
      random.chance(0.03)
        ? random.one([
            'text/plain',
            'application/xml',
            'application/x-www-form-urlencoded',
            'multipart/form-data',
            'application/json; charset=utf-16',
            'application/jsonp',
            '*/*',
            'é',
          ])
        : 'application/json',
    )
  if (body !== null && random.chance(0.005)) put('content-encoding', random.one(['gzip', 'br', 'x']))
  if (random.chance(0.01)) put('content-type', 'text/html')
  if (operation.keyed && random.chance(0.2)) put('idempotency-key', random.one(keys))
  if (operation.keyed && random.chance(0.005)) put('idempotency-key', 'another-key-1')
  if (random.chance(0.01)) put('sec-fetch-site', random.one(['cross-site', 'same-site', 'none', 'x']))
  if (random.chance(0.02)) put('accept-language', random.one(['en', 'zh', 'x'.repeat(3000), ',;q=1', 'é']))
  if (random.chance(0.01)) put('accept', random.one(['text/html', 'application/xml', 'é']))
  if (random.chance(0.01)) put('x-forwarded-for', random.one(['127.0.0.1', 'x', '1'.repeat(2000)]))
  if (random.chance(0.01)) put('x-http-method-override', 'DELETE')
  if (random.chance(0.01)) put('range', 'bytes=0-1,5-9,-1')
  if (random.chance(0.01)) put('user-agent', random.one(['', 'x'.repeat(6000), '\u00ff\u00fe']))
  return { headers, body }
}

/** Header lines carry bytes: what is beyond Latin-1 goes as its UTF-8. */
const latin = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

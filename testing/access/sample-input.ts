import type { Endpoint } from '@zhongheng/contracts/http/shape.ts'
import { z } from 'zod'

/** The part of JSON Schema that the contract's shapes are printed in; OpenAPI says `x-refers-to` for our `refersTo`. */
export type Schema = {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  pattern?: string
  format?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  maxItems?: number
  refersTo?: string
  'x-refers-to'?: string
  additionalProperties?: Schema | boolean
  required?: string[]
  properties?: Record<string, Schema>
  items?: Schema
  minItems?: number
  anyOf?: Schema[]
  oneOf?: Schema[]
}

/** Texts for patterns that a made-up string would not fit. */
const fitting: readonly [RegExp, string][] = [
  [/CWE/, 'CWE-89'],
  [/x21-/, 'somebody@id.example'],
  [/\[0-9A-HJKMNP-TV-Z\]\{8\}/, '7QK39ZTM'],
  [/\\d\{6\}/, '123456'],
  // Number of a node.
  [/\\d\{1,3\}/, '1'],
  [/\[0-9a-f\]\{64\}/, 'a'.repeat(64)],
  [/\[a-z0-9\]\[a-z0-9/, 'somebody-new'],
  // An id of any kind.
  [/^\^\[a-z\]\{3\}_/, `fnd_${'0'.repeat(26)}`],
]

/** A body or query that the endpoint's schema accepts; ids come from `idFor`, and of variants one that has `wanted` is taken. */
export function sampleOf(
  schema: z.ZodType | undefined,
  idFor: (path: string, kind: string) => string,
  wanted?: string,
): unknown {
  if (!schema) return undefined
  const { $defs = {}, ...whole } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  // Shapes with a name stand apart; the contract has none that holds itself.
  const inline = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(inline)
    if (typeof part !== 'object' || part === null) return part
    const name = '$ref' in part && typeof part.$ref === 'string' ? part.$ref.replace('#/$defs/', '') : undefined
    return name === undefined
      ? Object.fromEntries(Object.entries(part).map(([key, value]) => [key, inline(value)]))
      : inline($defs[name])
  }
  return valueFor(inline(whole) as Schema, '', idFor, wanted)
}

const refers = (schema: Schema): boolean => Boolean(schema.refersTo ?? schema['x-refers-to'])

/** A value that the schema takes; `path` leads to it, for `idFor`. */
export function valueFor(
  schema: Schema,
  path: string,
  idFor: (path: string, kind: string) => string,
  wanted?: string,
): unknown {
  const kind = schema.refersTo ?? schema['x-refers-to']
  if (kind) return idFor(path, kind)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const variants = schema.oneOf ?? schema.anyOf
  if (variants?.[0]) {
    const holds = (variant: Schema): boolean => {
      let found = false
      valueFor(variant, path, (at) => ((found ||= at === wanted), ''), wanted)
      return found
    }
    return valueFor(variants.find(holds) ?? variants[0], path, idFor, wanted)
  }
  if (schema.type === 'object' || schema.properties) {
    // Optional references are filled in too, because each of them is attacked.
    const kept = Object.entries(schema.properties ?? {}).filter(
      ([name, inner]) => schema.required?.includes(name) || refers(inner) || (inner.items && refers(inner.items)),
    )
    return Object.fromEntries(
      kept.map(([name, inner]) => [name, valueFor(inner, path ? `${path}.${name}` : name, idFor, wanted)]),
    )
  }
  if (schema.type === 'array')
    return schema.items && ((schema.minItems ?? 0) > 0 || refers(schema.items) || wanted?.startsWith(`${path}[].`))
      ? [valueFor(schema.items, `${path}[]`, idFor, wanted)]
      : []
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, schema.minimum ?? 0)
  if (schema.type === 'boolean') return true
  if (schema.format === 'base64') return 'AAAA'
  if (schema.format === 'uri') return 'https://id.example'
  if (schema.format === 'date-time') return '2027-01-01T00:00:00Z'
  const fit = fitting.find(([pattern]) => schema.pattern !== undefined && pattern.test(schema.pattern))
  return (
    fit?.[1] ??
    '测试用的一段足够长的文字 text long enough'
      .repeat(Math.ceil((schema.minLength ?? 1) / 20))
      .slice(0, Math.max(20, schema.minLength ?? 0))
  )
}

/** What a route is called with. @param wanted the field that must be there, as `referenceFields` names it */
export function partsOf(endpoint: Endpoint, idFor: (path: string, kind: string) => string, wanted?: string) {
  const part = (name: 'params' | 'query' | 'body'): unknown =>
    sampleOf(
      endpoint[name],
      (path, kind) => idFor(`${name}.${path}`, kind),
      wanted?.startsWith(`${name}.`) ? wanted.slice(name.length + 1) : undefined,
    )
  return {
    params: part('params') as Record<string, string | number> | undefined,
    query: part('query') as Record<string, unknown> | undefined,
    body: part('body'),
  }
}

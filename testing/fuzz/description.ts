import type { Schema } from '@zhongheng/testing/access/sample-input.ts'
import { z } from 'zod'

/** One operation of an OpenAPI text, with what the fuzzer needs of it. */
export type Operation = {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly params: readonly { readonly name: string; readonly schema: Schema }[]
  readonly query: readonly { readonly name: string; readonly schema: Schema; readonly required: boolean }[]
  readonly body: Schema | null
  readonly keyed: boolean
  readonly public: boolean
  /** What each status may answer: by status or `4XX`, then by media type; null for bytes that are not JSON. */
  readonly answers: ReadonlyMap<string, ReadonlyMap<string, z.ZodType | null>>
}

type Described = {
  readonly paths: Record<string, Record<string, DescribedOperation>>
  readonly components: { readonly schemas: Record<string, unknown> }
}
type DescribedOperation = {
  readonly parameters?: { name: string; in: string; required?: boolean; schema: Schema }[]
  readonly requestBody?: { content: Record<string, { schema: Schema }> }
  readonly security?: unknown[]
  readonly responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

/** Reads the OpenAPI text that a server gives of itself. */
export function operationsOf(text: unknown): readonly Operation[] {
  const { paths, components } = text as Described
  const shared = relink(components.schemas)
  const typeOf = (schema: Schema): z.ZodType =>
    z.fromJSONSchema({ ...(relink(schema) as object), $defs: shared } as Parameters<typeof z.fromJSONSchema>[0])
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]): Operation => {
      const inside = (where: string) => (one.parameters ?? []).filter((parameter) => parameter.in === where)
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        params: inside('path'),
        query: inside('query').map((parameter) => ({ ...parameter, required: parameter.required ?? false })),
        body: one.requestBody?.content['application/json']?.schema ?? null,
        keyed: inside('header').some(({ name }) => name === 'Idempotency-Key'),
        public: one.security?.length === 0,
        answers: new Map(
          Object.entries(one.responses).map(([status, { content = {} }]) => [
            status,
            new Map(
              Object.entries(content).map(([type, { schema }]) => [
                type,
                type.includes('json') ? typeOf(schema) : null,
              ]),
            ),
          ]),
        ),
      }
    }),
  )
}

/** OpenAPI keeps shared shapes under `components`, JSON Schema under `$defs`. */
function relink(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(relink)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === '$ref' && typeof value === 'string'
        ? [key, value.replace('#/components/schemas/', '#/$defs/')]
        : [key, relink(value)],
    ),
  )
}

/** Why an answer is not one that the description allows; null when it is. */
export function faultOf(
  operation: Operation,
  answer: { readonly status: number; readonly type: string; readonly text: string },
): string | null {
  const { status, type, text } = answer
  const allowed = operation.answers.get(String(status)) ?? operation.answers.get(`${Math.floor(status / 100)}XX`)
  if (!allowed) return `status ${status} is not described`
  if (allowed.size === 0) return text === '' ? null : 'an answer without content has some'
  const media = type.split(';')[0] ?? ''
  if (!allowed.has(media)) return `type ${media} is not described for ${status}`
  const schema = allowed.get(media)
  if (!schema) return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'the answer is no JSON'
  }
  const parsed = schema.safeParse(value)
  return parsed.success
    ? null
    : parsed.error.issues
        .slice(0, 3)
        .map(({ path, message }) => `${path.join('.')}: ${message}`)
        .join('; ')
}

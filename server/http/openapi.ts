import { ProblemBody } from '@zhongheng/contracts/http/shape.ts'
import { z } from 'zod'
import type { Route } from './registry.ts'

type Schema = Record<string, unknown>

/** The whole API as OpenAPI 3.1, made from the contract; served at `GET /api/openapi.json`. */
export function openApi(routes: readonly Route[]): Schema {
  const schemas: Record<string, Schema> = {}
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Schema => {
    const {
      $schema: _dialect,
      $defs,
      ...rest
    } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema & { $defs?: Record<string, Schema> }
    for (const [name, inner] of Object.entries($defs ?? {})) schemas[name] ??= relink(inner) as Schema
    return relink(rest) as Schema
  }
  const problem = schemaOf(ProblemBody, 'output')
  const refusal = { description: 'Refused', content: { 'application/problem+json': { schema: problem } } }
  const paths: Record<string, Record<string, unknown>> = {}
  for (const one of routes) {
    const path = one.path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')
    const { params, query, body, takes, reply, file, fileOr = [], status, summary } = one.endpoint
    const parameters = [
      ...parametersOf(params && schemaOf(params, 'input'), 'path'),
      ...parametersOf(query && schemaOf(query, 'input'), 'query'),
      ...(one.method === 'GET' ? [] : [{ name: 'X-Zhongheng', in: 'header', required: true, schema: { const: '1' } }]),
      ...(one.method === 'POST'
        ? [
            {
              name: 'Idempotency-Key',
              in: 'header',
              required: false,
              schema: { type: 'string', pattern: '^[\\w-]{8,100}$' },
            },
          ]
        : []),
    ]
    paths[path] ??= {}
    paths[path][one.method.toLowerCase()] = {
      operationId: operationName(one.method, one.path),
      summary,
      tags: [one.path.split('/')[2] ?? 'api'],
      ...(one.access === 'public' ? { security: [] } : {}),
      ...(parameters.length > 0 ? { parameters } : {}),
      ...(body
        ? { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } } }
        : takes
          ? { requestBody: { required: true, content: { [takes]: { schema: { type: 'string', format: 'binary' } } } } }
          : {}),
      responses: {
        [String(status ?? (reply || file ? 200 : 204))]: {
          description: 'Done',
          ...(file ? { content: filesOf([file, ...fileOr]) } : {}),
          ...(reply ? { content: { 'application/json': { schema: schemaOf(reply, 'output') } } } : {}),
        },
        '4XX': refusal,
        '503': refusal,
      },
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Zhongheng',
      version: '0.1.0',
      description: 'Crowdsourced security testing on which every step can be proved.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ login: [] }],
    paths,
    components: { securitySchemes: { login: { type: 'apiKey', in: 'cookie', name: 'zh_login' } }, schemas },
  }
}

const parametersOf = (schema: Schema | undefined, where: 'path' | 'query') =>
  Object.entries((schema?.['properties'] ?? {}) as Record<string, Schema>).map(([name, inner]) => ({
    // The rest of an address has no name with the router, and must have one here.
    name: name === '*' ? 'path' : name,
    in: where,
    required: where === 'path' || ((schema?.['required'] ?? []) as string[]).includes(name),
    schema: inner,
  }))

/** A file in JSON is an object to whoever reads it, any other one bytes. */
const filesOf = (types: readonly string[]) =>
  Object.fromEntries(
    types.map((type) => [
      type,
      { schema: type === 'application/json' ? { type: 'object' } : { type: 'string', format: 'binary' } },
    ]),
  )

const operationName = (method: string, path: string): string =>
  `${method.toLowerCase()}${path
    .replace(/^\/api/, '')
    .split(/[/.-]/)
    .map((part) => part.replace(/^:/, 'by-'))
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
    .replace(/[^A-Za-z0-9]/g, '')}`

/** zod puts shared shapes under `$defs`, OpenAPI under `components`; our own mark on ids becomes an extension. */
function relink(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(relink)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (key === '$ref' && typeof value === 'string') return [key, value.replace('#/$defs/', '#/components/schemas/')]
      return [key === 'refersTo' ? 'x-refers-to' : key, relink(value)]
    }),
  )
}

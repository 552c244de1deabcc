import { http } from '@zhongheng/contracts/http/index.ts'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { textInputs } from './text-inputs.ts'

type Schema = {
  readonly type?: string
  readonly enum?: unknown
  readonly const?: unknown
  readonly format?: string
  readonly refersTo?: unknown
  readonly maxLength?: number
  readonly $ref?: string
  readonly properties?: { readonly [name: string]: Schema }
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

/** Texts that somebody can choose freely: no ids, choices, dates. */
function textsIn(schema: Schema, all: { readonly [name: string]: Schema }, at: string): string[] {
  const name = schema.$ref?.split('/').at(-1)
  const here = name === undefined ? schema : (all[name] ?? schema)
  const free = here.type === 'string' && !here.enum && !here.const && !here.format && !here.refersTo
  return [
    ...(free && (here.maxLength ?? 99) >= 10 ? [at] : []),
    ...Object.entries(here.properties ?? {}).flatMap(([key, one]) =>
      textsIn(one, all, at === '' ? key : `${at}.${key}`),
    ),
    ...[...(here.anyOf ?? []), ...(here.oneOf ?? [])].flatMap((one) => textsIn(one, all, at)),
    ...(here.items ? textsIn(here.items, all, `${at}.*`) : []),
    ...(typeof here.additionalProperties === 'object' ? textsIn(here.additionalProperties, all, `${at}.*`) : []),
  ]
}
const known = (route: string, path: string): boolean =>
  Object.keys(textInputs[route] ?? {}).some(
    (one) => one === path || (one.endsWith('.*') && path.startsWith(one.slice(0, -1))),
  )

describe('every text that the contract takes in', () => {
  const found = Object.entries(http).flatMap(([route, endpoint]) =>
    (['body', 'query'] as const).flatMap((part) => {
      const shape = (endpoint as { body?: z.ZodType; query?: z.ZodType })[part]
      if (!shape) return []
      const schema = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }) as Schema & {
        $defs?: { [name: string]: Schema }
      }
      return textsIn(schema, schema.$defs ?? {}, '').map((path) => [route, path] as const)
    }),
  )
  it('has its fate: sealed, secret, clear or kept nowhere', () => {
    expect(found.length).toBeGreaterThan(120)
    expect(found.filter(([route, path]) => !known(route, path)).map((one) => one.join(' '))).toEqual([])
  })
  it('and no fate is left over', () => {
    const routes = new Set(found.map(([route]) => route))
    expect(Object.keys(textInputs).filter((route) => !routes.has(route))).toEqual([])
  })
})

import { http } from '@zhongheng/contracts/http/index.ts'
import { describe, expect, it } from 'vitest'
import { features } from '../features/all.ts'
import type { Deps } from '../work/deps.ts'
import { openApi } from './openapi.ts'

type Operation = {
  operationId: string
  summary: string
  parameters?: { name: string; in: string; required: boolean; schema: object }[]
  requestBody?: { required: boolean; content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}
const description = JSON.parse(JSON.stringify(openApi(features({ settings: {} } as Deps)))) as {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> }
  security: Record<string, unknown>[]
}
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation, name: `${method} ${path}` })),
)

function everyObject(node: unknown, tell: (one: Record<string, unknown>) => void): void {
  if (typeof node !== 'object' || node === null) return
  if (!Array.isArray(node)) tell(node as Record<string, unknown>)
  for (const inner of Object.values(node)) everyObject(inner, tell)
}

describe('the description of the API', () => {
  it('is OpenAPI 3.1 with title, version and the way to sign in', () => {
    expect(description.openapi).toMatch(/^3\.1\.\d+$/)
    expect(description.info.title).toBe('Zhongheng')
    expect(description.info.version).toMatch(/^\d+\.\d+\.\d+$/)
    for (const one of description.security)
      expect(Object.keys(description.components.securitySchemes)).toEqual(Object.keys(one))
  })
  it('holds every endpoint of the contract and nothing else', () => {
    const expected = Object.keys(http).map((key) => {
      const [method = '', path = ''] = key.split(' ')
      return `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}').replace('*', '{path}')}`
    })
    expect(operations.map((one) => one.name).sort()).toEqual(expected.sort())
  })
  it('declares each parameter of each path, required, and none besides', () => {
    for (const { path, operation, name } of operations) {
      const inPath = (operation.parameters ?? []).filter((one) => one.in === 'path')
      expect(inPath.map((one) => one.name).sort(), name).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map((one) => one[1] ?? '').sort(),
      )
      for (const one of inPath) expect(one.required, name).toBe(true)
      const keys = (operation.parameters ?? []).map((one) => `${one.in} ${one.name}`)
      expect(new Set(keys).size, name).toBe(keys.length)
      for (const one of operation.parameters ?? []) expect(one.schema, `${name} ${one.name}`).toBeTypeOf('object')
    }
  })
  it('gives every operation a name of its own, a summary and its refusals', () => {
    const names = operations.map((one) => one.operation.operationId)
    expect(new Set(names).size).toBe(names.length)
    for (const { operation, name } of operations) {
      expect(operation.operationId, name).toMatch(/^[a-z][A-Za-z0-9]+$/)
      expect(operation.summary.length, name).toBeGreaterThan(5)
      expect(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        name,
      ).toBe(true)
      expect(operation.responses['4XX']?.content, name).toHaveProperty(['application/problem+json'])
      for (const one of Object.values(operation.responses)) expect(one.description.length, name).toBeGreaterThan(0)
    }
  })
  it('says for every change that it takes the header against forged requests, and bodies only where they are read', () => {
    for (const { method, operation, name } of operations) {
      const headers = (operation.parameters ?? []).filter((one) => one.in === 'header').map((one) => one.name)
      expect(headers.includes('X-Zhongheng'), name).toBe(method !== 'get')
      if (method === 'get') expect(operation.requestBody, name).toBeUndefined()
    }
  })
  it('refers only to what it holds: every reference resolves, none is left in the makers’ own form', () => {
    const seen = new Set<string>()
    everyObject(description, (one) => {
      if (typeof one['$ref'] === 'string') seen.add(one['$ref'])
    })
    for (const reference of seen) {
      expect(reference).toMatch(/^#\/components\/schemas\/[\w.-]+$/)
      expect(Object.keys(description.components.schemas)).toContain(reference.split('/').at(-1))
    }
  })
  it('uses types and words of JSON Schema 2020-12', () => {
    const types = new Set<unknown>()
    everyObject([description.paths, description.components.schemas], (one) => {
      if ('type' in one && (typeof one['type'] === 'string' || Array.isArray(one['type'])))
        for (const type of [one['type']].flat()) types.add(type)
      expect(one).not.toHaveProperty('nullable')
      if ('enum' in one && Array.isArray(one['enum'])) expect(one['enum'].length).toBeGreaterThan(0)
      if (Array.isArray(one['required']) && one['properties'])
        expect(Object.keys(one['properties'])).toEqual(expect.arrayContaining(one['required'] as string[]))
    })
    const known = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null', 'apiKey']
    expect([...types].filter((type) => !known.includes(String(type)))).toEqual([])
  })
  it('refuses unknown fields in every body, as the server does', () => {
    for (const { operation, name } of operations)
      everyObject(operation.requestBody, (one) => {
        if (one['type'] === 'object' && one['properties']) expect(one['additionalProperties'], name).toBe(false)
      })
  })
})

import { existsSync, readFileSync } from 'node:fs'
import { type EndpointKey, http } from '@zhongheng/contracts/http/index.ts'
import type { Endpoint } from '@zhongheng/contracts/http/shape.ts'
import { partsOf } from '@zhongheng/testing/access/sample-input.ts'
import { type Cast, assemble, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

let stage: Stage
let cast: Cast
let cookie: string
let engagementId: string
let exchange: string
let testerCookie: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  exchange = await recordedExchange(stage, engagementId, cast.tester)
  cookie = await signIn('lin-a')
  testerCookie = await signIn('chen-a')
})
afterAll(() => stage.close())

async function signIn(login: string): Promise<string> {
  const answer = await ask('POST', '/api/sign-in', { body: { login, password }, as: '' })
  expect(answer.status).toBe(200)
  return (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
}

type Asked = { body?: unknown; raw?: string; headers?: Record<string, string>; as?: string }
async function ask(method: string, path: string, asked: Asked = {}) {
  const text = asked.raw ?? (asked.body === undefined ? undefined : JSON.stringify(asked.body))
  const response = await fetch(stage.base + path, {
    method,
    headers: {
      cookie: asked.as ?? cookie,
      ...(method === 'GET' ? {} : { 'x-zhongheng': '1' }),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...asked.headers,
    },
    ...(text === undefined ? {} : { body: text }),
    signal: AbortSignal.timeout(10_000),
  })
  const answer = await response.text()
  const json = /json/.test(response.headers.get('content-type') ?? '') && answer ? JSON.parse(answer) : undefined
  return { status: response.status, headers: response.headers, text: answer, json: json as Refused }
}
type Refused = { rule?: string; code: string; fields: { field: string; limit: object; fix: object }[] }

describe('every call of the contract', () => {
  const texts = [
    '',
    '0',
    '-1',
    '1e309',
    "'; drop table events; --",
    '\u202e',
    'a'.repeat(5000),
    '%',
    '\\',
    '99999999999999999999~eng_x',
    'true',
    '__proto__',
    '../../x',
  ]
  const values: unknown[] = [
    ...texts,
    null,
    true,
    -1,
    1e300,
    Number.MAX_SAFE_INTEGER + 2,
    0.5,
    [],
    {},
    [[]],
    { a: { b: 1 } },
  ]
  const keys = (Object.keys(http) as EndpointKey[]).filter(
    (key) => !/sign-in|sign-out|setup|acceptance|letter-checks/.test(key),
  )

  it.each(keys)('%s survives odd values in every field', async (key) => {
    const endpoint: Endpoint = http[key]
    const [method = '', route = ''] = key.split(' ')
    const parts = partsOf(endpoint, (_path, kind) =>
      kind === 'engagement' ? engagementId : kind === 'exchange' ? exchange : `${kind.slice(0, 3)}_${'0'.repeat(26)}`,
    )
    const path = route.replace(/:(\w+)/g, (_all, name: string) =>
      encodeURIComponent(String(parts.params?.[name] ?? '')),
    )
    if (path.endsWith('/live')) return
    const names = Object.keys(
      (endpoint.query &&
        (z.toJSONSchema(endpoint.query, { io: 'input', unrepresentable: 'any' }) as { properties?: object })
          .properties) ??
        {},
    )
    for (const name of names)
      for (const text of texts) {
        const answer = await ask('GET', `${path}?${name}=${encodeURIComponent(text)}`, { as: testerCookie })
        expect(answer.status, `${name}=${text}`).toBeLessThan(500)
        const cursor = await ask('GET', `${path}?${name}=${encodeURIComponent(text)}`)
        expect(cursor.status, `${name}=${text}`).toBeLessThan(500)
      }
    if (typeof parts.body !== 'object' || parts.body === null) return
    for (const name of Object.keys(parts.body)) {
      const odd = values[(name.length * 7 + key.length) % values.length]
      for (const value of [odd, null, '', {}, [], -1]) {
        const answer = await ask(method, path, { body: { ...parts.body, [name]: value } })
        expect(answer.status, `${name}: ${JSON.stringify(value)}`).not.toBe(500)
      }
    }
  })
})

const naughtyFile = new URL('../../../shared/data/strings/blns.json', import.meta.url)
const naughty = existsSync(naughtyFile) ? (JSON.parse(readFileSync(naughtyFile, 'utf8')) as string[]) : []

describe.skipIf(naughty.length === 0)(
  'the big list of naughty strings (skipped where the shared data is absent)',
  () => {
    const fields = ['title', 'asset', 'cwe', 'cvssVector', 'description', 'steps', 'impact', 'repair'] as const
    it.each(fields)('never breaks a finding’s %s', async (name) => {
      for (const text of naughty) {
        const body = {
          title: '搜索存在注入',
          asset: `http://${stage.target.host}:${stage.target.port}/`,
          cwe: 'CWE-89',
          cvssVector: null,
          severity: 'high',
          description: '搜索参数直接拼入查询语句，可以读取数据。',
          steps: '1. 打开搜索\n2. 输入单引号',
          impact: '可以读取顾客数据表。',
          repair: '',
          cites: [exchange],
          [name]: name === 'asset' || name === 'cwe' || name === 'cvssVector' ? text : `${text} 可以读取顾客的数据`,
        }
        const answer = await ask('POST', `/api/engagements/${engagementId}/findings`, { body, as: testerCookie })
        expect(answer.status, text).toBeLessThan(500)
      }
    })
  },
)

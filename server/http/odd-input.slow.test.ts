import { type EndpointKey, http } from '@zhongheng/contracts/http/index.ts'
import type { Endpoint } from '@zhongheng/contracts/http/shape.ts'
import { partsOf } from '@zhongheng/testing/access/sample-input.ts'
import { assemble, findingDraft, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Asked, ask as askAt, cookieOf } from '@zhongheng/testing/scenes/http-client.ts'
import { naughtyStrings } from '@zhongheng/testing/scenes/naughty-strings.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

let stage: Stage
let cookie: string
let engagementId: string
let exchange: string
let testerCookie: string
beforeAll(async () => {
  stage = await openStage()
  const cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  exchange = await recordedExchange(stage, engagementId, cast.tester)
  cookie = await cookieOf(stage.base, 'lin-a')
  testerCookie = await cookieOf(stage.base, 'chen-a')
})
afterAll(() => stage.close())

const ask = (method: string, path: string, asked: Asked = {}) =>
  askAt(stage.base, method, path, { as: cookie, ...asked })

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

describe.skipIf(naughtyStrings.length === 0)(
  'the big list of naughty strings (skipped where the shared data is absent)',
  () => {
    const fields = ['title', 'asset', 'cwe', 'cvssVector', 'description', 'steps', 'impact', 'repair'] as const
    it.each(fields)('never breaks a finding’s %s', async (name) => {
      for (const text of naughtyStrings) {
        const body = {
          ...findingDraft(stage, [exchange]),
          [name]: name === 'asset' || name === 'cwe' || name === 'cvssVector' ? text : `${text} 可以读取顾客的数据`,
        }
        const answer = await ask('POST', `/api/engagements/${engagementId}/findings`, { body, as: testerCookie })
        expect(answer.status, text).toBeLessThan(500)
      }
    })
  },
)

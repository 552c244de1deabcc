import { randomBytes } from 'node:crypto'
import type { Agent } from 'node:http'
import { engagementMoves } from '@zhongheng/domain/engagements/moves.ts'
import { findingMoves } from '@zhongheng/domain/findings/moves.ts'
import { type IdKind, makeId } from '@zhongheng/domain/shared/ids.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assemble, inTesting, submittedFinding } from '../scenes/crowd-test.ts'
import { ask, cookieOf } from '../scenes/http-client.ts'
import { oneOfEachKind } from '../scenes/one-of-each-kind.ts'
import { type ServerProcess, startServerProcess } from '../scenes/server-process.ts'
import { type Stage, openStage } from '../scenes/stage.ts'
import { type Operation, faultOf, operationsOf } from './description.ts'
import { Random } from './random.ts'
import { type Known, makeRequest } from './requests.ts'
import { type FuzzAnswer, connections, send } from './send.ts'

/*
 * 20,000 requests out of the server's own OpenAPI text, as everybody, right in most parts and wrong in some. The server runs in a process
 * of its own, so that its death, its event loop and its prototypes are seen from outside.
 */
const count = 20_000
const atOnce = 24
const seed = 20_260_801

let stage: Stage
let server: ServerProcess
let operations: readonly Operation[]
let cookies: readonly string[]
let known: Known
let agent: Agent

beforeAll(async () => {
  stage = await openStage()
  const ours = await assemble(stage, 'a')
  const theirs = await assemble(stage, 'b', ours)
  const spare = await stage.house('tester', '备用', [{ login: 'spare' }, { login: 'spare2', posts: ['member'] }])
  const own = await inTesting(stage, ours)
  await submittedFinding(stage, own, ours.tester)
  const foreign = await inTesting(stage, theirs, '别家的众测')
  await submittedFinding(stage, foreign, theirs.tester)
  const ids = [
    await oneOfEachKind(stage, own, ours.tester),
    await oneOfEachKind(stage, foreign, theirs.tester),
  ] as const
  // Whoever is removed by a lucky request is nobody the run needs.
  for (const one of ids) one['person'] = spare.people['spare2']?.personId ?? ''
  known = {
    ids: (kind, random) =>
      (random.chance(0.85) ? ids[0] : ids[1])[kind] ?? makeId(kind as IdKind, new Date(), randomBytes(10)),
    words: [
      ...Object.keys(engagementMoves),
      ...Object.keys(findingMoves),
      'incident',
      'review',
      'nda',
      'what',
      'reason',
      'no_such_word',
    ],
  }
  server = await startServerProcess(stage)
  cookies = [
    '',
    ...(await Promise.all(
      ['lin-a', 'zhou-heng', 'wu-cheng', 'chen-a', 'he-a', 'fang-a'].map((one) => cookieOf(server.base, one)),
    )),
  ]
  operations = operationsOf((await ask(server.base, 'GET', '/api/openapi.json')).json)
  agent = connections()
})
afterAll(async () => {
  agent.destroy()
  await server.close()
  await stage.close()
})

/** What every answer has to carry, and what none may show. */
function houseFault({ status, headers, text, type }: FuzzAnswer): string | null {
  // The scene's recorder keeps no traffic and says so; nothing else is away.
  if (status >= 500 && !text.includes('the stand-in keeps no traffic')) return `status ${status}`
  if (headers['x-content-type-options'] !== 'nosniff') return 'no nosniff'
  if (!String(headers['content-security-policy']).includes("default-src 'none'")) return 'no content policy'
  if (!String(headers['cache-control']).includes('no-store')) return 'may be cached'
  if (type.includes('json') && /\bat [\w.<>]+ \(|node:internal|syntax error at|violates|relation "/.test(text))
    return 'shows our insides'
  return null
}

describe('20,000 requests out of the OpenAPI text, as everybody', () => {
  it('end in no 5xx, no answer outside its schema, no dead server and no stalled event loop', {
    timeout: 300_000,
  }, async () => {
    const statuses = new Map<number, number>()
    const finds = new Map<string, string>()
    const reached = new Set<string>()
    const random = new Random(seed)
    await server.figures()
    const began = performance.now()
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < count) {
        const at = next++
        const operation = operations[at % operations.length] as Operation
        const leaves = operation.path === '/api/sign-out'
        const request = makeRequest(operation, leaves ? '' : random.one(cookies), known, random)
        const found = await send(server.base, agent, request).then(
          (answer) => {
            if (answer === null) return null
            statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
            if (answer.status < 300) reached.add(operation.name)
            // Another method is another operation, or none.
            const shaped =
              request.method === operation.method && !(answer.status === 404 && answer.type.includes('json'))
            const fault = houseFault(answer) ?? (shaped ? faultOf(operation, answer) : null)
            return fault === null ? null : `${fault}\n  ${answer.status} ${answer.text.slice(0, 400)}`
          },
          (error: Error) => error.message,
        )
        if (found !== null)
          finds.set(
            `${operation.name}: ${found.split('\n')[0]}`,
            `#${at} ${request.method} ${request.path.slice(0, 300)}\n  ${JSON.stringify(request.headers).slice(0, 300)}\n  ${request.body?.slice(0, 500) ?? ''}\n  ${found}`,
          )
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    const seconds = (performance.now() - began) / 1000
    const figures = await server.figures()
    console.log(
      `fuzz: ${count} requests in ${seconds.toFixed(1)} s; event loop p50 ${figures.delayP50.toFixed(1)} p99 ${figures.delayP99.toFixed(1)} max ${figures.delayMax.toFixed(0)} ms; ` +
        `${Math.round(figures.resident / 2 ** 20)} MiB; statuses ${JSON.stringify(Object.fromEntries([...statuses].sort(([a], [b]) => a - b)))}; ${reached.size} of ${operations.length} operations succeeded`,
    )
    expect([...finds.values()].join('\n\n')).toBe('')
    expect(server.process.exitCode).toBeNull()
    expect(server.output()).toBe('')
    expect(figures.prototypeIsPristine).toBe(true)
    // Not all ends at the first check: many operations were reached to their end.
    expect(reached.size).toBeGreaterThan(operations.length / 3)
    // A hang would be seconds; the figure itself is in the line above.
    expect(figures.delayP99).toBeLessThan(1000)
  })
})

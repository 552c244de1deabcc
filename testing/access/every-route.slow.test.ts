import { randomBytes } from 'node:crypto'
import { type EndpointKey, http } from '@zhongheng/contracts/http/index.ts'
import type { Endpoint } from '@zhongheng/contracts/http/shape.ts'
import { type IdKind, makeId } from '@zhongheng/domain/shared/ids.ts'
import { features } from '@zhongheng/server/features/all.ts'
import { referenceFields } from '@zhongheng/server/http/registry.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { Person as Stranger } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, assemble, inTesting, submittedFinding } from '../scenes/crowd-test.ts'
import { oneOfEachKind } from '../scenes/one-of-each-kind.ts'
import { type Stage, openStage } from '../scenes/stage.ts'
import { partsOf } from './sample-input.ts'

/*
 * Every route of the running server × everybody × every reference field × own, sibling's, foreign and absent ids. What
 * somebody may not see must answer exactly as what does not exist.
 */
let stage: Stage
let ours: Cast
let theirs: Cast
let ownIds: { [kind: string]: string }
let siblingIds: { [kind: string]: string }
let foreignIds: { [kind: string]: string }

beforeAll(async () => {
  stage = await openStage()
  ours = await assemble(stage, 'a')
  theirs = await assemble(stage, 'b', ours)
  const engagement = await inTesting(stage, ours)
  const finding = await submittedFinding(stage, engagement, ours.tester)
  const sibling = await submittedFinding(stage, engagement, ours.tester2)
  const foreign = await inTesting(stage, theirs, '别家的众测')
  await submittedFinding(stage, foreign, theirs.tester)
  ownIds = { ...(await oneOfEachKind(stage, engagement, ours.tester)), finding }
  siblingIds = { ...(await oneOfEachKind(stage, engagement, ours.tester2)), finding: sibling }
  foreignIds = { ...(await oneOfEachKind(stage, foreign, theirs.tester)), organisation: theirs.orgIds.demand }
})
afterAll(() => stage.close())

const absent = (kind: string): string => makeId(kind as IdKind, new Date(), randomBytes(10))
const keys = (Object.keys(http) as EndpointKey[]).filter((key) => !key.endsWith('/live'))
/** What a recruiting engagement is published for: any verified tester may apply to it, so its id is no secret here. */
const published = 'POST /api/engagements/:engagementId/applications'
/** Applying leaves an event of the tester's own house, which the ledger's search then rightly finds: so it is tried last. */
const withReferences = keys
  .filter((key) => referenceFields(http[key]).length > 0)
  .sort((a, b) => Number(a === published) - Number(b === published))

const writtenMark = /zhm1-[0-9A-Z]{8}-[0-9A-Z]{5}/g
async function ask(
  person: Person,
  key: EndpointKey,
  field: string | null,
  id: (kind: string) => string,
): Promise<{ status: number; body: string; headers: string }> {
  const endpoint: Endpoint = http[key]
  const parts = partsOf(
    endpoint,
    (path, kind) => (path === field ? id(kind) : (ownIds[kind] ?? absent(kind))),
    field ?? undefined,
  )
  const response = await person.fetch(key, parts)
  const type = response.headers.get('content-type') ?? ''
  const bytes = Buffer.from(await response.arrayBuffer())
  return {
    status: response.status,
    // Each copy bears the code of its own reading.
    body: type.includes('json')
      ? bytes.toString('utf8').replaceAll(writtenMark, 'zhm1')
      : `${bytes.length > 0 ? 'bytes' : ''}`,
    headers: [...response.headers.keys()].filter((name) => name !== 'date' && name !== 'content-length').join(),
  }
}

it('the scene has every kind of object that a route refers to', () => {
  const kinds = withReferences.flatMap((key) => {
    const found: string[] = []
    for (const field of referenceFields(http[key]))
      partsOf(
        http[key],
        (_path, kind) => {
          found.push(kind)
          return absent(kind)
        },
        field,
      )
    return found
  })
  expect([...new Set(kinds)].filter((kind) => !ownIds[kind])).toEqual([])
})

describe('anonymous', () => {
  it('PUB-OR-04: gets 401 from every route that is not public, whatever the ids', async () => {
    const nobody = new Stranger(stage.base, 'nobody')
    const routes = features(stage.deps)
    for (const { key, access } of routes) {
      if (access === 'public' || key.endsWith('/live')) continue
      expect((await ask(nobody, key, null, absent)).status, key).toBe(401)
    }
  })
})

const actors: readonly [string, () => Person][] = [
  ['demand side', () => ours.demand],
  ['tester', () => ours.tester],
  ['auditor', () => ours.auditor],
]

/** Acts that would end the scene for the others; their references are loaded before the act, so foreign ids still show. */
const quiet = (key: EndpointKey): boolean => key === 'POST /api/sign-out'
const answers = new Map<number, number>()

describe.each(actors)('%s', (_name, actor) => {
  it.each(withReferences.filter((key) => !quiet(key)))(
    'PUB-AC-04: %s answers a foreign id exactly as an absent one, in every field',
    async (key) => {
      for (const field of referenceFields(http[key])) {
        const at = field.replace(/\[\]$/, '')
        const foreign = await ask(
          actor(),
          key,
          field.endsWith('[]') ? `${at}[]` : field,
          (kind) => foreignIds[kind] ?? absent(kind),
        )
        const missing = await ask(actor(), key, field.endsWith('[]') ? `${at}[]` : field, absent)
        answers.set(foreign.status, (answers.get(foreign.status) ?? 0) + 1)
        if (key === published && actor() === ours.tester) continue
        // Organisations that everybody may name (organizers, auditors) are no secret; a foreign demand side is.
        expect(foreign, `${key} ${field}`).toEqual(missing)
        expect(foreign.status, `${key} ${field}`).not.toBe(500)
      }
    },
  )
})

it('most attacks reached the check of the object, not an earlier refusal', () => {
  const reached = (answers.get(404) ?? 0) + (answers.get(403) ?? 0)
  const all = [...answers.values()].reduce((sum, count) => sum + count, 0)
  expect(all).toBeGreaterThan(200)
  expect(reached / all, JSON.stringify([...answers])).toBeGreaterThan(0.9)
})

describe('a tester beside another tester of the same engagement', () => {
  const own = ['finding', 'exchange', 'lease', 'enrollment', 'reward', 'event', 'notice']
  it.each(withReferences)('%s hides what belongs to the colleague exactly as absent', async (key) => {
    for (const field of referenceFields(http[key])) {
      let kind = ''
      partsOf(
        http[key],
        (path, found) => {
          if (path === field.replace(/\[\]$/, '') || path === field) kind = found
          return absent(found)
        },
        field,
      )
      if (!own.includes(kind)) continue
      const sibling = await ask(ours.tester, key, field, (of) => siblingIds[of] ?? absent(of))
      const missing = await ask(ours.tester, key, field, absent)
      expect(sibling, `${key} ${field}`).toEqual(missing)
    }
  })
})

describe('somebody of another engagement', () => {
  it.each(withReferences.filter((key) => key.includes(':engagementId')))(
    'PUB-OR-04: %s of ours is absent for their demand side, tester and auditor',
    async (key) => {
      for (const person of [theirs.demand, theirs.tester, theirs.auditor]) {
        const hidden = await ask(person, key, 'params.engagementId', () => ownIds['engagement'] ?? '')
        const missing = await ask(person, key, 'params.engagementId', absent)
        if (key === published && person === theirs.tester) continue
        expect(hidden, key).toEqual(missing)
      }
    },
  )
})

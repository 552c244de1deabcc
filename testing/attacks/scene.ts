import { type EndpointKey, http } from '@zhongheng/contracts/http/index.ts'
import type { Endpoint } from '@zhongheng/contracts/http/shape.ts'
import { referenceFields } from '@zhongheng/server/http/registry.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { partsOf } from '../access/sample-input.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '../scenes/crowd-test.ts'
import { oneOfEachKind } from '../scenes/one-of-each-kind.ts'
import { type Stage, openStage } from '../scenes/stage.ts'

/** Words that stand only in one engagement's texts: found elsewhere, they are a leak. */
export const canary = '金丝雀QXZV'

/** Two engagements that share nothing but the organizer: `ours` holds canaries, `theirs` is where the attackers are at home. */
export type TwoEngagements = {
  readonly stage: Stage
  readonly ours: Cast
  readonly theirs: Cast
  readonly engagementId: string
  readonly findingId: string
  readonly ourIds: { readonly [kind: string]: string }
  readonly theirIds: { readonly [kind: string]: string }
}

export async function openTwoEngagements(): Promise<TwoEngagements> {
  const stage = await openStage()
  const ours = await assemble(stage, 'a')
  const theirs = await assemble(stage, 'b', ours)
  const engagementId = await inTesting(stage, ours, `${canary} 众测`)
  const findingId = await submittedFinding(stage, engagementId, ours.tester, { title: `${canary} 搜索存在注入` })
  const foreign = await inTesting(stage, theirs, '别家的众测')
  await submittedFinding(stage, foreign, theirs.tester)
  const ourIds = { ...(await oneOfEachKind(stage, engagementId, ours.tester)), finding: findingId }
  const theirIds = await oneOfEachKind(stage, foreign, theirs.tester)
  return { stage, ours, theirs, engagementId, findingId, ourIds, theirIds }
}

export const endpointOf = (key: EndpointKey): Endpoint => http[key]
export const everyKey = (Object.keys(http) as EndpointKey[]).filter((key) => !key.endsWith('/live'))
export const readingKeys = everyKey.filter((key) => key.startsWith('GET '))
export const changingKeys = everyKey.filter((key) => !key.startsWith('GET '))
/** Every route that answers a list which can be asked something. */
export const listKeys = readingKeys.filter((key) => endpointOf(key).query !== undefined)
export const refersTo = (key: EndpointKey): readonly string[] => referenceFields(http[key])

export type Seen = { readonly status: number; readonly headers: string; readonly body: string }
/** What a request by somebody answers, in a form that can be compared; ids come from `ids`, else they are absent ones. */
export async function seenBy(
  person: Person,
  key: EndpointKey,
  ids: (kind: string, path: string) => string,
  more: { query?: object; body?: unknown } = {},
): Promise<Seen> {
  const parts = partsOf(endpointOf(key), (path, kind) => ids(kind, path))
  const response = await person.fetch(key, {
    params: parts.params,
    query: more.query ?? (endpointOf(key).query ? {} : undefined),
    ...('body' in more ? { body: more.body } : endpointOf(key).body ? { body: parts.body } : {}),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  return {
    status: response.status,
    headers: [...response.headers.keys()].filter((name) => name !== 'date').join(),
    body: bytes.toString('latin1'),
  }
}

import { Readable } from 'node:stream'
import type { ExchangeProof } from '@zhongheng/contracts/records/capture.ts'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import { recordedExchanges } from '@zhongheng/ledger/pack/pack-for-tests.ts'
import { inSystemWork } from '@zhongheng/server/work/work.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { randomBytes } from 'node:crypto'
import { recordedExchange } from './crowd-test.ts'
import type { Stage } from './stage.ts'

export type RecordedSides = { readonly request: Uint8Array; readonly response: Uint8Array }

/**
 * Exchanges of one tester in one sealed segment, whose seal is an event: from here on the stage's recorder answers with
 * their bytes and proofs, as the real one would. Answers their ids.
 */
export async function recordedTraffic(
  stage: Stage,
  engagementId: string,
  tester: Person,
  list: readonly RecordedSides[],
): Promise<string[]> {
  const ids: string[] = []
  for (const _ of list) ids.push(await recordedExchange(stage, engagementId, tester))
  const segmentId = makeId('segment', new Date(), randomBytes(10))
  const proofs = recordedExchanges(list, { engagementId, segmentId, ids })
  const held = new Map(proofs.map((proof, at) => [proof.leaf.exchangeId, { proof, sides: list[at] }]))
  await inSystemWork(stage.deps, async ({ db, record }) => {
    for (const { leaf } of proofs)
      await db
        .updateTable('exchanges')
        .set({ segment_id: segmentId, request_digest: leaf.requestDigest, response_digest: leaf.responseDigest })
        .where('id', '=', leaf.exchangeId)
        .execute()
    const [first] = proofs
    if (first === undefined) return
    const { root, sha256, exchanges } = first.segment
    record({
      kind: 'segment.sealed',
      engagementId,
      subject: segmentId,
      role: 'system',
      audience: 'everyone',
      facts: { segmentId, root, sha256, exchanges },
    })
  })
  const { deps } = stage
  const before = { ...deps.recorder }
  const side = (name: 'request' | 'response') => async (engagement: string, id: string) => {
    const found = held.get(id)?.sides?.[name]
    return found === undefined ? before[name](engagement, id) : Readable.from([found])
  }
  const proof = async (engagement: string, id: string): Promise<ExchangeProof> => {
    const found = held.get(id)?.proof
    if (found !== undefined) return found
    return before.proof(engagement, id)
  }
  Object.assign(deps.recorder, { request: side('request'), response: side('response'), proof })
  return ids
}

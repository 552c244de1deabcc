import type { ExchangeHead } from '@zhongheng/contracts/records/capture.ts'
import { servedElsewhere } from '@zhongheng/domain/authorizations/judge.ts'
import type { Target } from '@zhongheng/domain/authorizations/target.ts'
import { newExchangeId, type Parts } from './parts.ts'
import { type Asked, refusalRecord } from './record-heads.ts'
import type { Refusal } from './refusals.ts'

/** A refusal on its way into the record: its number there, and when it was. */
export type Noted = { readonly exchangeId: string; readonly at: Date }

/**
 * Counts a refusal and puts it into the record, where it is known whose it is. A recorder that is lost meanwhile does not keep
 * the tester from the page.
 * @param at when what is refused began, now unless told @param more what else its head says
 */
export async function recordRefusal(
  { counters, recorder, keeper, time, node }: Pick<Parts, 'counters' | 'recorder' | 'keeper' | 'time' | 'node'>,
  refusal: Refusal,
  asked: Asked,
  target: Target | null,
  at: Date = time.now(),
  more: Pick<ExchangeHead, 'httpVersion'> = {},
): Promise<Noted> {
  const noted = { exchangeId: newExchangeId(at), at }
  counters.refused++
  if (refusal.engagementId === undefined || !recorder.ready) return noted
  const policy = keeper.snapshot?.policy
  const engagement = policy?.engagements.find((one) => one.engagementId === refusal.engagementId)
  // Nothing of it may lie here: the record of an engagement is with the node that serves it, and so is its key.
  if (policy && engagement && servedElsewhere(policy, engagement, node) !== undefined) return noted
  const head = refusalRecord(noted.exchangeId, at, refusal, asked, target, keeper.snapshot)
  const end = { finishedAt: at.toISOString(), status: refusal.status, outcome: 'refused' as const }
  await recorder.refuse({ ...head, ...more }, end).catch(() => undefined)
  return noted
}

import type { Call } from '@zhongheng/contracts/http/index.ts'
import { type RawSearch, oneOf, present, text } from '../../app/search.ts'
import { signals } from './signals.ts'

export const alertStates = ['open', 'acknowledged', 'settled'] as const

/** What the address says of the list of alerts. */
export type AlertFilters = Pick<
  NonNullable<Call<'GET /api/engagements/:engagementId/alerts'>['query']>,
  'state' | 'kind' | 'testerId'
>

export const alertFilters = (raw: RawSearch): AlertFilters =>
  present({
    state: oneOf(raw, 'state', alertStates),
    kind: oneOf(raw, 'kind', signals),
    testerId: /^per_[0-9a-z]{26}$/.test(text(raw, 'testerId') ?? '') ? text(raw, 'testerId') : undefined,
  })

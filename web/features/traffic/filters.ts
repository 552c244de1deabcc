import type { Call } from '@zhongheng/contracts/http/index.ts'
import { type RawSearch, oneOf, present, text } from '../../app/search.ts'

export const verdicts = ['passed', 'refused'] as const
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'CONNECT'] as const

/** What the address says of the traffic list; every value is text there. */
export type TrafficFilters = {
  search?: string
  host?: string
  method?: string
  status?: string
  testerId?: string
  verdict?: (typeof verdicts)[number]
}

export const trafficFilters = (raw: RawSearch): TrafficFilters =>
  present({
    search: text(raw, 'search')?.slice(0, 200),
    host: text(raw, 'host')?.slice(0, 253),
    method: text(raw, 'method')?.slice(0, 20),
    status: /^\d{3}$/.test(text(raw, 'status') ?? '') ? text(raw, 'status') : undefined,
    testerId: /^per_[0-9a-z]{26}$/.test(text(raw, 'testerId') ?? '') ? text(raw, 'testerId') : undefined,
    verdict: oneOf(raw, 'verdict', verdicts),
  })

type Query = NonNullable<Call<'GET /api/engagements/:engagementId/exchanges'>['query']>

/** The filters as the list's endpoint takes them. */
export function exchangeQuery({ status, ...rest }: TrafficFilters): Query {
  return { ...rest, ...(status === undefined ? {} : { status: Number(status) }) }
}

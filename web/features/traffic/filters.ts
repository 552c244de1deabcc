import type { Call } from '@zhongheng/contracts/http/index.ts'
import { type RawSearch, oneOf, present, text } from '../../app/search.ts'

export const verdicts = ['passed', 'refused'] as const
export const kinds = ['http', 'websocket', 'tunnel', 'refusal'] as const
export const statusClasses = ['1', '2', '3', '4', '5'] as const
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'CONNECT'] as const

/** What the address says of the traffic list; every value is text there. */
export type TrafficFilters = {
  search?: string
  /** Words in heads and bodies; searched on the server, not followed live. */
  text?: string
  path?: string
  kind?: (typeof kinds)[number]
  statusClass?: (typeof statusClasses)[number]
  minBytes?: string
  maxBytes?: string
  from?: string
  to?: string
  host?: string
  method?: string
  status?: string
  testerId?: string
  verdict?: (typeof verdicts)[number]
}

/** Whole bytes; also where the router made a number of it. */
const digits = (raw: RawSearch, name: string): string | undefined => {
  const value = raw[name]
  const said = typeof value === 'number' ? String(value) : text(raw, name)
  return /^\d{1,15}$/.test(said ?? '') ? said : undefined
}
const moment = (raw: RawSearch, name: string): string | undefined => {
  const value = text(raw, name) ?? ''
  return /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined
}

export const trafficFilters = (raw: RawSearch): TrafficFilters =>
  present({
    search: text(raw, 'search')?.slice(0, 200),
    text: text(raw, 'text')?.slice(0, 200),
    path: text(raw, 'path')?.slice(0, 500),
    kind: oneOf(raw, 'kind', kinds),
    statusClass: oneOf(raw, 'statusClass', statusClasses),
    minBytes: digits(raw, 'minBytes'),
    maxBytes: digits(raw, 'maxBytes'),
    from: moment(raw, 'from'),
    to: moment(raw, 'to'),
    host: text(raw, 'host')?.slice(0, 253),
    method: text(raw, 'method')?.slice(0, 20),
    status: /^\d{3}$/.test(text(raw, 'status') ?? '') ? text(raw, 'status') : undefined,
    testerId: /^per_[0-9a-z]{26}$/.test(text(raw, 'testerId') ?? '') ? text(raw, 'testerId') : undefined,
    verdict: oneOf(raw, 'verdict', verdicts),
  })

type Query = NonNullable<Call<'GET /api/engagements/:engagementId/exchanges'>['query']>

/** The filters as the list's endpoint takes them. */
export function exchangeQuery({ status, minBytes, maxBytes, ...rest }: TrafficFilters) {
  return {
    ...rest,
    ...(status === undefined ? {} : { status: Number(status) }),
    ...(minBytes === undefined ? {} : { minBytes: Number(minBytes) }),
    ...(maxBytes === undefined ? {} : { maxBytes: Number(maxBytes) }),
  } satisfies Query
}

/** An exchange that an address names. */
export const exchangeIdIn = (raw: RawSearch, name: string): string | undefined =>
  /^xch_[0-9a-z]{26}$/.test(text(raw, name) ?? '') ? text(raw, name) : undefined

import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../database/schema.ts'

/** An exchange under a finding, as its page shows it. */
export const citedExchange = (
  one: Pick<
    Selectable<Database['exchanges']>,
    | 'id'
    | 'started_at'
    | 'method'
    | 'scheme'
    | 'host'
    | 'port'
    | 'path'
    | 'status'
    | 'request_digest'
    | 'response_digest'
  >,
): FindingPage['evidence'][number] => ({
  exchangeId: one.id,
  startedAt: one.started_at.toISOString(),
  method: one.method,
  scheme: one.scheme,
  host: one.host,
  port: one.port,
  path: one.path,
  status: one.status,
  requestDigest: one.request_digest,
  responseDigest: one.response_digest,
})

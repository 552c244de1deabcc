import type { Readable } from 'node:stream'
import type { ExchangeRowView } from '@zhongheng/contracts/http/traffic.ts'
import type { CapturedExchange } from '@zhongheng/documents/captures/capture.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { Deps } from '../../work/deps.ts'
import { recorderOf } from '../../work/nodes.ts'

export type ExchangeIndexRow = Selectable<Database['exchanges']>

export function viewRow(row: ExchangeIndexRow, testerName: string): ExchangeRowView {
  return {
    exchangeId: row.id,
    sequence: Number(row.sequence),
    kind: row.kind as ExchangeRowView['kind'],
    startedAt: row.started_at.toISOString(),
    durationMs: Math.max(0, row.finished_at.getTime() - row.started_at.getTime()),
    testerId: row.person_id,
    testerName,
    leaseId: row.lease_id,
    method: row.method,
    scheme: row.scheme,
    host: row.host,
    port: row.port,
    path: row.path,
    status: row.status,
    outcome: row.outcome,
    requestBytes: Number(row.request_bytes),
    responseBytes: Number(row.response_bytes),
    contentType: row.content_type,
    refusal: row.refusal,
    tunnel: row.tunnel === null ? null : { ...row.tunnel, alpn: [...row.tunnel.alpn] },
  }
}

/** Opens one side of an exchange at the recorder. @throws Problem unavailable RECORDER-1 */
export async function openSide(
  deps: Deps,
  row: Pick<ExchangeIndexRow, 'engagement_id' | 'id' | 'sequence'>,
  side: 'request' | 'response',
): Promise<Readable> {
  try {
    return await recorderOf(deps, row.sequence)[side](row.engagement_id, row.id)
  } catch (cause) {
    throw new Problem(
      'unavailable',
      say('暂时无法从记录器读取流量，请稍后重试', 'the recorder cannot give this traffic now; try again later'),
      { rule: 'RECORDER-1', cause },
    )
  }
}

/** An index row with the way to its bytes, for the writers. */
export function capturedOf(deps: Deps, row: ExchangeIndexRow, testerName: string): CapturedExchange {
  const side = (name: 'request' | 'response') =>
    async function* (): AsyncGenerator<Uint8Array> {
      const stream = await openSide(deps, row, name)
      try {
        for await (const chunk of stream) yield chunk as Buffer
      } finally {
        stream.destroy()
      }
    }
  return {
    row: {
      ...viewRow(row, testerName),
      address: row.address,
      httpVersion: row.http_version === '2' ? '2' : null,
      requestDigest: row.request_digest,
      responseDigest: row.response_digest,
    },
    request: side('request'),
    response: side('response'),
  }
}

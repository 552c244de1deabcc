import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { canonicalJson, type Json } from '@zhongheng/contracts/records/canonical-json.ts'
import type { FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { type SealPlace, openFromText, sealToText } from '../sealing/seal.ts'
import { type Work, sha256 } from '../work/work.ts'
import type { Route } from './registry.ts'

/** The key that a client gave its request; null without one. @throws Problem unreadable INPUT-4 */
export function keyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key']
  if (key === undefined) return null
  if (typeof key !== 'string' || !/^[\w-]{8,100}$/.test(key))
    throw new Problem(
      'unreadable',
      say('Idempotency-Key 应为 8 至 100 个字母数字', 'Idempotency-Key must be 8 to 100 letters and digits'),
      {
        rule: 'INPUT-4',
        fields: [
          {
            field: 'header.idempotency-key',
            limit: say('8 至 100 个字符', '8 to 100 characters'),
            fix: say('使用随机标识', 'use a random id'),
          },
        ],
      },
    )
  return key
}

/** The answer that this key got before. @throws Problem malformed INPUT-5 when it was used with another request */
export async function replay(
  work: Work,
  one: Route,
  key: string,
  input: readonly unknown[],
): Promise<{ status: number; value: unknown } | null> {
  // Serialises two requests with one key, so that the second waits and then finds the first one's answer.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`${work.actor.personId} ${one.key} ${key}`}, 0))`.execute(
    work.db,
  )
  const row = await work.db
    .selectFrom('idempotency')
    .selectAll()
    .where('person_id', '=', work.actor.personId)
    .where('route', '=', one.key)
    .where('key', '=', key)
    .executeTakeFirst()
  if (!row) return null
  if (row.body_digest !== digestOf(input))
    throw new Problem(
      'malformed',
      say('同一个 Idempotency-Key 用于不同内容', 'this Idempotency-Key was used with another body'),
      { rule: 'INPUT-5' },
    )
  return { status: row.status, value: openReply(work, row) }
}

/** Keeps the answer under the key, in the commit of the act. */
export async function remember(
  work: Work,
  one: Route,
  key: string,
  input: readonly unknown[],
  status: number,
  value: unknown,
): Promise<void> {
  await work.db
    .insertInto('idempotency')
    .values({
      person_id: work.actor.personId,
      route: one.key,
      key,
      body_digest: digestOf(input),
      status,
      // Secrets that are shown once (lease, invitation link) are not kept for a replay.
      reply: JSON.stringify({
        sealed: sealToText(
          work.deps.keys.house('replies'),
          replyAt({ person_id: work.actor.personId, route: one.key, key }),
          JSON.stringify(withoutSecrets(value)),
        ),
      }),
      at: work.now,
    })
    .execute()
}

/** Of all that the request says, path included: the same body for another object is another act. */
const digestOf = (input: readonly unknown[]): string => sha256(canonicalJson(input.map((part) => part ?? null) as Json))

/** Where a kept answer lies. What it repeats of a finding or a comment is as secret as those. */
export const replyAt = (row: { person_id: string; route: string; key: string }): SealPlace => ({
  table: 'idempotency',
  column: 'reply',
  row: `${row.person_id} ${row.route} ${row.key}`,
})

function openReply(work: Work, row: { person_id: string; route: string; key: string; reply: unknown }): unknown {
  const { sealed } = row.reply as { sealed: string }
  return JSON.parse(openFromText(work.deps.keys.house('replies'), replyAt(row), sealed))
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const copy = { ...(value as Record<string, unknown>) }
  for (const name of ['secret', 'proxyUrl', 'curlExample', 'link', 'token', 'address'])
    if (name in copy) copy[name] = ''
  if ('recoveryCodes' in copy) copy['recoveryCodes'] = []
  return copy
}

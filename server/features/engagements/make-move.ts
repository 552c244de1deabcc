import type { Role } from '@zhongheng/domain/access/actor.ts'
import { type EngagementMoveName, type Mover, afterMove, engagementMoves } from '@zhongheng/domain/engagements/moves.ts'
import { badField, say } from '@zhongheng/domain/shared/problem.ts'
import { recordersEver } from '../../work/nodes.ts'
import { announcePolicy } from '../../work/notices.ts'
import { checkVersion } from '../../work/versions.ts'
import type { Work } from '../../work/work.ts'
import { makeAuthority } from './certificate-authority.ts'
import { issueLetter } from './letters.ts'
import { readFacts } from './read-facts.ts'
import type { EngagementHandle } from './reads.ts'
import { stopReasonAt } from './stop-reason.ts'
import { freezeScope, reopenScope } from './scope-store.ts'

/**
 * Makes one move of the state machine: guard, state, what the move brings with it and its event in one commit. The
 * policy push that follows reads the committed state.
 * @throws Problem as `afterMove`; conflict VERSION-1; malformed for an unknown move
 */
export async function makeMove(
  work: Work,
  engagement: EngagementHandle,
  wanted: { move: string; reason?: string | undefined; version?: number },
): Promise<void> {
  if (!Object.hasOwn(engagementMoves, wanted.move))
    throw badField(
      'body.move',
      say(`只能是：${Object.keys(engagementMoves).join('、')}`, `one of: ${Object.keys(engagementMoves).join(', ')}`),
      say('见允许的操作', 'see the allowed moves'),
    )
  const name = wanted.move as EngagementMoveName
  const { row, role } = engagement
  if (wanted.version !== undefined) checkVersion(row.version, wanted.version)
  const mover: Mover = work.actor.personId === 'system' ? 'clock' : { actor: work.actor, role }
  const facts = await readFacts(work, engagement)
  const to = afterMove(facts, name, mover, work.now, wanted.reason)
  await work.db
    .updateTable('engagements')
    .set({ state: to, updated_at: work.now, version: row.version + 1 })
    .where('id', '=', row.id)
    .execute()
  const reasonDigest =
    wanted.reason && engagementMoves[name].reason
      ? await keepReason(work, engagement, name, wanted.reason.trim())
      : null
  work.record({
    kind: 'engagement.moved',
    engagementId: row.id,
    subject: row.id,
    role: mover === 'clock' ? 'system' : role,
    audience: to === 'submitted' || to === 'draft' ? 'parties' : 'everyone',
    facts: { move: name, from: row.state, to, clauses: [...engagementMoves[name].clauses], reasonDigest },
  })
  await bring[name]?.(
    work,
    { ...engagement, row: { ...row, state: to, version: row.version + 1 } },
    wanted.reason?.trim() ?? '',
  )
  await announcePolicy(work)
}

type Effect = (work: Work, engagement: EngagementHandle, reason: string) => Promise<void>

/** What a move brings with it besides the state. */
const bring: { readonly [M in EngagementMoveName]?: Effect } = {
  async submit(work, engagement) {
    await freezeScope(work, engagement)
    const { row } = engagement
    // The demand side names the other two parties; from here on they see the engagement.
    await work.asSystem((db) =>
      db
        .deleteFrom('parties')
        .where('engagement_id', '=', row.id)
        .where('role', 'in', ['organizer', 'auditor'])
        .execute(),
    )
    for (const [orgId, role] of [
      [row.organizer_org_id, 'organizer'],
      [row.auditor_org_id, 'auditor'],
    ] as const)
      if (orgId) await work.db.insertInto('parties').values({ engagement_id: row.id, org_id: orgId, role }).execute()
  },
  async revise(work, engagement) {
    await reopenScope(work, engagement)
    await withdraw(work, engagement, ['review', 'service_agreement', 'risk_notice'])
  },
  async authorise(work, engagement) {
    await makeAuthority(work, engagement)
    await issueLetter(work, engagement)
  },
  async stop(work, engagement, reason) {
    await work.db
      .updateTable('engagements')
      .set({
        stop: JSON.stringify({ byRole: engagement.role, reason: '', at: work.now.toISOString() }),
        stop_reason: engagement.sealing.sealToText(stopReasonAt(engagement.id), reason),
      })
      .where('id', '=', engagement.id)
      .execute()
  },
  async resume(work, engagement) {
    await work.db.updateTable('engagements').set({ stop: 'null' }).where('id', '=', engagement.id).execute()
    await withdraw(work, engagement, ['resume_approval'])
  },
  window_ends: (work, engagement) => endAccess(work, engagement, 'window closed'),
  // The letter prints the agreed window; ended before its time, it must not check as valid any more.
  end_early: (work, engagement) => endAll(work, engagement, 'ended early'),
  cancel: (work, engagement) => endAll(work, engagement, 'cancelled'),
  terminate: (work, engagement) => endAll(work, engagement, 'terminated'),
  async return(work, engagement) {
    await withdraw(work, engagement, ['acceptance'])
    // Signed reports of the returned delivery stay readable; both have to be signed anew.
    await work.asSystem((db) =>
      db
        .updateTable('reports')
        .set({ state: 'superseded' })
        .where('engagement_id', '=', engagement.id)
        .where('state', '=', 'signed')
        .execute(),
    )
  },
}

/** Revokes every lease in the same commit as the state (GBT43741-5.3-03); each revocation is an event. */
async function endAccess(work: Work, engagement: EngagementHandle, why: string): Promise<void> {
  const ended = await work.asSystem((db) =>
    db
      .updateTable('leases')
      .set({ state: 'revoked', ended_at: work.now, reason: why })
      .where('engagement_id', '=', engagement.id)
      .where('state', '<>', 'revoked')
      .returning(['id', 'person_id'])
      .execute(),
  )
  for (const lease of ended)
    work.record({
      kind: 'lease.revoked',
      engagementId: engagement.id,
      subject: lease.id,
      role: roleOf(work, engagement),
      audience: 'everyone',
      facts: { personId: lease.person_id, by: 'engagement.moved' },
    })
  // What was recorded so far becomes sealed segments, so that reports and packs can cite all of it.
  work.afterCommit(() =>
    Promise.allSettled(recordersEver(work.deps, engagement.row).map((recorder) => recorder.seal(engagement.id))).then(
      () => undefined,
    ),
  )
}

async function endAll(work: Work, engagement: EngagementHandle, why: string): Promise<void> {
  await endAccess(work, engagement, why)
  await work.asSystem((db) =>
    db
      .updateTable('letters')
      .set({ state: 'revoked' })
      .where('engagement_id', '=', engagement.id)
      .where('state', '=', 'valid')
      .execute(),
  )
}

const roleOf = (work: Work, engagement: EngagementHandle): Role | 'system' =>
  work.actor.personId === 'system' ? 'system' : engagement.role

/** Records of a finished round stop counting for the guards; they stay readable. */
async function withdraw(work: Work, engagement: EngagementHandle, kinds: readonly string[]): Promise<void> {
  await work.asSystem((db) =>
    db
      .updateTable('engagement_records')
      .set({ withdrawn_at: work.now })
      .where('engagement_id', '=', engagement.id)
      .where('kind', 'in', [...kinds])
      .where('withdrawn_at', 'is', null)
      .execute(),
  )
}

async function keepReason(work: Work, engagement: EngagementHandle, move: string, reason: string): Promise<string> {
  const id = work.newId('signature')
  const digest = engagement.sealing.commit(reason)
  if (work.actor.personId === 'system') return digest
  await work.db
    .insertInto('engagement_records')
    .values({
      id,
      engagement_id: engagement.id,
      kind: 'move_reason',
      role: engagement.role,
      org_id: work.actor.orgId,
      person_id: work.actor.personId,
      scope_version_id: null,
      choices: JSON.stringify({}),
      sealed_fields: engagement.sealing.seal(
        { table: 'engagement_records', column: 'sealed_fields', row: id },
        JSON.stringify({ move, reason }),
      ),
      digest,
      signature: null,
      key_fingerprint: null,
      withdrawn_at: null,
      at: work.now,
    })
    .execute()
  return digest
}

import { randomBytes } from 'node:crypto'
import type { LeaseView } from '@zhongheng/contracts/http/testers.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { notFound } from '../../http/problems.ts'
import { type SealPlace, isSealedText } from '../../sealing/seal.ts'
import { type Work, sha256 } from '../../work/work.ts'
import { nodeForLease } from '../../work/node-assignment.ts'
import { type Node, nodeServing } from '../../work/nodes.ts'
import { announcePolicy } from '../../work/notices.ts'
import { type EngagementHandle, ofTesterRef } from '../engagements/reads.ts'
import { conductDigest, myEnrollment } from './own-enrollment.ts'

type LeaseRow = Selectable<Database['leases']>

/** Default limits of a lease; the engagement's rules may ask for less. */
export const leaseLimits = { requestsPerSecond: 50, concurrency: 20 } as const

export const leaseRef = ofTesterRef('leases', 'lease')

/**
 * Issues the tester's personal lease (GBT43741-5.1-16): proxy name and secret, the secret shown once. Taking a new one
 * ends the former. Refused without verified identity, quiz and a pledge to the current code (GBT43741-5.1-14).
 */
export async function takeLease(work: Work, engagement: EngagementHandle) {
  const { row } = engagement
  const enrollment = await myEnrollment(work, engagement)
  if (
    !['recruiting', 'ready', 'testing', 'suspended'].includes(row.state) ||
    !row.window_opens ||
    !row.window_closes ||
    !row.ca_certificate
  )
    throw new Problem('wrong_state', say('当前状态不能领取接入凭证', 'a lease cannot be taken in this state'), {
      rule: 'STATE-1',
    })
  if (row.window_closes <= work.now)
    throw new Problem('wrong_state', say('测试时间已过', 'the test window is over'), { rule: 'TIME-1' })
  const tester = await work.db
    .selectFrom('testers')
    .select(['identity', 'grade'])
    .where('person_id', '=', work.actor.personId)
    .executeTakeFirst()
  if (tester?.identity !== 'verified')
    throw new Problem('refused', say('请先完成实名核验', 'have your identity verified first'), {
      rule: 'GBT43741-5.1-11',
    })
  if (!enrollment.quiz_passed_at)
    throw new Problem('refused', say('请先通过行为准则测验', 'pass the conduct quiz first'), {
      rule: 'GBT43741-5.1-15',
    })
  if (!enrollment.pledged_at || enrollment.pledge_digest !== conductDigest)
    throw new Problem('refused', say('请先签署当前版本的承诺书', 'sign the pledge to the current code first'), {
      rule: 'GBT43741-5.1-14',
    })
  await checkNotBarred(work, engagement, enrollment.id)
  // Before there is a lease: the first one decides where the engagement is served.
  const node = await nodeForLease(work, engagement.id)
  const former = await work.db
    .updateTable('leases')
    .set({ state: 'revoked', ended_at: work.now, reason: 'replaced' })
    .where('engagement_id', '=', engagement.id)
    .where('person_id', '=', work.actor.personId)
    .where('state', '<>', 'revoked')
    .returning(['id', 'slowed_to'])
    .execute()
  for (const one of former)
    work.record({
      kind: 'lease.revoked',
      engagementId: engagement.id,
      subject: one.id,
      role: 'tester',
      audience: 'everyone',
      facts: { personId: work.actor.personId, by: 'replaced' },
    })
  const id = work.newId('lease')
  const secret = randomBytes(20).toString('base64url')
  const salt = randomBytes(16).toString('hex')
  const proxyName = `t-${id.slice(-10)}`
  await work.db
    .insertInto('leases')
    .values({
      id,
      engagement_id: engagement.id,
      enrollment_id: enrollment.id,
      person_id: work.actor.personId,
      org_id: work.actor.orgId,
      proxy_name: proxyName,
      secret_digest: sha256(`${salt}:${secret}`),
      salt,
      state: 'active',
      opens: row.window_opens,
      closes: row.window_closes,
      requests_per_second: leaseLimits.requestsPerSecond,
      concurrency: leaseLimits.concurrency,
      // A new lease is no way out of a slow pace.
      slowed_to: former.find((one) => one.slowed_to !== null)?.slowed_to ?? null,
      issued_at: work.now,
      ended_at: null,
      reason: null,
    })
    .execute()
  work.record({
    kind: 'lease.issued',
    engagementId: engagement.id,
    subject: id,
    role: 'tester',
    audience: 'everyone',
    facts: {
      personId: work.actor.personId,
      opens: row.window_opens.toISOString(),
      closes: row.window_closes.toISOString(),
      limits: { ...leaseLimits },
    },
  })
  await announcePolicy(work)
  const { host, port } = node
  const proxyUrl = `http://${proxyName}:${secret}@${host}:${port}`
  return {
    lease: await viewLease(work, engagement, id, node),
    secret,
    proxyUrl,
    caCertificate: row.ca_certificate,
    curlExample: `curl --proxy ${proxyUrl} --cacert zhongheng-ca.pem https://…`,
  }
}

/**
 * A lease that another side suspended or revoked is not replaced by its tester. A suspension is lifted by who may lift it;
 * after a revocation the organizer removes and invites the tester again. @throws Problem refused LEASE-5, LEASE-6
 */
async function checkNotBarred(work: Work, engagement: EngagementHandle, enrollmentId: string): Promise<void> {
  const last = await work.db
    .selectFrom('leases')
    .select(['id', 'state', 'ended_at'])
    .where('enrollment_id', '=', enrollmentId)
    .orderBy('issued_at', 'desc')
    .orderBy('id', 'desc')
    .executeTakeFirst()
  if (!last) return
  if (last.state === 'suspended')
    throw new Problem(
      'refused',
      say('您的接入凭证已被暂停，恢复前不能另领', 'your access lease is suspended; no new one until it is lifted'),
      { rule: 'LEASE-5' },
    )
  if (last.state !== 'revoked') return
  // Events of the supervising sides are not all the tester's to see, so they are read as the system.
  const acts = await work.asSystem((db) =>
    db
      .selectFrom('events')
      .select(['kind', 'role'])
      .where('engagement_id', '=', engagement.id)
      .where((eb) =>
        eb.or([
          eb.and([eb('kind', '=', 'lease.revoked'), eb('subject', '=', last.id)]),
          eb.and([eb('kind', '=', 'enrollment.decided'), eb('subject', '=', enrollmentId)]),
        ]),
      )
      .orderBy('seq', 'desc')
      .limit(1)
      .execute(),
  )
  const [latest] = acts
  if (latest?.kind === 'lease.revoked' && latest.role !== 'tester')
    throw new Problem(
      'refused',
      say(
        '您的接入凭证已被收回，须由组织方重新邀请后再领取',
        'your access lease was revoked; the organizer has to invite you again first',
      ),
      { rule: 'LEASE-6' },
    )
}

/** Suspend, reactivate, revoke. A tester may only give their own lease back; a revoked lease stays revoked. */
export async function changeLease(
  work: Work,
  engagement: EngagementHandle,
  lease: LeaseRow,
  given: { state: 'active' | 'suspended' | 'revoked'; reason: string },
): Promise<LeaseView> {
  if (lease.state === 'revoked')
    throw new Problem('wrong_state', say('凭证已收回，不能更改', 'a revoked lease does not change'), {
      rule: 'LEASE-3',
    })
  if (lease.state === given.state)
    throw new Problem('wrong_state', say('凭证已处于该状态', 'the lease is in that state already'), { rule: 'LEASE-4' })
  if (engagement.role === 'tester' && given.state !== 'revoked')
    throw new Problem('forbidden', say('测试者只能交还自己的凭证', 'a tester may only give the own lease back'), {
      rule: 'ROLE-1',
    })
  await work.db
    .updateTable('leases')
    .set({
      state: given.state,
      reason: engagement.sealing.sealToText(leaseReasonAt(lease.id), given.reason),
      ended_at: given.state === 'revoked' ? work.now : null,
    })
    .where('id', '=', lease.id)
    .execute()
  const kind = { active: 'lease.reactivated', suspended: 'lease.suspended', revoked: 'lease.revoked' }[given.state]
  work.record({
    kind,
    engagementId: engagement.id,
    subject: lease.id,
    role: engagement.role,
    audience: 'everyone',
    facts: { personId: lease.person_id, reasonDigest: engagement.sealing.commit(given.reason) },
  })
  await announcePolicy(work)
  return viewLease(work, engagement, lease.id)
}

const leaseQuery = (work: Work) =>
  work.db
    .selectFrom('leases')
    .leftJoin('persons', 'persons.id', 'leases.person_id')
    .selectAll('leases')
    .select('persons.name')

export async function listLeases(work: Work, engagement: EngagementHandle): Promise<LeaseView[]> {
  let query = leaseQuery(work).where('engagement_id', '=', engagement.id).orderBy('issued_at', 'desc').limit(500)
  if (engagement.role === 'tester') query = query.where('person_id', '=', work.actor.personId)
  const gateway = gatewayOf(nodeServing(work.deps, engagement.row))
  return (await query.execute()).map((row) => view(row, gateway, work.now, engagement.sealing))
}

async function viewLease(
  work: Work,
  engagement: EngagementHandle,
  id: string,
  node = nodeServing(work.deps, engagement.row),
): Promise<LeaseView> {
  const row = await leaseQuery(work).where('leases.id', '=', id).executeTakeFirst()
  if (!row) throw notFound()
  return view(row, gatewayOf(node), work.now, engagement.sealing)
}

const gatewayOf = ({ host, port }: Node): string => `${host}:${port}`

/** Where a reason that somebody wrote lies; a word of the platform's own (`replaced`) is not sealed. */
export const leaseReasonAt = (id: string): SealPlace => ({ table: 'leases', column: 'reason', row: id })

const view = (
  row: LeaseRow & { name: string | null },
  gateway: string,
  now: Date,
  sealing: EngagementHandle['sealing'],
): LeaseView => ({
  leaseId: row.id,
  personId: row.person_id,
  name: row.name ?? '',
  proxyName: row.proxy_name,
  gateway,
  state: row.state === 'active' && row.closes <= now ? 'expired' : (row.state as LeaseView['state']),
  opens: row.opens.toISOString(),
  closes: row.closes.toISOString(),
  issuedAt: row.issued_at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
  reason:
    row.reason !== null && isSealedText(row.reason)
      ? sealing.openFromText(leaseReasonAt(row.id), row.reason)
      : row.reason,
  limits: { requestsPerSecond: row.requests_per_second, concurrency: row.concurrency },
})

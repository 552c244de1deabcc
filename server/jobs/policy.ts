import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { type Json, canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import type { ClientCertificate, GatewayStatus, PolicyPush } from '@zhongheng/contracts/records/policy.ts'
import { lastEnd } from '@zhongheng/domain/access/held-posts.ts'
import { engagementPermissions } from '@zhongheng/domain/access/matrix.ts'
import type { EngagementPolicy, Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { listenTo } from '../database/listen.ts'
import { openAuthorityKey } from '../features/engagements/certificate-authority.ts'
import { openStop, rulesInForce, sealingOf } from '../features/engagements/reads.ts'
import { readScope } from '../features/engagements/scope-store.ts'
import { openCertificates } from '../features/outgoing/target-certificates.ts'
import { practiceHost } from '../main/practice.ts'
import type { Settings } from '../main/settings.ts'
import { GatewayAuthority } from '../sealing/gateway-certificate.ts'
import { type KeyRing, signText } from '../sealing/keys.ts'
import type { Deps } from '../work/deps.ts'
import { workEnds } from '../work/work-ends.ts'
import { inSystemWork } from '../work/work.ts'

const leaseHolders = engagementPermissions['lease.issue'].tester
const earlier = (one: Date, other: Date | null): Date => (other !== null && other < one ? other : one)

/** A snapshot lapses after this many milliseconds; it is renewed three times in that span. */
export const policyLife = 30_000

/** Reads what the gateway may let through now, for engagements that are ready, testing or suspended. */
export async function makePolicy(deps: Deps, sequence: number): Promise<PolicyPush> {
  const { settings } = deps
  return inSystemWork(deps, async (work) => {
    const rows = await work.db
      .selectFrom('engagements')
      .selectAll()
      .where('state', 'in', ['recruiting', 'ready', 'testing', 'suspended', 'window_closed'])
      .execute()
    const leases = rows.length
      ? await work.db
          .selectFrom('leases')
          .selectAll()
          .where(
            'engagement_id',
            'in',
            rows.map((row) => row.id),
          )
          .execute()
      : []
    const people = leases.length
      ? await work.db
          .selectFrom('persons')
          .select(['id', 'posts', 'post_ends'])
          .where(
            'id',
            'in',
            leases.map((lease) => lease.person_id),
          )
          .execute()
      : []
    // A lease is worked with by post: where the post ends, the gateway knows the moment beforehand.
    const postEnd = new Map(people.map((one) => [one.id, lastEnd(one.posts, one.post_ends, leaseHolders)]))
    // And while it is given to its holder.
    const workEnd = await workEnds(
      work.db,
      rows.map((row) => row.id),
    )
    const caKeys: { [engagementId: string]: string } = {}
    const clientCertificates: { [engagementId: string]: ClientCertificate[] } = {}
    const engagements: EngagementPolicy[] = []
    for (const row of rows) {
      if (!row.window_opens || !row.window_closes || !row.ca_certificate || !row.sealed_ca_key) continue
      const sealing = sealingOf(work, row)
      const scope = await readScope(work.db, row, sealing)
      if (!scope || scope.state !== 'frozen') continue
      const rules = await rulesInForce(work.db, row.id, sealing)
      const stop = openStop(row, sealing)
      caKeys[row.id] = openAuthorityKey({ id: row.id, sealed_ca_key: row.sealed_ca_key }, sealing.keys)
      const certificates = await openCertificates(work.db, row.id, sealing)
      if (certificates.length > 0) clientCertificates[row.id] = certificates
      engagements.push({
        engagementId: row.id,
        title: row.title,
        state:
          row.state === 'testing'
            ? 'testing'
            : row.state === 'suspended'
              ? 'stopped'
              : row.state === 'window_closed'
                ? 'over'
                : 'not_started',
        ...(stop ? { stopReason: stop.reason } : {}),
        opensAt: row.window_opens.toISOString(),
        closesAt: row.window_closes.toISOString(),
        scope: scope.compiled,
        // The practice target is on loopback by design; a pin is the only way there, and a scope must still allow it.
        pins: settings.practice ? { [practiceHost]: '127.0.0.1' } : {},
        caCertificate: row.ca_certificate,
        ...(row.egress_addresses.length > 0 ? { egressAddresses: row.egress_addresses } : {}),
        ...(row.verified_targets_only ? { verifiedTargetsOnly: true } : {}),
        ...(rules === null ? {} : { rules: rules.rules }),
        leases: leases
          .filter((lease) => lease.engagement_id === row.id)
          .map((lease) => ({
            leaseId: lease.id,
            testerId: lease.person_id,
            proxyName: lease.proxy_name,
            secretDigest: lease.secret_digest,
            salt: lease.salt,
            state: lease.state as 'active',
            opensAt: lease.opens.toISOString(),
            closesAt: earlier(
              earlier(lease.closes, postEnd.get(lease.person_id) ?? null),
              workEnd(row.id, lease.person_id),
            ).toISOString(),
            limits: { requestsPerSecond: lease.requests_per_second, concurrency: lease.concurrency },
            ...(lease.slowed_to === null ? {} : { slowedTo: lease.slowed_to }),
          })),
      })
    }
    const own = await authorityOf(deps).current(work.now)
    const policy: Policy = {
      format: 'zhongheng-policy/1',
      sequence,
      issuedAt: work.now.toISOString(),
      expiresAt: new Date(work.now.getTime() + policyLife).toISOString(),
      platformAddresses: ownAddresses(settings),
      gatewayAuthority: own.authority,
      engagements,
    }
    const payload = canonicalJson(policy as unknown as Json)
    return {
      signed: { payload, signature: signText(deps.keys.policy.privateKey, payload) },
      caKeys,
      clientCertificates,
      ownTls: { certificate: own.certificate, key: own.key },
    }
  })
}

const authorities = new WeakMap<KeyRing, GatewayAuthority>()

/** One for each key ring, so that a leaf is made once a month and not with every snapshot. */
function authorityOf({ keys, settings }: Deps): GatewayAuthority {
  let known = authorities.get(keys)
  if (known === undefined) {
    known = new GatewayAuthority(join(settings.dataFolder, 'keys'), keys, [settings.gatewayHost])
    authorities.set(keys, known)
  }
  return known
}

/** Every address on which this platform itself listens: never a target, whatever a scope says. */
function ownAddresses(settings: Settings): string[] {
  const machine = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map((one) => (one.family === 'IPv6' ? `[${one.address}]` : one.address)),
  )
  const hosts = [...new Set(['127.0.0.1', '[::1]', ...machine])]
  return [
    ...hosts.flatMap((host) => [`${host}:${settings.port}`, `${host}:${settings.gatewayPort}`]),
    databaseAddress(settings.databaseUrl),
  ]
}

const databaseAddress = (url: string): string => {
  const at = URL.canParse(url) ? new URL(url) : null
  return at?.hostname ? `${at.hostname}:${at.port || '5432'}` : '127.0.0.1:5432'
}

/**
 * Hands data keys to the recorder, which keeps them in memory only: those of engagements that may have traffic, and of
 * ended ones whose records it holds without a key, because its feed stands still before those.
 */
async function handKeys(deps: Deps): Promise<void> {
  const { engagementsWithoutKey } = await deps.recorder.status()
  const rows = await inSystemWork(deps, async (work) => {
    const found = await work.db
      .selectFrom('engagements')
      .select(['id', 'demand_org_id', 'wrapped_key'])
      .where('wrapped_key', '<>', Buffer.alloc(0))
      .where((eb) =>
        eb.or([
          eb('state', 'in', ['recruiting', 'ready', 'testing', 'suspended', 'window_closed']),
          ...(engagementsWithoutKey.length > 0 ? [eb('id', 'in', [...engagementsWithoutKey])] : []),
        ]),
      )
      .execute()
    return found.flatMap((row) => {
      const sealing = sealingOf(work, row)
      const key = sealing.destroyed ? null : work.deps.keys.trafficKey(sealing.keys)
      return key === null ? [] : [{ id: row.id, key }]
    })
  })
  // Every time anew: a recorder that was restarted has forgotten them, and saying a known key again costs nothing.
  for (const row of rows) await deps.recorder.setKey(row.id, row.key)
}

/**
 * Pushes a fresh signed snapshot at each change and three times in a snapshot's life. A push that fails is tried again
 * within a second: meanwhile the gateway's snapshot runs out and traffic ends, which is the safe side.
 */
export async function startPolicyPush(
  deps: Deps,
  onFault: (error: unknown) => void,
): Promise<{ now(): Promise<void>; stop(): Promise<void> }> {
  // Grows over restarts too, because the gateway never goes back: milliseconds since 1970 leave room for pushes.
  let sequence = Date.now()
  let running: Promise<void> | null = null
  let again = false
  let stopped = false
  let failed = false
  let keyless = false
  let handing: Promise<void> | null = null
  const turn = async (): Promise<void> => {
    // Beside the push, never before it: a recorder that hangs may not hold a stop order back.
    handing ??= handKeys(deps)
      .then(
        () => {
          keyless = false
        },
        (error: unknown) => {
          keyless = true
          onFault(error)
        },
      )
      .finally(() => {
        handing = null
      })
    sequence = Math.max(sequence + 1, Date.now())
    failed = !(await deps.gateway.push(await makePolicy(deps, sequence)))
    // A gateway goes on from what it has seen, also where a clock had been ahead when it saw it.
    if (failed) sequence = Math.max(sequence, (await deps.gateway.status())?.policySequence ?? 0)
  }
  const wake = (): Promise<void> => {
    if (stopped) return Promise.resolve()
    if (running) {
      again = true
      return running
    }
    running = turn()
      .catch((error: unknown) => {
        failed = true
        onFault(error)
      })
      .finally(() => {
        running = null
        if (again) {
          again = false
          void wake()
        }
      })
    return running
  }
  // A gateway that was started again passes nothing, and asks nobody: without this it would wait for the next renewal.
  const wakeForNew = (status: GatewayStatus | null): void => {
    if (status?.policySequence === null) void wake()
  }
  const listener = await listenTo(deps.settings.databaseUrl, ['zh_policy'], () => void wake(), onFault)
  const renewal = setInterval(() => void wake(), policyLife / 3)
  // Until gateway and recorder both have what they need nothing passes, and nobody can test.
  const retry = setInterval(() => {
    if (failed || keyless) void wake()
    else void deps.gateway.status().then(wakeForNew, onFault)
  }, 1000)
  await wake()
  return {
    now: wake,
    async stop() {
      stopped = true
      clearInterval(renewal)
      clearInterval(retry)
      await running
      await handing
      await listener.stop()
    },
  }
}

import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { type Json, canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import type { ClientCertificate, PolicyPush } from '@zhongheng/contracts/records/policy.ts'
import { lastEnd } from '@zhongheng/domain/access/held-posts.ts'
import { engagementPermissions } from '@zhongheng/domain/access/matrix.ts'
import type { EngagementPolicy, Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { servingNode } from '@zhongheng/domain/engagements/nodes.ts'
import { openAuthorityKey } from '../features/engagements/certificate-authority.ts'
import { openStop, rulesInForce, sealingOf } from '../features/engagements/reads.ts'
import { readScope } from '../features/engagements/scope-store.ts'
import { openCertificates } from '../features/outgoing/target-certificates.ts'
import { practiceHost } from '../main/practice.ts'
import type { Settings } from '../main/settings.ts'
import { GatewayAuthority } from '../sealing/gateway-certificate.ts'
import { type KeyRing, signText } from '../sealing/keys.ts'
import type { Deps } from '../work/deps.ts'
import { type Node, nodesOf } from '../work/nodes.ts'
import { servedStates } from '../work/node-assignment.ts'
import { workEnds } from '../work/work-ends.ts'
import { inSystemWork } from '../work/work.ts'

const leaseHolders = engagementPermissions['lease.issue'].tester
const earlier = (one: Date, other: Date | null): Date => (other !== null && other < one ? other : one)

/** A snapshot lapses after this many milliseconds; it is renewed three times in that span. */
export const policyLife = 30_000

/** A snapshot with everything that goes beside it, for all nodes; each is handed its own part of the keys. */
export type MadePolicy = {
  readonly push: PolicyPush
  readonly sequence: number
  /** Which node serves an engagement; null while it moves. */
  readonly serving: ReadonlyMap<string, number | null>
  /** Engagements that nobody serves until the node before has taken a snapshot that says so, by that node. */
  readonly leaving: ReadonlyMap<number, readonly string[]>
}

/** The whole of a snapshot, as the one gateway of an installation with one gets it. */
export const makePolicy = async (deps: Deps, sequence: number): Promise<PolicyPush> =>
  (await readPolicy(deps, sequence)).push

/** What one node is pushed: the same signed snapshot as all, and the keys of the engagements that it serves. */
export function pushTo(node: number, { push, serving }: MadePolicy): PolicyPush {
  const own = <T>(all: { readonly [engagementId: string]: T }): { readonly [engagementId: string]: T } =>
    Object.fromEntries(Object.entries(all).filter(([id]) => serving.get(id) === node))
  return { ...push, caKeys: own(push.caKeys), clientCertificates: own(push.clientCertificates ?? {}) }
}

/** Reads what the gateways may let through now, for engagements that are ready, testing or suspended. */
export async function readPolicy(deps: Deps, sequence: number): Promise<MadePolicy> {
  const { settings } = deps
  const nodes = nodesOf(deps)
  return inSystemWork(deps, async (work) => {
    const serving = new Map<string, number | null>()
    const leaving = new Map<number, string[]>()
    const rows = await work.db
      .selectFrom('engagements')
      .selectAll()
      .where('state', 'in', [...servedStates])
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
      const node = servingNode(row.nodes, work.now)
      serving.set(row.id, node)
      const before = row.nodes.at(-2)?.node
      if (node === null && before !== undefined) leaving.set(before, [...(leaving.get(before) ?? []), row.id])
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
        ...(row.nodes.length > 0 ? { node } : {}),
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
      platformAddresses: ownAddresses(settings, nodes),
      gatewayAuthority: own.authority,
      ...(nodes.length > 1
        ? { gateways: nodes.map(({ number, host, port }) => ({ node: number, address: `${host}:${port}` })) }
        : {}),
      engagements,
    }
    const payload = canonicalJson(policy as unknown as Json)
    const push = {
      signed: { payload, signature: signText(deps.keys.policy.privateKey, payload) },
      caKeys,
      clientCertificates,
      ownTls: { certificate: own.certificate, key: own.key },
    }
    return { push, sequence, serving, leaving }
  })
}

const authorities = new WeakMap<KeyRing, GatewayAuthority>()

/** One for each key ring, so that a leaf is made once a month and not with every snapshot. */
function authorityOf(deps: Deps): GatewayAuthority {
  const { keys, settings } = deps
  let known = authorities.get(keys)
  if (known === undefined) {
    known = new GatewayAuthority(join(settings.dataFolder, 'keys'), keys, [
      ...new Set(nodesOf(deps).map(({ host }) => host.replace(/^\[|\]$/g, ''))),
    ])
    authorities.set(keys, known)
  }
  return known
}

/** Every address on which this platform itself listens: never a target, whatever a scope says. */
function ownAddresses(settings: Settings, nodes: readonly Node[]): string[] {
  const machine = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map((one) => (one.family === 'IPv6' ? `[${one.address}]` : one.address)),
  )
  const hosts = [...new Set(['127.0.0.1', '[::1]', ...machine])]
  return [
    ...[settings.port, ...nodes.map(({ port }) => port)].flatMap((port) => hosts.map((host) => `${host}:${port}`)),
    databaseAddress(settings.databaseUrl),
  ]
}

const databaseAddress = (url: string): string => {
  const at = URL.canParse(url) ? new URL(url) : null
  return at?.hostname ? `${at.hostname}:${at.port || '5432'}` : '127.0.0.1:5432'
}

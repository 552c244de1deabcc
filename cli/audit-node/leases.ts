import { readIfThere, replaceFile } from '@zhongheng/ledger/log/files.ts'
import { utf8 } from '@zhongheng/ledger/verify/bytes.ts'
import type { ExchangeLeaf } from '@zhongheng/contracts/records/capture.ts'
import type { Copy } from '@zhongheng/recorder/mirror/read-copy.ts'
import {
  faultOfLeaves,
  leadToRoot,
  type LeaseTraffic,
  trafficByLease,
} from '@zhongheng/recorder/mirror/check-leaves.ts'
import type { Gap } from '@zhongheng/recorder/mirror/check-copies.ts'
import { claimsOf, leavesOf, type Source } from './fetch-segments.ts'
import { claimsPath, type Kept, leavesPath } from './shelf-paths.ts'

/** What is proved of a lease, beside the number of sealed exchanges that the server counts for it; null: it tells of none. */
export type LeaseReport = LeaseTraffic & { readonly counted: number | null }

/** How many sealed exchanges the server ever said that a lease has. */
export type Claims = { readonly [leaseId: string]: number }

/**
 * Takes the server's own count of sealed exchanges by lease, before its seals are listed: what it counts must then be
 * in them. A count never falls, since data that is disposed of was there.
 */
export async function keepClaims(dir: string, source: Source, engagementId: string): Promise<void> {
  const told = await claimsOf(source, engagementId)
  const path = claimsPath(dir, engagementId)
  const before = await readJson<Claims>(path, {})
  const claims: Record<string, number> = { ...before }
  for (const { leaseId, exchanges } of told) claims[leaseId] = Math.max(claims[leaseId] ?? 0, exchanges)
  if (JSON.stringify(claims) !== JSON.stringify(before)) await replaceFile(path, utf8(JSON.stringify(claims)))
}

/** Fetches which exchange is of which lease; kept only where it leads to the root in the seal. */
export async function keepLeaves(dir: string, source: Source, { seal }: Kept): Promise<void> {
  const path = leavesPath(dir, seal.engagementId, seal.segmentId)
  if ((await readIfThere(path)) !== undefined) return
  const leaves = seal.exchanges === 0 ? [] : await leavesOf(source, seal)
  if (leaves === undefined || !leadToRoot(leaves, seal.root)) return
  await replaceFile(path, utf8(JSON.stringify(leaves)))
}

/** Adds up what is proved by lease, from the disk alone, and says what is not accounted for. */
export async function checkLeases(
  dir: string,
  engagementId: string,
  copies: readonly Copy[],
): Promise<{ leases: LeaseReport[]; gaps: Gap[] }> {
  const gaps: Gap[] = []
  const proved: ExchangeLeaf[] = []
  for (const { head, end } of copies) {
    const leaves = await readJson<ExchangeLeaf[] | null>(leavesPath(dir, engagementId, head.segmentId), null)
    const wrong = leaves === null ? undefined : faultOfLeaves(engagementId, end, leaves)
    const fault =
      leaves === null
        ? 'it is not shown which leases its exchanges are of'
        : wrong && `${wrong}; delete ${head.segmentId}.leaves.json to have it fetched again`
    if (fault !== undefined) gaps.push({ number: head.number, segmentId: head.segmentId, what: fault })
    else proved.push(...(leaves ?? []))
  }
  const claims = await readJson<Claims>(claimsPath(dir, engagementId), {})
  const traffic = trafficByLease(proved)
  for (const [leaseId, counted] of Object.entries(claims)) {
    const exchanges = traffic.find((one) => one.leaseId === leaseId)?.exchanges ?? 0
    if (exchanges < counted)
      gaps.push({
        number: null,
        segmentId: null,
        what: `lease ${leaseId}: the server counts ${counted} sealed exchanges, ${exchanges} are proved here`,
      })
  }
  for (const { leaseId } of traffic)
    if (claims[leaseId] === undefined)
      gaps.push({ number: null, segmentId: null, what: `lease ${leaseId}: the server does not tell of it` })
  return { leases: traffic.map((one) => ({ ...one, counted: claims[one.leaseId] ?? null })), gaps }
}

async function readJson<T>(path: string, otherwise: T): Promise<T> {
  const bytes = await readIfThere(path)
  if (bytes === undefined) return otherwise
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as T
  } catch {
    // A damaged file proves nothing; what it held is asked for again where the server has it.
    return otherwise
  }
}

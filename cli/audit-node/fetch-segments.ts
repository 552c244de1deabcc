import { createHash } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ExchangeLeaf, SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import { syncPath } from '@zhongheng/ledger/log/files.ts'
import { ask } from '@zhongheng/ledger/witness/ask.ts'
import { WitnessError } from '@zhongheng/ledger/witness/witness-error.ts'
import { isFileName } from './shelf-paths.ts'

/** The server as an audit node sees it: with the auditor's token, and without believing it. */
export type Source = { readonly base: string; readonly token: string; readonly signal?: AbortSignal }

/** Longest page of a list, in bytes, and pages of one list. */
const limits = { page: 4 << 20, pages: 500 } as const
/** Milliseconds that one file may take; a segment is sealed at 64 MiB. */
const filePatience = 600_000

type Row = { readonly seal: SegmentSeal; readonly leaf: string; readonly ledgerIndex: number | null }

const headers = (source: Source): Record<string, string> => ({ authorization: `Bearer ${source.token}` })

async function json(source: Source, path: string): Promise<Record<string, unknown>> {
  const { status, bytes } = await ask(new URL(path, source.base), limits.page, {
    headers: headers(source),
    ...(source.signal === undefined ? {} : { signal: source.signal }),
  })
  if (status === 401 || status === 403)
    throw new WitnessError(
      'key',
      '访问令牌无效、已过期，或没有 engagements:read 与 traffic:read 权限',
      'the access token is wrong, has ended, or lacks engagements:read and traffic:read',
    )
  if (status !== 200)
    throw new WitnessError('unreachable', `${path} 的应答为 ${status}`, `${path} was answered with ${status}`)
  const value: unknown = parsed(bytes)
  if (typeof value !== 'object' || value === null) throw malformed(path)
  return value as Record<string, unknown>
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

const malformed = (path: string): WitnessError =>
  new WitnessError('malformed', `${path} 的应答无法识别`, `the answer to ${path} cannot be read`)

/** Engagements in which the token's owner is the auditor. */
export async function auditedEngagements(source: Source): Promise<{ engagementId: string; number: string }[]> {
  const found: { engagementId: string; number: string }[] = []
  let after = ''
  for (let page = 0; page < limits.pages; page++) {
    const path = `/api/engagements?limit=200${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`
    const { engagements, next } = await json(source, path)
    if (!Array.isArray(engagements)) throw malformed(path)
    for (const row of engagements as Record<string, unknown>[]) {
      const { engagementId, number, myRole } = row
      if (myRole !== 'auditor' || typeof engagementId !== 'string' || typeof number !== 'string') continue
      if (isFileName(engagementId)) found.push({ engagementId, number })
    }
    if (typeof next !== 'string') return found
    after = next
  }
  return found
}

/** Every seal of an engagement that the server tells of. */
export async function sealsOf(source: Source, engagementId: string): Promise<Row[]> {
  const rows: Row[] = []
  let after = 0
  for (let page = 0; page < limits.pages; page++) {
    const path = `/api/engagements/${engagementId}/segments?limit=500&after=${after}`
    const { segments, next } = await json(source, path)
    if (!Array.isArray(segments)) throw malformed(path)
    for (const one of segments as Record<string, unknown>[]) {
      const row = readRow(engagementId, one)
      if (row === undefined) throw malformed(path)
      rows.push(row)
    }
    if (typeof next !== 'number' || next <= after) return rows
    after = next
  }
  return rows
}

function readRow(engagementId: string, row: Record<string, unknown>): Row | undefined {
  const count = (name: string): number => {
    const value = row[name]
    return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : Number.NaN
  }
  const text = (name: string): string => (typeof row[name] === 'string' ? row[name] : '')
  const seal: SegmentSeal = {
    segmentId: text('segmentId'),
    engagementId,
    exchanges: count('exchanges'),
    firstSequence: count('firstSequence'),
    lastSequence: count('lastSequence'),
    bytes: count('bytes'),
    sha256: text('sha256'),
    root: text('root'),
    sealedAt: text('sealedAt'),
  }
  const numbers = [seal.exchanges, seal.firstSequence, seal.lastSequence, seal.bytes]
  const leaf = text('leaf')
  if (!isFileName(seal.segmentId) || numbers.some(Number.isNaN) || leaf === '' || leaf.length > 65_535) return undefined
  if (!/^[0-9a-f]{64}$/.test(seal.sha256) || !/^[0-9a-f]{64}$/.test(seal.root)) return undefined
  return { seal, leaf, ledgerIndex: row['ledgerIndex'] === null ? null : count('ledgerIndex') }
}

/** Leaves that one page holds. */
const leavesAtOnce = 1000

/** The leaves of a segment's tree in their order; undefined where the server does not show as many as were sealed. */
export async function leavesOf(source: Source, seal: SegmentSeal): Promise<ExchangeLeaf[] | undefined> {
  const found: ExchangeLeaf[] = []
  let after = 0
  while (found.length < seal.exchanges) {
    const path = `/api/engagements/${seal.engagementId}/segments/${seal.segmentId}/leaves?limit=${leavesAtOnce}&after=${after}`
    const { leaves, next } = await json(source, path)
    if (!Array.isArray(leaves)) throw malformed(path)
    for (const one of leaves as Record<string, unknown>[]) {
      const leaf = readLeaf(seal.engagementId, one)
      if (leaf === undefined || leaf.sequence <= after) throw malformed(path)
      after = leaf.sequence
      found.push(leaf)
    }
    if (typeof next !== 'number') break
  }
  return found.length === seal.exchanges ? found : undefined
}

function readLeaf(engagementId: string, row: Record<string, unknown>): ExchangeLeaf | undefined {
  const text = (name: string): string => {
    const value = row[name]
    return typeof value === 'string' && /^[\x21-\x7e]{1,100}$/.test(value) ? value : ''
  }
  const { sequence, status } = row
  const leaf = {
    exchangeId: text('exchangeId'),
    engagementId,
    leaseId: text('leaseId'),
    sequence: Number(sequence),
    startedAt: text('startedAt'),
    finishedAt: text('finishedAt'),
    status: Number(status),
    requestDigest: text('requestDigest'),
    responseDigest: text('responseDigest'),
    policyDigest: text('policyDigest'),
  }
  const counts = [sequence, status].every((value) => Number.isSafeInteger(value) && Number(value) >= 0)
  return counts && !Object.values(leaf).includes('') ? leaf : undefined
}

/** How many sealed exchanges the server counts for each lease. */
export async function claimsOf(
  source: Source,
  engagementId: string,
): Promise<{ leaseId: string; exchanges: number }[]> {
  const path = `/api/engagements/${engagementId}/lease-traffic`
  const { leases } = await json(source, path)
  if (!Array.isArray(leases)) throw malformed(path)
  return (leases as Record<string, unknown>[]).map(({ leaseId, exchanges }) => {
    if (typeof leaseId !== 'string' || !isFileName(leaseId) || !Number.isSafeInteger(exchanges)) throw malformed(path)
    return { leaseId, exchanges: Number(exchanges) }
  })
}

/**
 * Copies a sealed segment. The file appears under its name only when all of it is on the disk and is what the seal says.
 * @returns false when the server does not have it, or what it sent is something else
 */
export async function fetchSegment(source: Source, seal: SegmentSeal, path: string): Promise<boolean> {
  const limit = AbortSignal.timeout(filePatience)
  const url = new URL(`/api/engagements/${seal.engagementId}/segments/${seal.segmentId}/file`, source.base)
  const half = `${path}.part`
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: source.signal === undefined ? limit : AbortSignal.any([limit, source.signal]),
      headers: { ...headers(source), 'accept-encoding': 'identity' },
    })
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel()
      return false
    }
    const file = await open(half, 'w', 0o600)
    const digest = createHash('sha256')
    let length = 0
    try {
      for await (const part of response.body as AsyncIterable<Uint8Array>) {
        length += part.length
        if (length > seal.bytes) return false
        digest.update(part)
        await file.write(part)
      }
      await file.datasync()
    } finally {
      await file.close()
    }
    if (length !== seal.bytes || digest.digest('hex') !== seal.sha256) return false
    await rename(half, path)
    await syncPath(dirname(path))
    return true
  } catch (cause) {
    throw new WitnessError('unreachable', `${url.pathname} 中断`, `${url.pathname} broke off`, cause)
  } finally {
    await rm(half, { force: true })
  }
}

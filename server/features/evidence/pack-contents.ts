import { createPublicKey } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { ExchangeProof } from '@zhongheng/contracts/records/capture.ts'
import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import type { Actor } from '@zhongheng/domain/access/actor.ts'
import type { PackStage } from '@zhongheng/domain/audit/packs.ts'
import { Problem, say, type Text } from '@zhongheng/domain/shared/problem.ts'
import { commitTo, type Redaction, type Source } from '@zhongheng/ledger/pack/redact.ts'
import type { PackInput } from '@zhongheng/ledger/pack/write-pack.ts'
import {
  type ExchangeSide,
  type PackSubject,
  supportingKinds,
  type Withheld,
} from '@zhongheng/ledger/verify/pack/format.ts'
import type { RecorderPort } from '../../ports/recorder.ts'
import type { Deps } from '../../work/deps.ts'
import { recorderOf } from '../../work/nodes.ts'
import { documentAt } from '../../work/sealed-documents.ts'
import { type Work, inWork } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { disposalNote } from '../retention/reads.ts'
import { cosignedCheckpoint } from '../witnesses/reads.ts'
import { citedBy, entriesOf, type PackEntry } from './pack-entries.ts'
import { stampsUpTo } from './time-stamps.ts'

/** A pack that somebody may have: checked before by the route, and again by the job. */
export type PackOrder = {
  readonly engagement: EngagementHandle
  readonly about: PackSubject
  readonly redaction: 'none' | Redaction
}
/** Where a build reports how far it is, and learns that nobody wants it any more. */
export type Watcher = {
  /** @param share of the stage, 0 to 1 @throws what ends the build, e.g. because it was cancelled */
  at(stage: PackStage, share: number): Promise<void>
}
const nobody: Watcher = { at: async () => undefined }

const reasons = {
  house: say(
    '其他单位的内部事件不在读者可见范围内',
    'internal events of other organisations are not the reader’s to see',
  ),
  unseen: say(
    '引用它的漏洞尚未转交读者，或已改换证据',
    'the finding that cites it was not passed on to the reader, or cites something else by now',
  ),
  secrets: say('凭证默认不收入证据包', 'credentials stay out of a pack unless they are asked for'),
  bodies: say('应申请人要求，正文与凭证不收入', 'bodies and credentials are left out, as was asked'),
  document: say('已被较新的文件取代，或尚未签署', 'a newer document took its place, or it is not signed'),
} as const satisfies Record<string, Text>

/**
 * Everything an evidence pack is written from: the entries this person may see, proved in one tree; the exchanges they
 * cite, whole or in parts to which the ledger committed; letter and reports; time stamps.
 * @throws Problem unavailable while the ledger is behind; whatever `watcher` throws
 */
export async function packInput(deps: Deps, actor: Actor, order: PackOrder, watcher = nobody): Promise<PackInput> {
  const { engagement, about, redaction } = order
  const { cited, seen, now, asOf, gone } = await inWork(deps, actor, async (work) => {
    const entries = await entriesOf(work, about)
    const ids = citedBy(entries)
    const disposal = await disposalNote(work, engagement.id, 'traffic')
    return {
      cited: ids,
      // Of what was destroyed the entries still tell; the pack says so in its place.
      seen: disposal === null ? await visible(work, ids) : [],
      now: work.now,
      asOf: entries.at(-1)?.index ?? -1,
      gone: disposal?.words ?? null,
    }
  })
  const collected = new Set(seen.map(({ id }) => id))
  const proofs: ExchangeProof[] = []
  for (const [at, { id, sequence }] of seen.entries()) {
    await watcher.at('proofs', at / seen.length)
    proofs.push(await recorderOf(deps, sequence).proof(engagement.id, id))
  }
  const sides = await sidesOf(deps, actor, order, proofs, watcher)
  await watcher.at('ledger', 0)
  await entered(deps, actor, engagement.id, [...new Set(proofs.map((proof) => proof.segment.segmentId))])
  const support = { segments: proofs.map((proof) => proof.segment.segmentId), exchanges: cited }
  // What came meanwhile may cite what was not collected; it is for the next pack.
  const chosen = (await inWork(deps, actor, (work) => entriesOf(work, about, support))).filter(
    ({ index, leaf }) => index <= asOf || supportingKinds.has(leaf.kind),
  )
  const newest = Math.max(-1, ...chosen.map(({ index }) => index))
  await deps.ledger.cover(newest)
  if (newest >= deps.ledger.size()) throw behind()
  return inWork(deps, actor, async (work) => {
    const { note: checkpoint, size } = await headFor(work, chosen)
    const entries = chosen.filter(({ index }) => index < size)
    const { entries: besides, ...written } = await deps.ledger.forPackAt(size)
    const { documents, missing } = await documentsOf(work, engagement, entries)
    return {
      madeAt: now,
      about,
      ...written,
      checkpoint,
      entries: [...entries.map(({ index }) => index), ...besides],
      exchanges: proofs.map((proof, at) => ({
        proof,
        request: sides[at]?.request.shown ?? null,
        response: sides[at]?.response.shown ?? null,
      })),
      documents,
      keys: await keysOf(work, engagement),
      withheld: [
        { what: 'entries', id: 'house', reason: reasons.house },
        ...cited
          .filter((id) => !collected.has(id))
          .map((id) => ({
            what: 'exchange',
            id,
            reason: gone ?? reasons.unseen,
          })),
        ...sides.flatMap(({ id, request, response }) =>
          (['request', 'response'] as const).flatMap((side): Withheld[] =>
            typeof { request, response }[side].shown === 'function'
              ? []
              : [
                  {
                    what: `exchange.${side}.parts`,
                    id,
                    reason: reasons[redaction === 'bodies' ? 'bodies' : 'secrets'],
                  },
                ],
          ),
        ),
        ...missing.map((id) => ({ what: 'document', id, reason: reasons.document })),
      ],
      timeStamps: await stampsUpTo(work, size),
    }
  })
}

/** What happens to an engagement by being looked at, this very pack included: a head need not cover it. */
const readings = new Set([
  'attachment.read',
  'access.denied',
  'document.read',
  'finding.read',
  'letter.read',
  'pack.asked',
  'pack.built',
  'pack.read',
  'traffic.read',
])

/**
 * The head that a pack is proved under: the best one that witnesses cosigned, if it covers everything that was done; else
 * the newest one.
 */
async function headFor(work: Work, entries: readonly PackEntry[]): Promise<{ note: string; size: number }> {
  const { ledger } = work.deps
  const done = Math.max(-1, ...entries.filter(({ leaf }) => !readings.has(leaf.kind)).map(({ index }) => index))
  return (await cosignedCheckpoint(work, done + 1)) ?? { note: ledger.checkpoint(), size: ledger.size() }
}

const behind = (): Problem =>
  new Problem(
    'unavailable',
    say('流量分段尚未进入账本，请稍后重试', 'the sealed segments are not in the ledger yet; try again in a moment'),
    { rule: 'LEDGER-1' },
  )

/** The exchanges that this person's row policies show; the demand side sees those of findings that were passed on. */
async function visible(work: Work, ids: readonly string[]): Promise<{ id: string; sequence: string }[]> {
  if (ids.length === 0) return []
  const rows = await work.db
    .selectFrom('exchanges')
    .select(['id', 'sequence'])
    .where('id', 'in', [...ids])
    .orderBy('id')
    .execute()
  return rows
}

type ShownSide = { readonly shown: Source | { readonly bytes: Source; readonly withhold: Redaction } }
type ShownSides = { readonly id: string; readonly request: ShownSide; readonly response: ShownSide }

/** How much of each side is shown; the ledger commits first to the parts of those that are not shown whole. */
async function sidesOf(
  deps: Deps,
  actor: Actor,
  { engagement, redaction }: PackOrder,
  proofs: readonly ExchangeProof[],
  watcher: Watcher,
): Promise<ShownSides[]> {
  const list: ShownSides[] = []
  for (const [at, proof] of proofs.entries()) {
    await watcher.at('commitments', at / proofs.length)
    const { exchangeId } = proof.leaf
    const side = async (name: ExchangeSide): Promise<ShownSide> => {
      const bytes: Source = () => bytesOf(recorderOf(deps, proof.leaf.sequence), engagement.id, exchangeId, name)
      if (redaction === 'none') return { shown: bytes }
      const salt = name === 'request' ? proof.requestSalt : proof.responseSalt
      const commitment = await commitTo(bytes, salt, redaction)
      if (!commitment.withholds) return { shown: bytes }
      await recordCommitment(deps, actor, engagement, proof, name, commitment)
      return { shown: { bytes, withhold: redaction } }
    }
    list.push({ id: exchangeId, request: await side('request'), response: await side('response') })
  }
  return list
}

async function* bytesOf(
  recorder: RecorderPort,
  engagementId: string,
  exchangeId: string,
  side: ExchangeSide,
): AsyncGenerator<Uint8Array> {
  yield* (await recorder[side](engagementId, exchangeId)) as AsyncIterable<Uint8Array>
}

/** One entry for each side, whoever builds how many packs: the parts follow from bytes and salt alone. */
async function recordCommitment(
  deps: Deps,
  actor: Actor,
  engagement: EngagementHandle,
  { leaf }: ExchangeProof,
  side: ExchangeSide,
  { parts, root }: { parts: number; root: string },
): Promise<void> {
  await inWork(deps, actor, async (work) => {
    const known = await work.db
      .selectFrom('events')
      .select('leaf')
      .where('engagement_id', '=', engagement.id)
      .where('kind', '=', 'exchange.committed')
      .where('subject', '=', leaf.exchangeId)
      .execute()
    if (known.some((row) => (JSON.parse(row.leaf) as LedgerLeaf).facts['side'] === side)) return
    const digest = side === 'request' ? leaf.requestDigest : leaf.responseDigest
    work.record({
      kind: 'exchange.committed',
      engagementId: engagement.id,
      subject: leaf.exchangeId,
      role: engagement.role,
      audience: 'parties',
      facts: { exchangeId: leaf.exchangeId, side, digest, parts, root },
    })
  })
}

/**
 * Asking for a proof seals open segments, and commitments are events: their entries reach the ledger within a second or
 * two. @throws Problem unavailable
 */
async function entered(deps: Deps, actor: Actor, engagementId: string, segmentIds: readonly string[]): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    const waiting = await inWork(deps, actor, async ({ db }) => {
      const sealed = segmentIds.length
        ? await db
            .selectFrom('events')
            .select('subject')
            .where('kind', '=', 'segment.sealed')
            .where('subject', 'in', [...segmentIds])
            .where('ledger_index', 'is not', null)
            .execute()
        : []
      const open = await db
        .selectFrom('events')
        .select('id')
        .where('engagement_id', '=', engagementId)
        .where('kind', '=', 'exchange.committed')
        .where('ledger_index', 'is', null)
        .limit(1)
        .execute()
      return new Set(sealed.map((row) => row.subject)).size < segmentIds.length || open.length > 0
    })
    if (!waiting) return
    await wait(250)
  }
  throw behind()
}

/** Letter and signed reports that the chosen entries bind, and the names of bound ones that are not to be had. */
async function documentsOf(
  work: Work,
  engagement: EngagementHandle,
  entries: readonly PackEntry[],
): Promise<{ documents: PackInput['documents'] & object; missing: string[] }> {
  const bound = new Map<string, Set<string>>()
  for (const { leaf } of entries) {
    if (leaf.kind !== 'document.signed' && leaf.kind !== 'document.issued') continue
    const { name, sha256 } = leaf.facts as { name: string; sha256: string }
    bound.set(name, (bound.get(name) ?? new Set()).add(sha256))
  }
  const letter = await work.db
    .selectFrom('letters')
    .select(['id', 'pdf', 'docx', 'pdf_sha256', 'docx_sha256'])
    .where('engagement_id', '=', engagement.id)
    .orderBy('issued_at', 'desc')
    .executeTakeFirst()
  const reports = await work.db
    .selectFrom('reports')
    .select(['id', 'kind', 'pdf', 'docx', 'pdf_sha256', 'docx_sha256'])
    .where('engagement_id', '=', engagement.id)
    .where('state', '=', 'signed')
    .execute()
  const held = [
    ...(letter ? [{ ...letter, table: 'letters' as const, stem: 'authorization-letter' }] : []),
    ...reports.map((report) => ({ ...report, table: 'reports' as const, stem: `${report.kind}-report` })),
  ].flatMap((row) => [
    { row, name: `${row.stem}.pdf`, form: 'pdf' as const, sha256: row.pdf_sha256 },
    { row, name: `${row.stem}.docx`, form: 'docx' as const, sha256: row.docx_sha256 },
  ])
  const documents = held.flatMap(({ row, name, form, sha256 }) => {
    const sealed = row[form]
    if (sealed === null || sha256 === null || bound.get(name)?.has(sha256) !== true) return []
    const bytes = engagement.sealing.openBytes(documentAt(row.table, form, row.id), sealed)
    return [{ name, bytes: () => [bytes] as const }]
  })
  const missing = [...bound.keys()].filter((name) => !documents.some((one) => one.name === name))
  return { documents, missing }
}

async function keysOf(work: Work, engagement: EngagementHandle): Promise<PackInput['keys']> {
  const { demand_org_id, organizer_org_id, auditor_org_id } = engagement.row
  const orgs = await work.db
    .selectFrom('organisations')
    .select(['id', 'kind', 'public_key'])
    .where('id', 'in', [demand_org_id, organizer_org_id ?? '', auditor_org_id ?? ''])
    .execute()
  return orgs.map((org) => ({ role: org.kind, name: org.id, publicKey: rawKey(org.public_key) }))
}

/** The 32 raw bytes of an Ed25519 public key. */
const rawKey = (pem: string): Uint8Array =>
  new Uint8Array(createPublicKey(pem).export({ type: 'spki', format: 'der' }).subarray(-32))

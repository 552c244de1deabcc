import { PassThrough } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { ExchangeProof } from '@zhongheng/contracts/records/capture.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { type PackInput, writePack } from '@zhongheng/ledger/pack/write-pack.ts'
import { createPublicKey } from 'node:crypto'
import type { FileReply, Later } from '../../http/registry.ts'
import { type Work, inWork } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { cosignedCheckpoint } from '../witnesses/reads.ts'

/**
 * Builds the evidence pack of one engagement: every entry this reader may see, proved in one tree; the exchanges that
 * findings cite, in full; letter and reports. It is streamed; nothing of it is kept on the server.
 */
export async function buildPack(work: Work, engagement: EngagementHandle): Promise<Later<FileReply>> {
  const cited = await citedIn(work, engagement.id)
  work.record({
    kind: 'pack.built',
    engagementId: engagement.id,
    subject: engagement.id,
    role: engagement.role,
    audience: 'parties',
    facts: { exchanges: cited.length, madeAt: work.now.toISOString() },
  })
  const { actor, deps, now } = work
  return {
    later: async () => {
      const proofs: ExchangeProof[] = []
      for (const exchangeId of cited) proofs.push(await deps.recorder.proof(engagement.id, exchangeId))
      await sealsEntered(work, [...new Set(proofs.map((proof) => proof.segment.segmentId))])
      await deps.ledger.cover(await newestEntry(work, engagement.id))
      const { note: checkpoint, size } = await headFor(work, engagement.id)
      const gathered = await inWork(deps, actor, (later) => readForPack(later, engagement, size))
      const input: PackInput = {
        madeAt: now,
        about: { kind: 'engagement', engagementId: engagement.id, findingId: null, from: null, to: null },
        ...deps.ledger.forPacks,
        checkpoint,
        entries: gathered.indexes,
        exchanges: proofs.map((proof) => ({
          proof,
          request: () => sideOf(work, engagement.id, proof.leaf.exchangeId, 'request'),
          response: () => sideOf(work, engagement.id, proof.leaf.exchangeId, 'response'),
        })),
        documents: gathered.documents.map(({ name, bytes }) => ({ name, bytes: () => [bytes] })),
        keys: gathered.keys,
        withheld: gathered.withheld,
      }
      const out = new PassThrough()
      // A fault in the middle breaks the download instead of ending it as if it were whole.
      writePack(out, input).catch((error: unknown) =>
        out.destroy(error instanceof Error ? error : new Error(String(error))),
      )
      return { bytes: out, name: `${engagement.row.number}-evidence.zip` }
    },
  }
}

/** What the entries cite, submissions that were mended later included: the pack must hold all of it. */
async function citedIn(work: Work, engagementId: string): Promise<string[]> {
  const rows = await work.db
    .selectFrom('events')
    .select('leaf')
    .where('engagement_id', '=', engagementId)
    .where('kind', '=', 'finding.submitted')
    .execute()
  const ids = rows.flatMap((row) =>
    (JSON.parse(row.leaf) as { facts: { cites: { exchangeId: string }[] } }).facts.cites.map((cite) => cite.exchangeId),
  )
  return [...new Set(ids)].sort()
}

async function* sideOf(
  work: Work,
  engagementId: string,
  exchangeId: string,
  side: 'request' | 'response',
): AsyncGenerator<Uint8Array> {
  yield* (await work.deps.recorder[side](engagementId, exchangeId)) as AsyncIterable<Uint8Array>
}

/** Asking for a proof seals open segments; their entries reach the ledger within a second or two. @throws Problem unavailable */
async function sealsEntered(work: Work, segmentIds: readonly string[]): Promise<void> {
  const { actor, deps } = work
  for (let n = 0; n < 60; n++) {
    const entered = segmentIds.length
      ? await inWork(deps, actor, (later) =>
          later.db
            .selectFrom('events')
            .select('subject')
            .where('kind', '=', 'segment.sealed')
            .where('subject', 'in', [...segmentIds])
            .where('ledger_index', 'is not', null)
            .execute(),
        )
      : []
    if (entered.length === segmentIds.length) return
    await wait(250)
  }
  throw new Problem(
    'unavailable',
    say('流量分段尚未进入账本，请稍后重试', 'the sealed segments are not in the ledger yet; try again in a moment'),
    { rule: 'LEDGER-1' },
  )
}

/** The engagement's last entry that has its place in the ledger: the pack's checkpoint must cover it. -1 where there is none. */
async function newestEntry({ actor, deps }: Work, engagementId: string): Promise<number> {
  const row = await inWork(deps, actor, (later) =>
    later.db
      .selectFrom('events')
      .select((eb) => eb.fn.max('ledger_index').as('last'))
      .where('engagement_id', '=', engagementId)
      .executeTakeFirst(),
  )
  return Number(row?.last ?? -1)
}

/** What happens to an engagement by being looked at, this very pack included: a head need not cover it. */
const readings = ['pack.built', 'document.read', 'letter.read', 'finding.read', 'traffic.read', 'access.denied']

/**
 * The head that a pack is proved under: the best one that witnesses cosigned, if it covers everything that was done in the
 * engagement; else the newest one.
 */
async function headFor(work: Work, engagementId: string): Promise<{ note: string; size: number }> {
  const { actor, deps } = work
  const cosigned = await inWork(deps, actor, async (later) => {
    const row = await later.db
      .selectFrom('events')
      .select((eb) => eb.fn.max('ledger_index').as('last'))
      .where('engagement_id', '=', engagementId)
      .where('kind', 'not in', readings)
      .executeTakeFirst()
    return cosignedCheckpoint(later, Number(row?.last ?? -1) + 1)
  })
  return cosigned ?? { note: deps.ledger.checkpoint(), size: deps.ledger.size() }
}

type ForPack = Pick<PackInput, 'keys' | 'withheld'> & {
  readonly indexes: readonly number[]
  readonly documents: readonly { readonly name: string; readonly bytes: Buffer }[]
}

async function readForPack(work: Work, engagement: EngagementHandle, size: number): Promise<ForPack> {
  const rows = await work.db
    .selectFrom('events')
    .select('ledger_index')
    .where('engagement_id', '=', engagement.id)
    .where('ledger_index', '<', String(size))
    .orderBy('ledger_index')
    .execute()
  const letter = await work.db
    .selectFrom('letters')
    .select(['pdf', 'docx'])
    .where('engagement_id', '=', engagement.id)
    .orderBy('issued_at', 'desc')
    .executeTakeFirst()
  const reports = await work.db
    .selectFrom('reports')
    .select(['kind', 'pdf', 'docx', 'state', 'revision'])
    .where('engagement_id', '=', engagement.id)
    .where('state', '=', 'signed')
    .execute()
  const documents: { name: string; bytes: Buffer }[] = []
  if (letter)
    documents.push(
      { name: 'authorization-letter.pdf', bytes: letter.pdf },
      { name: 'authorization-letter.docx', bytes: letter.docx },
    )
  for (const report of reports) {
    if (report.pdf) documents.push({ name: `${report.kind}-report.pdf`, bytes: report.pdf })
    if (report.docx) documents.push({ name: `${report.kind}-report.docx`, bytes: report.docx })
  }
  const orgs = await work.db
    .selectFrom('organisations')
    .select(['id', 'name', 'kind', 'public_key'])
    .where('id', 'in', [
      engagement.row.demand_org_id,
      engagement.row.organizer_org_id ?? '',
      engagement.row.auditor_org_id ?? '',
    ])
    .execute()
  return {
    indexes: rows.map((row) => Number(row.ledger_index)),
    documents,
    keys: orgs.map((org) => ({ role: org.kind, name: org.id, publicKey: rawKey(org.public_key) })),
    withheld: [
      {
        what: 'entries',
        id: 'house',
        reason: say(
          '其他单位的内部事件不在读者可见范围内',
          'internal events of other organisations are not the reader’s to see',
        ),
      },
    ],
  }
}

/** The 32 raw bytes of an Ed25519 public key. */
const rawKey = (pem: string): Uint8Array =>
  new Uint8Array(createPublicKey(pem).export({ type: 'spki', format: 'der' }).subarray(-32))

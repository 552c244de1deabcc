import { keyFingerprint } from '../../signing/key-files.ts'
import { notFound } from '../../http/problems.ts'
import { type Feature, route } from '../../http/registry.ts'
import { engagementRef } from '../engagements/reads.ts'
import { markOfCopy, withinBudget } from '../readings/reads.ts'
import { documentAt } from '../../work/sealed-documents.ts'
import { packRoutes } from './pack-routes.ts'
import { ledgerKeyRoutes } from './ledger-key-routes.ts'
import { receiptRoutes } from './receipt-routes.ts'
import {
  anchorOf,
  beginReport,
  buildModel,
  listReports,
  reportRef,
  signReport,
  viewReport,
  writeSections,
} from './reports.ts'

export const evidenceRoutes: Feature = (deps) => [
  ...receiptRoutes(deps),
  ...packRoutes(deps),
  ...ledgerKeyRoutes(deps),
  route('GET /api/engagements/:engagementId/reports', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('report.read') },
    handle: async ({ work, on }) => ({ reports: await listReports(work, on['params.engagementId']) }),
  }),
  route('POST /api/engagements/:engagementId/reports', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('report.read', 'update') },
    handle: ({ work, body, on }) => beginReport(work, on['params.engagementId'], body.kind, body.locale),
  }),
  route('GET /api/engagements/:engagementId/reports/:reportId', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('report.read'), 'params.reportId': reportRef },
    handle: ({ work, on }) => viewReport(work, on['params.engagementId'], on['params.reportId'].id),
  }),
  route('PATCH /api/engagements/:engagementId/reports/:reportId', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('report.read', 'update'), 'params.reportId': reportRef },
    handle: ({ work, body, on }) => writeSections(work, on['params.engagementId'], on['params.reportId'], body),
  }),
  route('POST /api/engagements/:engagementId/reports/:reportId/signature', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('report.read', 'update'), 'params.reportId': reportRef },
    handle: ({ work, body, on }) => signReport(work, on['params.engagementId'], on['params.reportId'], body.version),
  }),
  ...(['pdf', 'docx'] as const).map((form) =>
    route(`GET /api/engagements/:engagementId/reports/:reportId/file.${form}`, {
      access: 'signed_in',
      references: { 'params.engagementId': engagementRef('report.read'), 'params.reportId': reportRef },
      async handle({ work, on }) {
        const engagement = on['params.engagementId']
        const report = on['params.reportId']
        const budget = await withinBudget(work, engagement, 'document', report.id)
        const name = `${engagement.row.number}-${report.kind === 'audit' ? 'audit-report' : 'test-report'}.${form}`
        const stored = report[form]
        // A draft is printed on the fly, says on its cover that it is unsigned, and whose copy it is; what is signed is the same for everybody.
        const model = stored ? null : await buildModel(work, engagement, report, anchorOf(work, '—'), [], work.now)
        const reading = work.record({
          kind: 'document.read',
          engagementId: engagement.id,
          subject: report.id,
          role: engagement.role,
          audience: 'parties',
          facts: { form, state: report.state, ...budget },
        })
        return {
          later: async () => ({
            bytes: stored
              ? engagement.sealing.openBytes(documentAt('reports', form, report.id), stored)
              : await deps.documents[form]({ ...(model ?? unreachable()), copy: markOfCopy(reading) }),
            name,
          }),
        }
      },
    }),
  ),
  route('GET /api/ledger', {
    access: 'ledger.read',
    references: {},
    async handle({ work }) {
      const checkpoint = deps.ledger.checkpoint()
      const waiting = await work.asSystem((db) =>
        db
          .selectFrom('events')
          .select((eb) => eb.fn.countAll<string>().as('n'))
          .where('ledger_index', 'is', null)
          .executeTakeFirst(),
      )
      return {
        origin: deps.ledger.origin,
        size: deps.ledger.size(),
        root: deps.ledger.root(),
        checkpoint,
        checkpointAt: deps.ledger.checkpointAt()?.toISOString() ?? null,
        waiting: Number(waiting?.n ?? 0),
        keyFingerprint: keyFingerprint(deps.ledger.forPacks.logKey),
      }
    },
  }),
  route('GET /api/ledger/entries/:index/proof', {
    access: 'ledger.read',
    references: {},
    async handle({ work, params }) {
      // Only entries that this reader's row policies show: somebody else's index answers like one that does not exist.
      const row = await work.db
        .selectFrom('events')
        .select(['leaf', 'ledger_index'])
        .where('ledger_index', '=', String(params.index))
        .executeTakeFirst()
      if (row) await deps.ledger.cover(params.index)
      const size = deps.ledger.size()
      if (!row || params.index >= size) throw notFound()
      return {
        index: params.index,
        leaf: row.leaf,
        size,
        path: await deps.ledger.inclusionProof(params.index, size),
        checkpoint: deps.ledger.checkpoint(),
      }
    },
  }),
  route('GET /api/engagements/:engagementId/ledger', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('engagement.timeline') },
    async handle({ work, query, on }) {
      let list = work.db
        .selectFrom('events')
        .select(['seq', 'at', 'kind', 'subject', 'actor', 'leaf', 'ledger_index'])
        .where('engagement_id', '=', on['params.engagementId'].id)
        .orderBy('seq', 'desc')
        .limit(query.limit + 1)
      if (query.after && /^\d{1,18}$/.test(query.after)) list = list.where('seq', '<', query.after)
      const rows = await list.execute()
      const shown = rows.slice(0, query.limit)
      return {
        entries: shown.map((row) => ({
          index: row.ledger_index === null ? null : Number(row.ledger_index),
          at: row.at.toISOString(),
          kind: row.kind,
          subject: row.subject,
          actor: row.actor,
          leaf: row.leaf,
        })),
        next: rows.length > query.limit ? (shown.at(-1)?.seq ?? null) : null,
      }
    },
  }),
]

function unreachable(): never {
  throw new Error('a draft has its model')
}

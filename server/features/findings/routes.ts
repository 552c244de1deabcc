import { checkAudience } from '@zhongheng/domain/findings/comments.ts'
import { scoreVector } from '@zhongheng/domain/findings/severity.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { weaknesses } from '@zhongheng/registers/catalogues/weaknesses.ts'
import { type Feature, type Reference, checkedBy, route } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { readableInEmergency } from '../break-glass/reads.ts'
import { attach } from '../attachments/reads.ts'
import { type DecoyRow, decoyInLists, revealDecoy } from '../decoys/reads.ts'
import { engagementRef, handleOf } from '../engagements/reads.ts'
import { duplicateCandidates } from './duplicate-candidates.ts'
import { assignFindings } from './assign-findings.ts'
import { exportList } from './export-list.ts'
import { moveFinding } from './move-finding.ts'
import { type FindingDbRow, findingRef } from './reads.ts'
import { listRewards, moveReward, proposeReward, rewardRef } from './rewards.ts'
import { resubmitFinding, submitFinding } from './submit-finding.ts'
import { indexTexts } from './search-index.ts'
import { answerSearch, inboxOf } from './list-findings.ts'
import { revealFinding } from './view-finding.ts'
import type { EngagementHandle } from '../engagements/reads.ts'

/** Reads a finding anew after an act, as the same reveal that opening its page is. */
async function reveal(work: Work, engagement: EngagementHandle, id: string) {
  const row = await work.db.selectFrom('findings').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  return revealFinding(work, engagement, row, 'after_an_act')
}

/** A finding, or what stands in the reader's lists as one. */
const openableRef: Reference<
  { readonly finding: FindingDbRow } | { readonly finding: null; readonly decoy: DecoyRow }
> = {
  about: 'finding of the engagement in the path',
  async load(work, id, context) {
    const decoy = await decoyInLists(work, handleOf(context), id)
    if (decoy) return { finding: null, decoy }
    return { finding: await findingRef().load(work, id, context) }
  },
}

export const findingRoutes: Feature = () => [
  route('GET /api/findings', {
    access: 'signed_in',
    references: { 'query.engagementId': checkedBy('list-findings: a filter under the row policies') },
    handle: ({ work, query }) => inboxOf(work, query),
  }),
  route('POST /api/findings/search', {
    access: 'signed_in',
    references: { 'body.engagementId': checkedBy('search-index: engagements under the row policies') },
    handle: ({ work, body }) => answerSearch(work, body),
  }),
  route('POST /api/findings/assignments', {
    access: 'signed_in',
    references: {
      'body.findings[].engagementId': checkedBy('assign-findings: each by the matrix'),
      'body.findings[].findingId': checkedBy(
        'assign-findings: under the row policies, in the engagement named with it',
      ),
      'body.findings[].was': checkedBy('assign-findings: compared with who is named'),
      'body.to': checkedBy('assign-findings: ASSIGN-1'),
    },
    handle: ({ work, body }) => assignFindings(work, body),
  }),
  route('GET /api/weaknesses', {
    access: 'signed_in',
    references: {},
    handle: async () => ({
      weaknesses: weaknesses.map((one) => ({ cwe: one.cwe, name: say(one.zh, one.en), category: one.category })),
    }),
  }),
  route('POST /api/cvss', {
    access: 'signed_in',
    references: {},
    handle: async ({ body }) => scoreVector(body.vector),
  }),
  route('GET /api/engagements/:engagementId/findings.csv', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('finding.list') },
    handle: ({ work, on, caller }) => exportList(work, on['params.engagementId'], 'csv', caller),
  }),
  route('GET /api/engagements/:engagementId/findings.xlsx', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('finding.list') },
    handle: ({ work, on, caller }) => exportList(work, on['params.engagementId'], 'xlsx', caller),
  }),
  route('POST /api/engagements/:engagementId/findings', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('finding.submit'),
      'body.cites[]': checkedBy('submit-finding: CITE-1'),
      'body.attachments[]': checkedBy('attach: own loose files'),
    },
    handle: async ({ work, body, on }) =>
      reveal(work, on['params.engagementId'], await submitFinding(work, on['params.engagementId'], body)),
  }),
  route('GET /api/engagements/:engagementId/findings/:findingId', {
    access: 'signed_in',
    references: { 'params.engagementId': readableInEmergency('finding.read'), 'params.findingId': openableRef },
    handle({ work, on }) {
      const opened = on['params.findingId']
      return opened.finding
        ? revealFinding(work, on['params.engagementId'], opened.finding)
        : revealDecoy(work, on['params.engagementId'], opened.decoy)
    },
  }),
  route('GET /api/engagements/:engagementId/findings/:findingId/candidates', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('finding.review'), 'params.findingId': findingRef() },
    handle: ({ work, on }) => duplicateCandidates(work, on['params.engagementId'], on['params.findingId']),
  }),
  route('PUT /api/engagements/:engagementId/findings/:findingId', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('finding.submit'),
      'params.findingId': findingRef('update'),
      'body.cites[]': checkedBy('submit-finding: CITE-1'),
      'body.attachments[]': checkedBy('attach: own loose files'),
    },
    async handle({ work, body, on }) {
      await resubmitFinding(work, on['params.engagementId'], on['params.findingId'], body)
      return reveal(work, on['params.engagementId'], on['params.findingId'].id)
    },
  }),
  route('POST /api/engagements/:engagementId/findings/:findingId/moves', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('finding.read'),
      'params.findingId': findingRef('update'),
      'body.duplicateOf': findingRef(),
    },
    async handle({ work, body, on }) {
      await moveFinding(work, on['params.engagementId'], on['params.findingId'], on['body.duplicateOf'], body)
      return reveal(work, on['params.engagementId'], on['params.findingId'].id)
    },
  }),
  route('POST /api/engagements/:engagementId/findings/:findingId/comments', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('finding.comment'),
      'params.findingId': findingRef(),
      'body.attachments[]': checkedBy('attach: own loose files'),
    },
    async handle({ work, body, on }) {
      const engagement = on['params.engagementId']
      const finding = on['params.findingId']
      checkAudience(body.audience, engagement.role)
      const id = work.newId('comment')
      await work.db
        .insertInto('comments')
        .values({
          id,
          finding_id: finding.id,
          engagement_id: engagement.id,
          audience: body.audience,
          org_id: work.actor.orgId,
          person_id: work.actor.personId,
          role: engagement.role,
          sealed_body: engagement.sealing.seal({ table: 'comments', column: 'sealed_body', row: id }, body.body),
          at: work.now,
        })
        .execute()
      const attached = await attach(work, engagement, { findingId: finding.id, commentId: id }, body.attachments)
      await indexTexts(work, engagement, finding.id, id, [body.body])
      work.record({
        kind: 'finding.commented',
        engagementId: engagement.id,
        subject: finding.id,
        role: engagement.role,
        audience: body.audience === 'internal' ? 'house' : 'parties',
        facts: {
          commentId: id,
          audience: body.audience,
          digest: engagement.sealing.commit(body.body),
          attachments: attached.map((one) => ({ ...one })),
        },
      })
      return {
        commentId: id,
        audience: body.audience,
        body: body.body,
        byName: work.actor.name,
        role: engagement.role,
        at: work.now.toISOString(),
      }
    },
  }),
  route('POST /api/engagements/:engagementId/findings/:findingId/rewards', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('reward.propose', 'update'),
      'params.findingId': findingRef('update'),
    },
    handle: ({ work, body, on }) => proposeReward(work, on['params.engagementId'], on['params.findingId'], body),
  }),
  route('POST /api/engagements/:engagementId/rewards/:rewardId/state', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef(['reward.approve', 'reward.pay']),
      'params.rewardId': rewardRef,
    },
    handle: ({ work, body, on }) => moveReward(work, on['params.engagementId'], on['params.rewardId'], body),
  }),
  route('GET /api/engagements/:engagementId/rewards', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('engagement.read') },
    handle: ({ work, on }) => listRewards(work, on['params.engagementId']),
  }),
]

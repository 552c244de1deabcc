import { isRecordKind, recordKinds } from '@zhongheng/domain/engagements/records.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { explainScope } from '@zhongheng/domain/authorizations/judge.ts'
import { notFound } from '../../http/problems.ts'
import { type Feature, type Reference, checkedBy, route } from '../../http/registry.ts'
import { documentAt } from '../../work/sealed-documents.ts'
import type { Work } from '../../work/work.ts'
import { throttle } from '../../sign-in/throttle.ts'
import { beginEngagement, editEngagement } from './edit-engagement.ts'
import { checkLetter, letterRef, listLetters } from './letters.ts'
import { makeMove } from './make-move.ts'
import { askProof, checkProof, confirmLetter, giveLetter, listProofs, proofRef } from './proofs.ts'
import { type EngagementHandle, engagementRef, handleOf, openEngagement } from './reads.ts'
import { readForms, readRecords, writeRecord } from './records.ts'
import { answerQuestion, decideChange, proposeChange, writeScope } from './scope-changes.ts'
import { compiledOf, listScopes, scopeRow } from './scope-store.ts'
import { readTimeline } from './timeline.ts'
import { listEngagements, viewEngagement } from './view-engagement.ts'
import { withinBudget } from '../readings/reads.ts'

const scopeRef: Reference<string> = {
  about: 'scope version of the engagement in the path',
  async load(work, id, context) {
    const row = await scopeRow(work.db, id)
    if (row?.engagement_id !== handleOf(context).id) throw notFound()
    return id
  },
}

/** A tester reads targets only after the pledge, which carries the promise of secrecy (GBT43741-5.1-06). */
async function mayReadTargets(work: Work, engagement: EngagementHandle): Promise<void> {
  if (engagement.role !== 'tester') return
  const pledged = await work.db
    .selectFrom('enrollments')
    .select('id')
    .where('engagement_id', '=', engagement.id)
    .where('person_id', '=', work.actor.personId)
    .where('state', '=', 'admitted')
    .where('pledged_at', 'is not', null)
    .executeTakeFirst()
  if (!pledged)
    throw new Problem(
      'refused',
      say('签署承诺书后才能查看测试对象', 'sign the pledge first; then the targets are shown'),
      { rule: 'GBT43741-5.1-06' },
    )
}

const view = async (work: Work, engagement: EngagementHandle) =>
  viewEngagement(work, await openEngagement(work, engagement.id, 'engagement.read'))

export const engagementRoutes: Feature = (deps) => [
  route('GET /api/engagements', {
    access: 'signed_in',
    references: {},
    handle: ({ work, query }) => listEngagements(work, query),
  }),
  route('POST /api/engagements', {
    access: 'engagement.create',
    references: {
      'body.organizerOrgId': checkedBy('begin-engagement'),
      'body.auditorOrgId': checkedBy('begin-engagement'),
    },
    handle: async ({ work, body }) => viewEngagement(work, await beginEngagement(work, body)),
  }),
  route('GET /api/engagements/:engagementId', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('engagement.read') },
    handle: ({ work, on }) => viewEngagement(work, on['params.engagementId']),
  }),
  route('PATCH /api/engagements/:engagementId', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('engagement.edit', 'update'),
      'body.organizerOrgId': checkedBy('edit-engagement'),
      'body.auditorOrgId': checkedBy('edit-engagement'),
    },
    handle: async ({ work, body, on }) =>
      viewEngagement(work, await editEngagement(work, on['params.engagementId'], body)),
  }),
  route('POST /api/engagements/:engagementId/moves', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('engagement.read', 'update') },
    async handle({ work, body, on }) {
      await makeMove(work, on['params.engagementId'], body)
      return view(work, on['params.engagementId'])
    },
  }),
  route('GET /api/engagements/:engagementId/records', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('record.read') },
    async handle({ work, on }) {
      const records = await readRecords(work, on['params.engagementId'])
      return { records, forms: readForms(work, on['params.engagementId'], records) }
    },
  }),
  route('POST /api/engagements/:engagementId/records', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('record.write', 'update') },
    // Signing binds the organisation; other written acts do not.
    stepUpWhen: (body) => isRecordKind(body.kind) && recordKinds[body.kind].signed,
    handle: ({ work, body, on }) => writeRecord(work, on['params.engagementId'], body.kind, body.fields),
  }),
  route('GET /api/engagements/:engagementId/scope', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('scope.read') },
    async handle({ work, on }) {
      await mayReadTargets(work, on['params.engagementId'])
      return listScopes(work, on['params.engagementId'])
    },
  }),
  route('PUT /api/engagements/:engagementId/scope', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('scope.edit', 'update') },
    handle: ({ work, body, on }) => writeScope(work, on['params.engagementId'], body),
  }),
  route('POST /api/engagements/:engagementId/scope/answers', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('scope.answer', 'update'), 'body.scopeVersionId': scopeRef },
    handle: ({ work, body, on }) => answerQuestion(work, on['params.engagementId'], body),
  }),
  route('POST /api/engagements/:engagementId/scope/probe', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('scope.read'), 'body.scopeVersionId': scopeRef },
    async handle({ work, body, on }) {
      const engagement = on['params.engagementId']
      await mayReadTargets(work, engagement)
      const compiled = await compiledOf(work.db, engagement, body.scopeVersionId ?? engagement.row.scope_version_id)
      if (!compiled)
        throw new Problem('wrong_state', say('尚未编写测试范围', 'no scope was written yet'), { rule: 'SCOPE-0' })
      return explainScope(compiled, body.url)
    },
  }),
  route('POST /api/engagements/:engagementId/scope/changes', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('scope.propose', 'update') },
    handle: ({ work, body, on }) => proposeChange(work, on['params.engagementId'], body),
  }),
  route('POST /api/engagements/:engagementId/scope/changes/:scopeVersionId/decision', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('scope.approve', 'update'), 'params.scopeVersionId': scopeRef },
    handle: ({ work, params, body, on }) => decideChange(work, on['params.engagementId'], params.scopeVersionId, body),
  }),
  route('GET /api/engagements/:engagementId/proofs', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('scope.read') },
    async handle({ work, on }) {
      await mayReadTargets(work, on['params.engagementId'])
      return listProofs(work, on['params.engagementId'])
    },
  }),
  route('POST /api/engagements/:engagementId/proofs', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('proof.manage') },
    handle: ({ work, body, on }) => askProof(work, on['params.engagementId'], body.object, body.method),
  }),
  route('POST /api/engagements/:engagementId/proofs/:proofId/check', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('proof.manage'), 'params.proofId': proofRef },
    handle: ({ work, on }) => checkProof(work, on['params.engagementId'], on['params.proofId']),
  }),
  route('POST /api/engagements/:engagementId/proofs/:proofId/letter', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('proof.manage'), 'params.proofId': proofRef },
    handle: ({ work, body, on }) => giveLetter(work, on['params.engagementId'], on['params.proofId'], body),
  }),
  route('POST /api/engagements/:engagementId/proofs/:proofId/confirmation', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('proof.confirm'), 'params.proofId': proofRef },
    handle: ({ work, body, on }) =>
      confirmLetter(work, on['params.engagementId'], on['params.proofId'], body.verdict, body.note),
  }),
  route('GET /api/engagements/:engagementId/timeline', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('engagement.timeline') },
    handle: ({ work, query, on }) => readTimeline(work, on['params.engagementId'].id, query),
  }),
  route('GET /api/engagements/:engagementId/letters', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('letter.read') },
    handle: async ({ work, on }) => ({ letters: await listLetters(work, on['params.engagementId']) }),
  }),
  ...(['pdf', 'docx'] as const).map((form) =>
    route(`GET /api/engagements/:engagementId/letters/:letterId/file.${form}`, {
      access: 'signed_in',
      references: { 'params.engagementId': engagementRef('letter.read'), 'params.letterId': letterRef },
      async handle({ work, on }) {
        const engagement = on['params.engagementId']
        await mayReadTargets(work, engagement)
        const letter = on['params.letterId']
        const budget = await withinBudget(work, engagement, 'document', letter.id)
        work.record({
          kind: 'letter.read',
          engagementId: engagement.id,
          subject: letter.id,
          role: engagement.role,
          audience: 'parties',
          facts: { form, ...budget },
        })
        return {
          later: async () => ({
            bytes: engagement.sealing.openBytes(documentAt('letters', form, letter.id), letter[form]),
            name: `${letter.number}.${form}`,
          }),
        }
      },
    }),
  ),
  route('POST /api/public/letter-checks', {
    access: 'public',
    references: {},
    before: (caller) => throttle(deps, caller.address, 'letter-check'),
    handle: ({ work, body }) => checkLetter(work, body.number, body.checkCode),
  }),
]

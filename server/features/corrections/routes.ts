import { type Feature, route } from '../../http/registry.ts'
import { inWork } from '../../work/work.ts'
import { askCorrection, decidedCorrectionRef, ownCorrectionRef, withdrawCorrection } from './ask-correction.ts'
import { decideCorrection } from './decide-correction.ts'
import { correctionsToDecide, openCorrection, ownCorrections } from './view-corrections.ts'

/** Corrections of what others rely on: asked for by whose data they are, decided by somebody else (GBT39276-5.1.1.4-f). */
export const correctionRoutes: Feature = () => [
  route('GET /api/account/corrections', {
    access: 'signed_in',
    references: {},
    handle: async ({ work }) => ({ corrections: await ownCorrections(work) }),
  }),
  route('POST /api/account/corrections', {
    access: 'signed_in',
    references: {},
    handle: ({ work, body, caller }) => askCorrection(work, body, caller),
  }),
  route('POST /api/account/corrections/:correctionId/withdrawal', {
    access: 'signed_in',
    references: { 'params.correctionId': ownCorrectionRef },
    handle: ({ work, on }) => withdrawCorrection(work, on['params.correctionId']),
  }),
  route('GET /api/corrections', {
    access: 'signed_in',
    references: {},
    handle: async ({ work }) => ({ corrections: await correctionsToDecide(work) }),
  }),
  route('POST /api/corrections/:correctionId/opening', {
    access: 'signed_in',
    references: { 'params.correctionId': decidedCorrectionRef },
    async handle({ work, on }) {
      const { deps, actor } = work
      const row = on['params.correctionId']
      work.record({
        kind: 'correction.opened',
        engagementId: null,
        subject: row.id,
        role: actor.orgKind,
        audience: 'house',
        facts: { field: row.field, personId: row.person_id },
      })
      return { later: () => inWork(deps, actor, (after) => after.asSystem(() => openCorrection(after, row.id))) }
    },
  }),
  route('POST /api/corrections/:correctionId/decision', {
    access: 'signed_in',
    references: { 'params.correctionId': decidedCorrectionRef },
    handle: ({ work, body, on, caller }) => decideCorrection(work, on['params.correctionId'], body, caller),
  }),
]

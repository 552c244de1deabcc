import { may } from '@zhongheng/domain/access/matrix.ts'
import { type Feature, route } from '../../http/registry.ts'
import { passSecondPerson } from '../approvals/reads.ts'
import { engagementRef } from '../engagements/reads.ts'
import { findingRef } from '../findings/reads.ts'
import { buildPack } from './pack.ts'
import { askForPack, cancelPack, downloadPack, myPacks, packRef } from './packs.ts'

export const packRoutes: Feature = () => [
  route('GET /api/engagements/:engagementId/evidence.zip', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('pack.build') },
    async handle({ work, on }) {
      const engagement = on['params.engagementId']
      await passSecondPerson(work, { kind: 'evidence', engagementId: engagement.id })
      return buildPack(work, engagement)
    },
  }),
  route('GET /api/engagements/:engagementId/packs', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('pack.build') },
    handle: async ({ work, on }) => ({
      packs: await myPacks(work, on['params.engagementId'].id),
      mayShowAll: may(work.actor, 'pack.build_whole', on['params.engagementId'].role),
    }),
  }),
  route('POST /api/engagements/:engagementId/packs', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('pack.build'), 'body.findingId': findingRef() },
    async handle({ work, body, on }) {
      const engagement = on['params.engagementId']
      await passSecondPerson(work, { kind: 'pack', engagementId: engagement.id, pack: body })
      return askForPack(work, engagement, {
        kind: body.kind,
        redaction: body.redaction,
        findingId: body.findingId ?? null,
        from: body.from === undefined ? null : new Date(body.from),
        to: body.to === undefined ? null : new Date(body.to),
      })
    },
  }),
  route('POST /api/engagements/:engagementId/packs/:packId/cancellation', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('pack.build'), 'params.packId': packRef('update') },
    handle: ({ work, on }) => cancelPack(work, on['params.engagementId'], on['params.packId']),
  }),
  route('GET /api/engagements/:engagementId/packs/:packId/file.zip', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('pack.build'), 'params.packId': packRef() },
    handle: async ({ work, on }) => downloadPack(work, on['params.engagementId'], on['params.packId']),
  }),
]

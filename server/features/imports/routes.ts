import { wrongType } from '../../http/problems.ts'
import { type Feature, route } from '../../http/registry.ts'
import { engagementRef } from '../engagements/reads.ts'
import { previewScan } from './preview-scan.ts'

export const importRoutes: Feature = () => [
  route('PUT /api/engagements/:engagementId/imports/preview', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('finding.submit') },
    async handle({ work, on, file }) {
      if (file === undefined) throw wrongType('application/octet-stream')
      return { later: () => previewScan(work, on['params.engagementId'], file) }
    },
  }),
]

import { type Feature, route } from '../../http/registry.ts'
import { viewSealing } from './view-sealing.ts'

export const sealingRoutes: Feature = () => [
  route('GET /api/sealing', {
    access: 'sealing.manage',
    references: {},
    handle: async ({ work }) => viewSealing(work),
  }),
]

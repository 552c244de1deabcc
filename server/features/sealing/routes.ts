import { type Feature, route } from '../../http/registry.ts'
import { orderRotation } from './order-rotation.ts'
import { viewSealing } from './view-sealing.ts'

export const sealingRoutes: Feature = () => [
  route('GET /api/sealing', {
    access: 'sealing.manage',
    references: {},
    handle: ({ work }) => viewSealing(work),
  }),
  route('POST /api/sealing/rotations', {
    access: 'sealing.manage',
    references: {},
    async handle({ work, body }) {
      await orderRotation(work, body)
      return viewSealing(work)
    },
  }),
]

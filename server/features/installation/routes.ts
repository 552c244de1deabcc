import { type Feature, route } from '../../http/registry.ts'
import { look } from './look.ts'

export const installationRoutes: Feature = () => [
  route('GET /api/installation', {
    access: 'installation.read',
    references: {},
    // After the transaction, because a first look asks the database itself.
    handle: async ({ work: { deps } }) => ({ later: async () => deps.condition.seen ?? (await look(deps)) }),
  }),
]

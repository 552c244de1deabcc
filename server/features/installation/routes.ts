import { type Feature, route } from '../../http/registry.ts'
import { look } from './look.ts'
import { moveEngagements } from './move-engagements.ts'

export const installationRoutes: Feature = () => [
  route('GET /api/installation', {
    access: 'installation.read',
    references: {},
    // After the transaction, because a first look asks the database itself.
    handle: async ({ work: { deps } }) => ({ later: async () => deps.condition.seen ?? (await look(deps)) }),
  }),
  route('POST /api/installation/nodes/:node/departures', {
    access: 'nodes.keep',
    references: {},
    async handle({ work, params, body }) {
      await moveEngagements(work, Number(params.node), body.to)
      return { later: () => look(work.deps) }
    },
  }),
]

import { type Feature, route } from '../../http/registry.ts'
import { viewState } from './view-state.ts'

export const ledgerRoutes: Feature = () => [
  route('GET /api/ledger/state', {
    access: 'ledger.read',
    references: {},
    handle: ({ work }) => viewState(work),
  }),
]

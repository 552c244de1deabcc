import { type Feature, checkedBy, route } from '../../http/registry.ts'
import { searchEntries } from './search-entries.ts'
import { viewState } from './view-state.ts'

export const ledgerRoutes: Feature = () => [
  route('GET /api/ledger/entries', {
    access: 'ledger.read',
    references: { 'query.engagementId': checkedBy('search-entries: a filter under the row policies') },
    handle: ({ work, query }) => searchEntries(work, query),
  }),
  route('GET /api/ledger/state', {
    access: 'ledger.read',
    references: {},
    handle: ({ work }) => viewState(work),
  }),
]

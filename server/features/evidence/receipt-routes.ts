import { type Feature, route } from '../../http/registry.ts'
import { consistencyFrom, eventRef, myReceipts, receiptOf } from './receipts.ts'

export const receiptRoutes: Feature = () => [
  route('GET /api/receipts', {
    access: 'ledger.read',
    references: {},
    handle: ({ work, query }) => myReceipts(work, query),
  }),
  route('GET /api/receipts/:eventId', {
    access: 'ledger.read',
    references: { 'params.eventId': eventRef },
    handle: ({ work, on }) => receiptOf(work, on['params.eventId']),
  }),
  route('GET /api/ledger/consistency', {
    access: 'ledger.read',
    references: {},
    handle: ({ work, query }) => consistencyFrom(work, query.from),
  }),
]

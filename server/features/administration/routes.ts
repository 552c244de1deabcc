import { type Feature, checkedBy, route } from '../../http/registry.ts'
import { listRecord } from './list-record.ts'
import { changeSeparation, viewSeparation } from './separation.ts'

export const administrationRoutes: Feature = () => [
  route('GET /api/separation', {
    access: 'members.read',
    references: {},
    handle: ({ work }) => viewSeparation(work),
  }),
  route('PUT /api/separation', {
    access: 'separation.rules',
    references: {},
    handle: ({ work, body }) => changeSeparation(work, body),
  }),
  route('GET /api/administration-record', {
    access: 'administration.read',
    references: { 'query.personId': checkedBy('list-record: a filter under the row policies') },
    handle: ({ work, query }) => listRecord(work, query),
  }),
]

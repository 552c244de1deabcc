import { type Feature, route } from '../../http/registry.ts'
import { inSystemWork } from '../../work/work.ts'
import { recordOf } from './answers.ts'
import { closeAccount } from './close-account.ts'
import { readOwnData } from './own-data.ts'

/** What is held about oneself, to look at, to take along, and to end. */
export const personalDataRoutes: Feature = () => [
  route('GET /api/account/data', {
    access: 'signed_in',
    references: {},
    handle: ({ work }) => work.asSystem(() => readOwnData(work, work.actor.personId, false)),
  }),
  route('POST /api/account/data/export', {
    access: 'signed_in',
    references: {},
    async handle({ work }) {
      const { deps, actor } = work
      recordOf(work, 'personal_data.exported', actor.personId)
      return { later: () => inSystemWork(deps, (after) => readOwnData(after, actor.personId, true)) }
    },
  }),
  route('POST /api/account/closure', {
    access: 'signed_in',
    references: {},
    async handle({ work, body, setLogin }) {
      await closeAccount(work, body.login)
      setLogin(null)
    },
  }),
]

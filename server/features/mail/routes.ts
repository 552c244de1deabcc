import { type Feature, route } from '../../http/registry.ts'
import { throttle } from '../../sign-in/throttle.ts'
import { inWork } from '../../work/work.ts'
import { chooseMail, dropAddress, giveAddress, ownMail, tryCode, wrongCode } from './own-address.ts'

export const mailRoutes: Feature = (deps) => [
  route('GET /api/account/mail', {
    access: 'signed_in',
    references: {},
    handle: ({ work }) => ownMail(work),
  }),
  route('PUT /api/account/mail', {
    access: 'signed_in',
    references: {},
    // Each one sends a mail to somebody who may not have asked for it.
    before: (caller) => throttle(deps, caller.address, `mail of ${caller.login?.account ?? ''}`),
    handle: ({ work, body }) => giveAddress(work, body.address),
  }),
  route('POST /api/account/mail/confirmation', {
    access: 'signed_in',
    references: {},
    before: (caller) => throttle(deps, caller.address, `mail code of ${caller.login?.account ?? ''}`),
    async handle({ work, body }) {
      const right = await tryCode(work, body.code)
      // The try stays counted, so the refusal comes after its commit.
      return {
        later: async () => {
          if (!right) throw wrongCode()
          return inWork(deps, work.actor, ownMail)
        },
      }
    },
  }),
  route('PUT /api/account/mail/choices', {
    access: 'signed_in',
    references: {},
    handle: ({ work, body }) => chooseMail(work, body.without),
  }),
  route('DELETE /api/account/mail', {
    access: 'signed_in',
    references: {},
    handle: ({ work }) => dropAddress(work),
  }),
]

import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import { type Feature, type Reference, route } from '../../http/registry.ts'
import { beginLogin, rotateLogin } from '../../sign-in/logins.ts'
import {
  addPasskey,
  passkeyShown,
  passkeysWork,
  passkeyToAdd,
  passkeyToShow,
  type Shown,
} from '../../sign-in/passkeys.ts'
import { tellOwner } from '../../sign-in/security-notices.ts'
import { throttle } from '../../sign-in/throttle.ts'
import type { Deps } from '../../work/deps.ts'
import type { Work } from '../../work/work.ts'
import { loginOf, recordOf, refuseAfter, signedIn } from './answers.ts'
import { factorAdded, factorEnded, keepAFactor } from './factor-routes.ts'

const ownPasskey: Reference<{ id: string }> = {
  about: 'passkey of mine',
  async load(work, id) {
    const row = await work.db
      .selectFrom('passkeys')
      .select('id')
      .where('id', '=', id)
      .where('person_id', '=', work.actor.personId)
      .where('ended_at', 'is', null)
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

const badPasskey = (): Problem =>
  new Problem(
    'refused',
    say('通行密钥未被接受，请重试或改用其他方式', 'the passkey was not accepted; try again or use another way'),
    {
      rule: 'PASSKEY-1',
    },
  )

/** Passkeys: signing in with them, confirming with them, and the list of one's own. */
export const passkeyRoutes: Feature = (deps) => [
  route('POST /api/sign-in/passkey/options', {
    access: 'public',
    references: {},
    async handle({ work }) {
      offered(deps)
      return { options: await passkeyToShow(work, 'passkey_sign_in') }
    },
  }),
  route('POST /api/sign-in/passkey', {
    access: 'public',
    references: {},
    async handle({ work, body, caller, setLogin }) {
      offered(deps)
      const shown = await passkeyShown(work, 'passkey_sign_in', body.credential)
      const refused = await refusedPasskey(work, shown)
      if (refused || !shown) return refuseAfter(refused ?? badPasskey())
      const begun = await beginLogin(work, shown.personId, caller, { method: 'passkey', strong: true })
      setLogin(begun)
      return signedIn(work, shown.personId, begun.waitsFor)
    },
  }),
  route('POST /api/step-up/passkey/options', {
    access: 'signed_in',
    whileWaiting: ['enrolment', 'new_password'],
    references: {},
    async handle({ work }) {
      offered(deps)
      return { options: await passkeyToShow(work, 'passkey_step_up') }
    },
  }),
  route('POST /api/step-up/passkey', {
    access: 'signed_in',
    whileWaiting: ['enrolment', 'new_password'],
    references: {},
    async handle({ work, body, caller, setLogin }) {
      offered(deps)
      const shown = await passkeyShown(work, 'passkey_step_up', body.credential)
      const refused = await refusedPasskey(work, shown)
      if (refused) return refuseAfter(refused)
      setLogin({ token: await rotateLogin(work, loginOf(caller).loginId, true) })
      recordOf(work, 'step_up.done', work.actor.personId, { method: 'passkey' })
    },
  }),
  route('POST /api/account/passkeys/options', {
    access: 'signed_in',
    whileWaiting: ['enrolment'],
    references: {},
    async handle({ work, caller }) {
      offered(deps)
      return { options: await passkeyToAdd(work, loginOf(caller).account) }
    },
  }),
  route('POST /api/account/passkeys', {
    access: 'signed_in',
    whileWaiting: ['enrolment'],
    references: {},
    before: (caller) => throttle(deps, caller.address, 'passkey-added'),
    async handle({ work, body, caller, setLogin }) {
      offered(deps)
      if ((await addPasskey(work, body.name, body.credential)) === null) {
        recordOf(work, 'passkey.refused', work.actor.personId)
        return refuseAfter(badPasskey())
      }
      return factorAdded(work, caller, setLogin, 'passkey.added')
    },
  }),
  route('PATCH /api/account/passkeys/:passkeyId', {
    access: 'signed_in',
    references: { 'params.passkeyId': ownPasskey },
    async handle({ work, body, on }) {
      await work.db
        .updateTable('passkeys')
        .set({ name: body.name })
        .where('id', '=', on['params.passkeyId'].id)
        .execute()
      recordOf(work, 'passkey.renamed', work.actor.personId, { passkeyId: on['params.passkeyId'].id })
    },
  }),
  route('DELETE /api/account/passkeys/:passkeyId', {
    access: 'signed_in',
    references: { 'params.passkeyId': ownPasskey },
    async handle({ work, on }) {
      const { length } = await work.db
        .selectFrom('passkeys')
        .select('id')
        .where('person_id', '=', work.actor.personId)
        .where('ended_at', 'is', null)
        .execute()
      await keepAFactor(work, 'passkey', length)
      await work.db
        .updateTable('passkeys')
        .set({ ended_at: work.now })
        .where('id', '=', on['params.passkeyId'].id)
        .execute()
      await factorEnded(work, 'passkey.removed')
    },
  }),
]

/** Records why a shown passkey does not count; null when it does. */
async function refusedPasskey(work: Work, shown: Shown | null): Promise<Problem | null> {
  if (shown && !shown.copied) return null
  recordOf(work, 'passkey.refused', shown?.personId ?? null, shown ? { passkeyId: shown.passkeyId, copied: true } : {})
  if (shown) await tellOwner(work, shown.personId, 'passkey_copied')
  return badPasskey()
}

function offered(deps: Deps): void {
  if (!passkeysWork(deps.settings))
    throw new Problem(
      'refused',
      say(
        '此地址不支持通行密钥：须使用 https 域名或 localhost 访问',
        'passkeys do not work at this address: they need a name over https, or localhost',
      ),
      { rule: 'PASSKEY-2' },
    )
}

import { isIP } from 'node:net'
import {
  type AuthenticationResponseJSON,
  type AuthenticatorTransport,
  type RegistrationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { minutes } from '@zhongheng/domain/shared/clock.ts'
import type { Settings } from '../main/settings.ts'
import type { Work } from '../work/work.ts'
import { type CeremonyKind, beginCeremony, endCeremony } from './ceremonies.ts'

/** A passkey's answer, as the contract lets it in; the library checks every part of it. */
export type Credential = { readonly id: string; readonly response: { readonly [name: string]: unknown } }

const life = minutes(5)
const site = (settings: Settings): URL => new URL(settings.publicUrl)

/** Browsers give passkeys to names over https, and to localhost; never to bare addresses. */
export function passkeysWork(settings: Settings): boolean {
  const { hostname, protocol } = site(settings)
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return false
  return protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost')
}

/** What the browser is asked for to make a passkey: one that it finds by itself, and that checks its user. */
export async function passkeyToAdd(work: Work, account: string): Promise<Record<string, unknown>> {
  const { actor } = work
  const earlier = await work.asSystem((db) =>
    db
      .selectFrom('passkeys')
      .select(['credential_id', 'transports'])
      .where('person_id', '=', actor.personId)
      .where('ended_at', 'is', null)
      .execute(),
  )
  return options(
    await generateRegistrationOptions({
      rpName: '众衡 Zhongheng',
      rpID: site(work.deps.settings).hostname,
      userName: account,
      userDisplayName: actor.name,
      userID: new Uint8Array(Buffer.from(actor.personId)),
      challenge: challengeFor(work, 'passkey_added', actor.personId),
      attestationType: 'none',
      excludeCredentials: earlier.map((one) => ({
        id: one.credential_id,
        transports: one.transports as AuthenticatorTransport[],
      })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    }),
  )
}

/** Keeps the passkey that the browser made. @returns its id; null when the answer does not hold */
export async function addPasskey(work: Work, name: string, given: Credential): Promise<string | null> {
  const { personId, orgId } = work.actor
  const verified = await verifyRegistrationResponse({
    response: given as unknown as RegistrationResponseJSON,
    ...expected(work, 'passkey_added', personId),
  }).catch(() => null)
  if (!verified?.verified || !verified.registrationInfo) return null
  const { credential, credentialBackedUp } = verified.registrationInfo
  const id = work.newId('passkey')
  await work.asSystem((db) =>
    db
      .insertInto('passkeys')
      .values({
        id,
        person_id: personId,
        org_id: orgId,
        credential_id: credential.id,
        public_key: Buffer.from(credential.publicKey),
        counter: credential.counter,
        transports: credential.transports ?? [],
        synced: credentialBackedUp,
        name,
        created_at: work.now,
        last_used_at: null,
        ended_at: null,
      })
      .execute(),
  )
  return id
}

/** What the browser is asked for to show a passkey: anybody's to sign in, one's own to confirm. */
export async function passkeyToShow(
  work: Work,
  kind: 'passkey_sign_in' | 'passkey_step_up',
): Promise<Record<string, unknown>> {
  return options(
    await generateAuthenticationOptions({
      rpID: site(work.deps.settings).hostname,
      challenge: challengeFor(work, kind, kind === 'passkey_step_up' ? work.actor.personId : ''),
      userVerification: 'required',
    }),
  )
}

/** Whose passkey was shown; or that it is a copy, whose counter lags behind; or null when the answer does not hold. */
export type Shown = { readonly personId: string; readonly passkeyId: string; readonly copied: boolean }

/** Checks a passkey's answer: signature, origin, site, user check, counter, and a challenge of ours that counts once. */
export async function passkeyShown(
  work: Work,
  kind: 'passkey_sign_in' | 'passkey_step_up',
  given: Credential,
): Promise<Shown | null> {
  const owner = kind === 'passkey_step_up' ? work.actor.personId : ''
  const row = await work.asSystem((db) =>
    db
      .selectFrom('passkeys')
      .innerJoin('persons', 'persons.id', 'passkeys.person_id')
      .selectAll('passkeys')
      .where('credential_id', '=', given.id)
      .where('ended_at', 'is', null)
      .where('persons.state', '=', 'active')
      .forUpdate('passkeys')
      .executeTakeFirst(),
  )
  if (!row || (owner !== '' && row.person_id !== owner)) return null
  const handle = given.response['userHandle']
  if (typeof handle === 'string' && Buffer.from(handle, 'base64url').toString() !== row.person_id) return null
  const stored = Number(row.counter)
  const verified = await verifyAuthenticationResponse({
    response: given as unknown as AuthenticationResponseJSON,
    ...expected(work, kind, owner),
    credential: {
      id: row.credential_id,
      publicKey: new Uint8Array(row.public_key),
      // The counter is compared below, where a copy can be told from a wrong signature.
      counter: 0,
      transports: row.transports as AuthenticatorTransport[],
    },
  }).catch(() => null)
  if (!verified?.verified) return null
  const { newCounter } = verified.authenticationInfo
  const copied = (newCounter > 0 || stored > 0) && newCounter <= stored
  if (!copied)
    await work.asSystem((db) =>
      db
        .updateTable('passkeys')
        .set({ counter: newCounter, last_used_at: work.now })
        .where('id', '=', row.id)
        .execute(),
    )
  return { personId: row.person_id, passkeyId: row.id, copied }
}

/** The ticket of a ceremony is the challenge: it comes back inside what the passkey signed. */
const challengeFor = (work: Work, kind: CeremonyKind, owner: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(beginCeremony(work, kind, owner, {}, life), 'base64url'))

const expected = (work: Work, kind: CeremonyKind, owner: string) => ({
  expectedChallenge: async (ticket: string) => (await endCeremony(work, kind, owner, ticket)) !== null,
  expectedOrigin: site(work.deps.settings).origin,
  expectedRPID: site(work.deps.settings).hostname,
  requireUserVerification: true,
})

const options = (made: object): Record<string, unknown> => ({ ...made })

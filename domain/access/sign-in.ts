import { days, minutes } from '../shared/clock.ts'
import { type Post, type Role, administratorPosts } from './actor.ts'

/** What a login may still wait for; while it does, it opens only the routes for that. */
export const loginWaits = ['second_factor', 'enrolment', 'new_password'] as const
export type LoginWait = (typeof loginWaits)[number]
/** How somebody showed who they are. A passkey counts as both factors: it is held, and it checks its user. */
export type SignInMethod = 'password' | 'passkey' | 'oidc' | 'invitation'

/** Step-up is fresh for this long (milliseconds). */
export const stepUpLife = minutes(5)

export type FactorRules = {
  /** The installation's own rule: real ones require a second factor of the posts that bind others, demos do not. */
  readonly installation: 'required' | 'optional'
  /** An organisation may ask more than the installation, never less. */
  readonly organisation: 'installation' | 'everybody'
}

/**
 * Whether this person must have a second factor: organizers and auditors, who see everybody's findings, and the posts
 * that bind or administer an organisation (GBT32914-5.7-c).
 */
export function secondFactorDemanded(
  person: { readonly orgKind: Role; readonly posts: readonly Post[] },
  rules: FactorRules,
): boolean {
  if (rules.organisation === 'everybody') return true
  if (rules.installation === 'optional') return false
  return (
    person.orgKind === 'organizer' ||
    person.orgKind === 'auditor' ||
    administratorPosts.some((post) => person.posts.includes(post)) ||
    person.posts.includes('signatory')
  )
}

export type Standing = {
  readonly method: SignInMethod
  /** Two factors were shown in this sign-in: a passkey, a code, or a provider that vouches for it. */
  readonly strong: boolean
  /** A one-time code or a passkey is enrolled. */
  readonly hasFactor: boolean
  readonly demanded: boolean
  readonly passwordSetAt: Date
  readonly passwordDays: number
}

/** What this login waits for next; null: nothing, it is whole. */
export function nextWait(standing: Standing, now: Date): LoginWait | null {
  if (!standing.strong && standing.hasFactor) return 'second_factor'
  if (!standing.strong && standing.demanded) return 'enrolment'
  const passwordEnds = standing.passwordSetAt.getTime() + days(standing.passwordDays)
  if (standing.method === 'password' && passwordEnds <= now.getTime()) return 'new_password'
  return null
}

/** Whether a re-authentication is recent enough for an act that demands it. */
export const isFresh = (steppedUpAt: Date | null, now: Date): boolean =>
  steppedUpAt !== null && now.getTime() - steppedUpAt.getTime() <= stepUpLife

import { open, seal } from '../sealing/seal.ts'
import { type Work, sha256 } from '../work/work.ts'

/** What the steps of one sign-in belong to: a ceremony begun for one purpose or person cannot be ended for another. */
export type CeremonyKind = 'passkey_added' | 'passkey_sign_in' | 'passkey_step_up' | 'oidc'

/**
 * Begins a ceremony: what must be remembered is sealed and travels with the browser, so that strangers who begin
 * ceremonies write nothing here. @returns the ticket, base64url
 */
export function beginCeremony(work: Work, kind: CeremonyKind, owner: string, memory: object, life: number): string {
  const until = work.now.getTime() + life
  return seal(work.deps.keys.house('ceremonies'), place(kind, owner), JSON.stringify({ until, memory })).toString(
    'base64url',
  )
}

/**
 * Ends it: once, in time, for the purpose and person it was begun for. The ticket is spent whatever comes of it, so the
 * caller refuses after the commit. @returns what was remembered; null when the ticket does not count
 */
export async function endCeremony(
  work: Work,
  kind: CeremonyKind,
  owner: string,
  ticket: string,
): Promise<object | null> {
  let kept: { until: number; memory: object }
  try {
    const bytes = open(work.deps.keys.house('ceremonies'), place(kind, owner), Buffer.from(ticket, 'base64url'))
    kept = JSON.parse(bytes.toString('utf8')) as typeof kept
  } catch {
    return null
  }
  if (kept.until <= work.now.getTime()) return null
  const spent = await work.asSystem((db) =>
    db
      .insertInto('spent_ceremonies')
      .values({ digest: sha256(ticket), expires_at: new Date(kept.until) })
      .onConflict((conflict) => conflict.doNothing())
      .returning('digest')
      .execute(),
  )
  return spent.length === 1 ? kept.memory : null
}

const place = (kind: CeremonyKind, owner: string) => ({ table: 'ceremonies', column: kind, row: owner })

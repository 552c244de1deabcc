import type { DecoyWay } from '@zhongheng/domain/findings/decoys.ts'
import { keyedDigest } from '../sealing/seal.ts'
import type { Work } from './work.ts'

type Place = {
  readonly id: string
  readonly engagement_id: string
  readonly demand_org_id: string
  readonly wrapped_key: Uint8Array
}

/** What the ledger says of a decoy: its id would tell whoever holds the files which findings are none. Null after the engagement’s disposal. */
export function decoyDigest(work: Pick<Work, 'deps'>, place: Place): string | null {
  const keys = work.deps.keys.engagement({ ...place, id: place.engagement_id })
  return keys === null ? null : keyedDigest(keys, `decoy ${place.id}`)
}

/** Writes down that this person came upon a decoy; in the commit of what they did. */
export async function recordOpening(work: Work, place: Place, way: DecoyWay): Promise<void> {
  const decoy = decoyDigest(work, place)
  if (decoy === null) return
  const event = work.record({
    kind: 'decoy.opened',
    // Under no engagement, so that no timeline and no pack of it holds the entry.
    engagementId: null,
    subject: null,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { decoy, engagementId: place.engagement_id, way },
  })
  // As the platform: whoever came upon it must not see that it is written down.
  await work.asSystem((db) =>
    db
      .insertInto('decoy_openings')
      .values({
        event_id: event,
        decoy_id: place.id,
        engagement_id: place.engagement_id,
        person_id: work.actor.personId,
        org_id: work.actor.orgId,
        way,
        at: work.now,
      })
      .execute(),
  )
}

/**
 * The same for each of these ids that is a decoy’s, whatever the request with it came to: nobody has one but from a list that shows it, or
 * from somebody who saw that. Also one that was taken away, and also of who may not see any.
 */
export async function recordNamed(work: Work, ids: readonly (string | undefined)[]): Promise<void> {
  const named = ids.filter((id): id is string => id?.startsWith('fnd_') === true)
  if (named.length === 0) return
  const found = await work.asSystem((db) =>
    db
      .selectFrom('decoys')
      .innerJoin('engagements', 'engagements.id', 'decoys.engagement_id')
      .select(['decoys.id', 'decoys.engagement_id', 'engagements.wrapped_key', 'engagements.demand_org_id'])
      .where('decoys.id', 'in', named)
      .execute(),
  )
  for (const place of found) await recordOpening(work, place, 'named')
}

import type { WitnessView } from '@zhongheng/contracts/http/witnesses.ts'
import type { Role } from '@zhongheng/domain/access/actor.ts'
import { fingerprint } from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { notFound } from '../../http/problems.ts'
import type { Work } from '../../work/work.ts'
import type { WitnessRow } from './seats.ts'

type Named = WitnessRow & { org_name: string | null; org_kind: string | null }

export const stateOf = (row: WitnessRow): WitnessView['state'] => {
  if (row.removed_at !== null) return 'removed'
  if (row.disagrees_since !== null) return 'disagrees'
  if (row.late_since !== null) return 'late'
  return row.last_at === null ? 'waiting' : 'good'
}

/** Every witness that this reader's row policies show, those at work first. */
export async function listWitnesses(work: Work): Promise<WitnessView[]> {
  const rows = await named(work).orderBy('removed_at', 'desc').orderBy('registered_at').limit(200).execute()
  return rows.map((row) => viewOf(work, row))
}

export async function viewWitness(work: Work, id: string): Promise<WitnessView> {
  const row = await named(work).where('witnesses.id', '=', id).executeTakeFirst()
  if (!row) throw notFound()
  return viewOf(work, row)
}

/** Witnesses at work of the given organisations, which may sit on an engagement's rule. */
export async function candidatesOf(work: Work, orgIds: readonly string[]): Promise<WitnessView[]> {
  if (orgIds.length === 0) return []
  const rows = await named(work)
    .where('witnesses.org_id', 'in', [...orgIds])
    .where('removed_at', 'is', null)
    .orderBy('registered_at')
    .execute()
  return rows.map((row) => viewOf(work, row))
}

const named = (work: Work) =>
  work.db
    .selectFrom('witnesses')
    .leftJoin('organisations', 'organisations.id', 'witnesses.org_id')
    .selectAll('witnesses')
    .select(['organisations.name as org_name', 'organisations.kind as org_kind'])

function viewOf(work: Work, row: Named): WitnessView {
  const { last_size: size, last_at: at } = row
  return {
    witnessId: row.id,
    name: row.name,
    orgName: row.org_name ?? '',
    orgKind: (row.org_kind ?? 'demand') as Role,
    mine: row.org_id === work.actor.orgId,
    verifierKey: row.verifier_key,
    fingerprint: fingerprint(nodeCrypto.sha256, Buffer.from(row.public_key, 'hex')),
    jurisdiction: row.jurisdiction,
    registeredAt: row.registered_at.toISOString(),
    removedAt: row.removed_at?.toISOString() ?? null,
    state: stateOf(row),
    lateSince: row.late_since?.toISOString() ?? null,
    disagrees:
      row.disagrees_since === null
        ? null
        : { since: row.disagrees_since.toISOString(), size: Number(row.disagrees_size ?? 0) },
    last: size === null || at === null ? null : { size: Number(size), at: at.toISOString() },
    lag: size === null ? null : Math.max(0, work.deps.ledger.size() - Number(size)),
  }
}

import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import type { PackSubject } from '@zhongheng/ledger/verify/pack/format.ts'
import type { Work } from '../../work/work.ts'

export type PackEntry = { readonly index: number; readonly leaf: LedgerLeaf }

/** Seals and commitments that the shown evidence hangs on, whatever else the pack is about. */
export type PackSupport = { readonly segments: readonly string[]; readonly exchanges: readonly string[] }

/**
 * The entries of a pack that have their place in the ledger and that this person's row policies show, in order.
 * @param support left out while it is not known yet what evidence there is
 */
export async function entriesOf(work: Work, about: PackSubject, support?: PackSupport): Promise<PackEntry[]> {
  const subjects = [...new Set([...(support?.segments ?? []), ...(support?.exchanges ?? [])])]
  let query = work.db
    .selectFrom('events')
    .select(['ledger_index', 'leaf'])
    .where('ledger_index', 'is not', null)
    .where('engagement_id', '=', about.engagementId)
    .orderBy('ledger_index')
  if (about.kind !== 'engagement')
    query = query.where((eb) => {
      const supports =
        subjects.length === 0
          ? eb.lit(false)
          : eb.and([eb('kind', 'in', ['segment.sealed', 'exchange.committed']), eb('subject', 'in', subjects)])
      if (about.kind === 'finding') return eb.or([eb('subject', '=', about.findingId), supports])
      return eb.or([
        eb.and([eb('at', '>=', new Date(about.from ?? 0)), eb('at', '<', new Date(about.to ?? 0))]),
        supports,
      ])
    })
  const rows = await query.execute()
  return rows.map((row) => ({ index: Number(row.ledger_index), leaf: JSON.parse(row.leaf) as LedgerLeaf }))
}

/** What the entries cite, submissions that were mended later included: the pack must hold or declare all of it. */
export function citedBy(entries: readonly PackEntry[]): string[] {
  const ids = entries
    .filter(({ leaf }) => leaf.kind === 'finding.submitted')
    .flatMap(({ leaf }) => (leaf.facts['cites'] as readonly { exchangeId: string }[]).map((cite) => cite.exchangeId))
  return [...new Set(ids)].sort()
}

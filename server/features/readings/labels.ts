import { decoyNumbers } from '../decoys/reads.ts'
import type { Work } from '../../work/work.ts'

type Lookup = (work: Work, ids: readonly string[]) => Promise<readonly { id: string; label: string }[]>

/** How what was read is called, by the prefix of its id; a new kind of object adds its line. */
const lookups: Readonly<Record<string, Lookup>> = {
  fnd: async (work, ids) => [
    ...(await work.db.selectFrom('findings').select(['id', 'number as label']).where('id', 'in', ids).execute()),
    ...(await decoyNumbers(work, ids)),
  ],
  // No path: it may hold what only a reading of the exchange shows.
  xch: async (work, ids) =>
    (
      await work.db
        .selectFrom('exchanges')
        .select(['id', 'sequence', 'method', 'host'])
        .where('id', 'in', ids)
        .execute()
    ).map(({ id, sequence, method, host }) => ({ id, label: `#${sequence} ${method} ${host}` })),
  // By its finding: its own name lies sealed.
  att: async (work, ids) =>
    work.db
      .selectFrom('attachments')
      .innerJoin('findings', 'findings.id', 'attachments.finding_id')
      .select(['attachments.id', 'findings.number as label'])
      .where('attachments.id', 'in', ids)
      .execute(),
  let: async (work, ids) =>
    work.db.selectFrom('letters').select(['id', 'number as label']).where('id', 'in', ids).execute(),
}

/**
 * Names of objects, one statement for each kind among them and under the reader's own row policies: what they may not know
 * of stays without a name.
 */
export async function labelsOf(work: Work, ids: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const [prefix, lookup] of Object.entries(lookups)) {
    const wanted = [...new Set(ids.filter((id) => id.startsWith(`${prefix}_`)))]
    if (wanted.length > 0) for (const { id, label } of await lookup(work, wanted)) found.set(id, label)
  }
  return found
}

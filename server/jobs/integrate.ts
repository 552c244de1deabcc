import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { urgencyOf, urgentByFacts } from '@zhongheng/domain/audit/checkpoints.ts'
import type { Log } from '@zhongheng/ledger/log/open-log.ts'
import type pg from 'pg'

/** Events of one append. One fsync and two statements are shared by so many. */
const batch = 2048
/** Leaf bytes of one append; a batch of the longest leaves stays far below what the log takes. */
const batchBytes = 16 << 20

/** Log and database contradict each other: one of them was put back to an earlier state, or changed. */
export class Contradiction extends Error {
  override readonly name = 'Contradiction'
}

/** Another server has taken the writing over since. */
export class Superseded extends Error {
  override readonly name = 'Superseded'
}

/** The writer's place in both worlds: the log, and the database through the very connection that holds the lock. */
export type Lead = { readonly log: Log; readonly client: pg.Client; readonly token: number }

export type Integrated = { readonly entries: number; readonly urgent: boolean }

/**
 * Brings one batch of committed events into the log, in the order of their numbers. The log is written first and durably;
 * only then the events get their index, in one statement that the fencing token guards. What a crash leaves between the
 * two is found again by `agree`.
 * @throws Superseded, LedgerError
 */
export async function integrateBatch({ log, client, token }: Lead): Promise<Integrated> {
  const { rows } = await client.query<{ seq: string; kind: string; leaf: string }>({
    name: 'events_waiting',
    text: `select seq, kind, leaf from events where ledger_index is null order by seq limit ${batch}`,
  })
  const leaves: Buffer[] = []
  let bytes = 0
  for (const { leaf } of rows) {
    const encoded = Buffer.from(leaf, 'utf8')
    bytes += encoded.length
    if (bytes > batchBytes && leaves.length > 0) break
    leaves.push(encoded)
  }
  if (leaves.length === 0) return { entries: 0, urgent: false }
  const taken = rows.slice(0, leaves.length)
  const { firstIndex } = await log.append(leaves)
  await giveIndexes(
    client,
    token,
    firstIndex,
    taken.map((row) => row.seq),
  )
  return {
    entries: taken.length,
    urgent: taken.some(({ kind, leaf }) => urgencyOf(kind, factsOf(kind, leaf)) !== null),
  }
}

const factsOf = (kind: string, leaf: string): LedgerLeaf['facts'] =>
  urgentByFacts(kind) ? (JSON.parse(leaf) as LedgerLeaf).facts : {}

/** @throws Superseded when the token is not ours any more: not one row is touched then */
async function giveIndexes(client: pg.Client, token: number, first: number, seqs: readonly string[]): Promise<void> {
  const { rowCount } = await client.query({
    name: 'events_entered',
    text: `with mine as materialized (select 1 from ledger_state where token = $1 for share)
      update events set ledger_index = $2::bigint + place.n - 1
      from unnest($3::bigint[]) with ordinality place (seq, n), mine
      where events.seq = place.seq and events.ledger_index is null`,
    values: [token, first, seqs],
  })
  if (rowCount === seqs.length) return
  const { rows } = await client.query<{ token: string }>('select token from ledger_state')
  if (rows[0]?.token !== String(token)) throw new Superseded(`token ${token} is not the newest any more`)
  throw new Contradiction(
    `${seqs.length} entries were written from ${first}, but only ${rowCount} of their events had no place yet; run heng fsck`,
  )
}

/**
 * Makes log and database agree after a start or a change of writer. Entries that the log has and the database gives no
 * place to are those of an append whose indexes were not given before a crash: they are found by their ids.
 * @throws Contradiction when one of the two was put back to an earlier state, or they hold different things
 */
export async function agree({ log, client, token }: Lead): Promise<void> {
  const { size } = log
  const known = await client.query<{ next: string }>('select coalesce(max(ledger_index) + 1, 0) as next from events')
  const next = Number(known.rows[0]?.next ?? 0)
  if (next > size)
    throw new Contradiction(
      `the ledger has ${size} entries, the database gives places up to ${next}: the ledger was put back to an earlier state; see docs/guides/ledger-restore.md`,
    )
  if (next > 0) {
    const last = await client.query<{ leaf: string }>('select leaf from events where ledger_index = $1', [next - 1])
    if (last.rows[0]?.leaf !== textOf(await log.entry(next - 1)))
      throw new Contradiction(
        `entry ${next - 1} of the ledger is not the event that the database gives this place; see docs/guides/ledger-restore.md`,
      )
  }
  for (let first = next; first < size; ) {
    const count = Math.min(batch, size - first)
    const texts: string[] = []
    for (let at = 0; at < count; at++) texts.push(textOf(await log.entry(first + at)))
    const found = await client.query<{ seq: string }>(
      `select events.seq from unnest($1::text[], $2::text[]) with ordinality entry (id, leaf, n)
        join events on events.id = entry.id and events.leaf = entry.leaf and events.ledger_index is null order by entry.n`,
      [texts.map(idOf), texts],
    )
    if (found.rows.length !== count)
      throw new Contradiction(
        `the ledger has ${size} entries, the database knows ${next}: the database was put back to an earlier state; see docs/guides/ledger-restore.md`,
      )
    await giveIndexes(
      client,
      token,
      first,
      found.rows.map((row) => row.seq),
    )
    first += count
  }
}

const textOf = (entry: Uint8Array): string => Buffer.from(entry).toString('utf8')

/** An entry's own id; entries that are not of this platform's making have none. */
function idOf(text: string): string {
  try {
    const { id } = JSON.parse(text) as Partial<LedgerLeaf>
    return id ?? ''
  } catch {
    return ''
  }
}

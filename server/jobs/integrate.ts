import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { urgencyOf, urgentByFacts } from '@zhongheng/domain/audit/checkpoints.ts'
import type { Log } from '@zhongheng/ledger/log/open-log.ts'
import type pg from 'pg'
import { Contradiction, type Divergence, type Mark } from './divergence.ts'

/** Events of one append. One fsync and two statements are shared by so many. */
const batch = 2048
/** Leaf bytes of one append; a batch of the longest leaves stays far below what the log takes. */
const batchBytes = 16 << 20

/** Another server has taken the writing over since. */
export class Superseded extends Error {
  override readonly name = 'Superseded'
}

/** The writer's place in both worlds: the log, and the database through the very connection that holds the lock. */
export type Lead = { readonly log: Log; readonly client: pg.Client; readonly token: number }

export type Integrated = { readonly entries: number; readonly urgent: boolean }

/**
 * Has the connection find what waits through the index of what waits. Left to choose, the planner prefers the index of
 * places, which until the next vacuum also holds every event that ever waited: each batch then reads them all again.
 */
export const readInOrder = async (client: pg.Client): Promise<void> => {
  await client.query('set enable_bitmapscan = off; set enable_sort = off')
}

/**
 * Brings one batch of committed events into the log, in the order of their numbers. The log is written first and durably;
 * only then the events get their index, in one statement that the fencing token guards. What a crash leaves between the
 * two is found again by `agree`.
 * @throws Superseded, Contradiction, LedgerError
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
  const places = taken.map((row, at) => ({ seq: row.seq, place: firstIndex + at }))
  await givePlaces(client, token, places)
  return {
    entries: taken.length,
    urgent: taken.some(({ kind, leaf }) => urgencyOf(kind, factsOf(kind, leaf)) !== null),
  }
}

const factsOf = (kind: string, leaf: string): LedgerLeaf['facts'] =>
  urgentByFacts(kind) ? (JSON.parse(leaf) as LedgerLeaf).facts : {}

/** @throws Superseded when the token is not ours any more: not one row is touched then */
async function givePlaces(
  client: pg.Client,
  token: number,
  places: readonly { readonly seq: string; readonly place: number }[],
): Promise<void> {
  const { rowCount } = await client.query({
    name: 'events_entered',
    text: `with mine as materialized (select 1 from ledger_state where token = $1 for share)
      update events set ledger_index = entered.place
      from unnest($2::bigint[], $3::bigint[]) entered (seq, place), mine
      where events.seq = entered.seq and events.ledger_index is null`,
    values: [token, places.map(({ seq }) => seq), places.map(({ place }) => place)],
  })
  if (rowCount === places.length) return
  const { rows } = await client.query<{ token: string }>('select token from ledger_state')
  if (rows[0]?.token !== String(token)) throw new Superseded(`token ${token} is not the newest any more`)
  const place = places[0]?.place ?? 0
  throw new Contradiction({
    kind: 'differ',
    ledger: place + places.length,
    database: place,
    first: place,
    lost: 0,
    mark: null,
  })
}

/**
 * Makes log and database agree after a start or a change of writer. Entries that the log has and the database gives no
 * place to are those of an append whose places were not given before a crash: they are found by their ids.
 * @param mark what was published last, noted outside of both
 * @throws Contradiction when one of the two was put back to an earlier state, or they hold different things
 */
export async function agree(lead: Lead, mark: Mark | null): Promise<void> {
  const { log, client } = lead
  const database = await nextPlace(client)
  const ledger = log.size
  const diverge = (kind: Divergence['kind'], first: number, lost: number): Contradiction =>
    new Contradiction({ kind, ledger, database, first, lost, mark })
  if (database > ledger) throw diverge('ledger_behind', ledger, database - ledger)
  await mustHoldTheSame(lead, database, (first) => diverge('differ', first, 0))
  if (mark !== null && mark.size > ledger) throw diverge('both_behind', ledger, mark.size - ledger)
  if (mark !== null && Buffer.from(await log.rootAt(mark.size)).toString('hex') !== mark.root)
    throw diverge('differ', mark.size, 0)
  const { unknown } = await findPlaces(lead, database)
  if (unknown > 0) throw diverge('database_behind', database, unknown)
}

/** The first place that the database has given neither to an event nor up as lost. */
export async function nextPlace(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ next: string }>(
    `select greatest((select coalesce(max(ledger_index) + 1, 0) from events),
      (select coalesce(max(gap_end), 0) from ledger_restores)) as next`,
  )
  return Number(rows[0]?.next ?? 0)
}

/** The last place that both know must be the same thing. */
async function mustHoldTheSame(
  { log, client }: Lead,
  next: number,
  contradiction: (first: number) => Error,
): Promise<void> {
  const { rows } = await client.query<{ place: string; leaf: string }>(
    'select ledger_index as place, leaf from events where ledger_index < $1 order by ledger_index desc limit 1',
    [next],
  )
  const [last] = rows
  if (last !== undefined && last.leaf !== textOf(await log.entry(Number(last.place))))
    throw contradiction(Number(last.place))
}

/**
 * Gives the log's entries from `first` on to the events that they are, by id and text.
 * @param despite gives places also where not all are found; else a batch with an unknown entry gives none
 * @returns how many entries no event was found for, and the first of them
 */
export async function findPlaces(
  { log, client, token }: Lead,
  first: number,
  despite = false,
): Promise<{ unknown: number; firstUnknown: number }> {
  let unknown = 0
  let firstUnknown = log.size
  for (let from = first; from < log.size; from += batch) {
    const count = Math.min(batch, log.size - from)
    const texts: string[] = []
    for (let at = 0; at < count; at++) texts.push(textOf(await log.entry(from + at)))
    const { rows } = await client.query<{ seq: string; n: string }>(
      `select events.seq, entry.n from unnest($1::text[], $2::text[]) with ordinality entry (id, leaf, n)
        join events on events.id = entry.id and events.leaf = entry.leaf and events.ledger_index is null order by entry.n`,
      [texts.map(idOf), texts],
    )
    const places = rows.map(({ seq, n }) => ({ seq, place: from + Number(n) - 1 }))
    if (places.length < count) {
      const known = new Set(places.map(({ place }) => place))
      for (let place = from; place < from + count; place++)
        if (!known.has(place)) firstUnknown = Math.min(firstUnknown, place)
      unknown += count - places.length
    }
    if (unknown === 0 || despite) await givePlaces(client, token, places)
  }
  return { unknown, firstUnknown }
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

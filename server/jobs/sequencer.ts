import { hostname } from 'node:os'
import { checkpointDue, restatementDue } from '@zhongheng/domain/audit/checkpoints.ts'
import type pg from 'pg'
import { type Listener, listenTo } from '../database/listen.ts'
import type { LedgerPort } from '../ports/ledger.ts'
import { LedgerError } from '@zhongheng/ledger/log/ledger-error.ts'
import { Contradiction } from './divergence.ts'
import { agree, integrateBatch, type Lead, readInOrder } from './integrate.ts'
import { acceptRestore, type AcceptedRestore, forgetRequest, readRequest } from './restore.ts'

/** Session lock of the one server that integrates. */
const lock = 727_003
/** A server that is not heard of for so long loses its connection, and with it the lock: paused, swapped out, cut off. */
const silence = '4s'
const channels = { events: 'zh_events', published: 'zh_published', wanted: 'zh_checkpoint_wanted' } as const
/** How often a server looks whether the lock is free, and whether a checkpoint is due. */
const lookMs = 250
const heartbeatMs = 1000
/**
 * Least time between the beginnings of two turns that enter something. A lone commit is entered at once; of a stream of
 * them, those within this time share one turn and its waits for the disk, which would else hold up the very requests that
 * commit. A look that finds nothing counts for nothing.
 */
const turnMs = 500

export type SequencerDeps = {
  readonly settings: { readonly databaseUrl: string }
  readonly ledger: LedgerPort
  /** Records a restore from backup that somebody answers for. */
  readonly recordRestore: (what: AcceptedRestore) => Promise<void>
}

/**
 * Takes the writing of the log over: the lock, the next fencing token, the log itself, and agreement of both.
 * @returns null while another server holds the lock
 * @throws Contradiction, LedgerError
 */
async function takeLead(deps: SequencerDeps, client: pg.Client): Promise<Lead | null> {
  const { ledger } = deps
  const asked = await client.query<{ got: boolean }>(`select pg_try_advisory_lock(${lock}) as got`)
  if (asked.rows[0]?.got !== true) return null
  try {
    await client.query(`set role zh_system; set idle_session_timeout = '${silence}'`)
    await readInOrder(client)
    const { rows } = await client.query<{ token: string }>(
      'update ledger_state set token = greatest(token, $1::bigint) + 1, holder = $2, since = now() returning token',
      [await ledger.writing.lastToken(), `${hostname()}/${process.pid}`],
    )
    const token = Number(rows[0]?.token)
    const lead: Lead = { log: await ledger.writing.take(token), client, token }
    await agreeOrAccept(deps, lead)
    await client.query('update ledger_state set fault = null where fault is not null')
    return lead
  } catch (error) {
    await noteFault(client, error)
    // Perhaps another server can do what this one cannot.
    await release(ledger, client)
    throw error
  }
}

/** Most restores are one contradiction; a ledger and a database of different days are two. */
const mostAccepted = 3

/** @throws Contradiction unless it is a restore for which somebody answers */
async function agreeOrAccept({ ledger, recordRestore }: SequencerDeps, lead: Lead): Promise<void> {
  for (let accepted = 0; ; accepted++) {
    try {
      await agree(lead, await ledger.writing.mark())
      return await forgetRequest(ledger)
    } catch (error) {
      const request = error instanceof Contradiction && accepted < mostAccepted ? await readRequest(ledger) : null
      if (!(error instanceof Contradiction) || request === null) throw error
      await acceptRestore(lead, error.divergence, request.reason, recordRestore)
      if (error.divergence.kind === 'both_behind') await ledger.writing.publish()
    }
  }
}

/** The ledger page says why nothing is integrated. */
async function noteFault(client: pg.Client, error: unknown): Promise<void> {
  if (!(error instanceof Contradiction || error instanceof LedgerError) || isTakeOver(error)) return
  const fault = { kind: error instanceof Contradiction ? error.divergence.kind : error.code, what: error.text }
  await client.query('update ledger_state set fault = $1 where fault is distinct from $1::jsonb', [
    JSON.stringify(fault),
  ])
}

/** Another server is at work: no fault of the ledger. */
const isTakeOver = (error: Error): boolean => error instanceof LedgerError && error.code === 'fenced'

async function release(ledger: LedgerPort, client: pg.Client): Promise<void> {
  await ledger.writing.giveBack()
  // On a connection that is gone the lock is gone too.
  await client.query('select pg_advisory_unlock_all()').catch(() => undefined)
}

/**
 * Enters everything committed into the ledger and publishes it: for tests and tools that run no sequencer.
 * @returns how many entries were made @throws Contradiction, LedgerError, Error while a server holds the lock
 */
export async function integrateNow(deps: SequencerDeps): Promise<number> {
  const listener = await listenTo(
    deps.settings.databaseUrl,
    [],
    () => undefined,
    () => undefined,
  )
  const client = listener.client()
  try {
    if (client === null) throw new Error('the database is not there')
    const lead = await takeLead(deps, client)
    if (lead === null) throw new Error('another server integrates')
    let done = 0
    for (let more = -1; more !== 0; done += more) more = (await integrateBatch(lead)).entries
    await deps.ledger.writing.publish()
    return done
  } finally {
    if (client !== null) await release(deps.ledger, client)
    await listener.stop()
  }
}

/** The sequencer's loop in one server: leading or waiting for its turn. */
class Sequencer {
  readonly #deps: SequencerDeps
  readonly #onFault: (error: unknown) => void
  #lead: Lead | null = null
  #listener: Listener | null = null
  #running: Promise<void> | null = null
  #again = false
  #stopped = false
  /** Never: what the writer before left unsigned is published in the first turn. */
  #publishedAt = -Infinity
  #urgent = false
  #turnedAt = -Infinity
  #later: NodeJS.Timeout | undefined

  constructor(deps: SequencerDeps, onFault: (error: unknown) => void) {
    this.#deps = deps
    this.#onFault = onFault
  }

  async start(): Promise<() => Promise<void>> {
    const { settings, ledger } = this.#deps
    this.#listener = await listenTo(
      settings.databaseUrl,
      Object.values(channels),
      (notice) => this.#hear(notice),
      this.#onFault,
    )
    ledger.writing.onWanted(() => {
      this.#listener?.client()?.query(`select pg_notify('${channels.wanted}', '')`).catch(this.#onFault)
    })
    const look = setInterval(() => this.#wake(), lookMs)
    // Apart from the work: a long recovery must not look like a dead server.
    const beat = setInterval(() => {
      this.#lead?.client.query('select 1').catch(() => undefined)
    }, heartbeatMs)
    this.#wake()
    return async () => {
      this.#stopped = true
      clearInterval(look)
      clearInterval(beat)
      clearTimeout(this.#later)
      await this.#running
      await this.#resign()
      await this.#listener?.stop()
    }
  }

  #hear(channel: string | null): void {
    if (channel === channels.wanted) this.#urgent = true
    this.#wake()
  }

  #wake(): void {
    if (this.#stopped) return
    if (this.#running !== null) {
      this.#again = true
      return
    }
    const early = this.#turnedAt + turnMs - performance.now()
    // Somebody waits for a checkpoint: at once.
    if (early > 0 && !this.#urgent) {
      this.#later ??= setTimeout(() => {
        this.#later = undefined
        this.#wake()
      }, early)
      return
    }
    const begun = performance.now()
    this.#running = this.#turn()
      .then((entered) => {
        if (entered) this.#turnedAt = begun
      })
      .catch(async (error: unknown) => {
        await this.#resign().catch(this.#onFault)
        this.#onFault(error)
        // A contradiction stays one: trying again at once would only fill the log.
        await new Promise((resolve) => setTimeout(resolve, heartbeatMs))
      })
      .finally(() => {
        this.#running = null
        if (!this.#again) return
        this.#again = false
        this.#wake()
      })
  }

  /** @returns whether anything was entered */
  async #turn(): Promise<boolean> {
    const { ledger } = this.#deps
    const client = this.#listener?.client() ?? null
    // The lock ended with its connection: somebody else may hold it by now.
    if (this.#lead !== null && this.#lead.client !== client) await this.#resign()
    if (client === null) return false
    this.#lead ??= await takeLead(this.#deps, client)
    if (this.#lead === null) {
      await ledger.writing.refresh()
      return false
    }
    let entered = false
    for (let more = -1; more !== 0 && !this.#stopped; ) {
      const { entries, urgent } = await integrateBatch(this.#lead)
      more = entries
      entered ||= entries > 0
      this.#urgent ||= urgent
      await this.#publish(this.#lead)
    }
    return entered
  }

  async #publish({ log, client }: Lead): Promise<void> {
    const { ledger } = this.#deps
    const news = log.size - ledger.size()
    const sinceMs = performance.now() - this.#publishedAt
    const restates = restatementDue({ size: ledger.size(), news, sinceMs })
    if (!restates && !checkpointDue({ news, sinceMs, urgent: this.#urgent })) return
    this.#urgent = false
    // A key that cannot sign just now is asked again after the same time, not at every look.
    if (restates) this.#publishedAt = performance.now()
    await ledger.writing.publish(restates ? 'anew' : undefined)
    this.#publishedAt = performance.now()
    await client.query(`select pg_notify('${channels.published}', '')`)
  }

  async #resign(): Promise<void> {
    const lead = this.#lead
    this.#lead = null
    if (lead === null) return this.#deps.ledger.writing.giveBack()
    await release(this.#deps.ledger, lead.client)
  }
}

/**
 * Runs the one writer of the ledger: on every commit that wrote events, and four times a second in case a notice was
 * missed. Of several servers the one with the lock integrates; the others show what it publishes. A server that falls
 * silent loses the lock, and the fencing token of the next one keeps it from writing when it comes back.
 * @returns stops it and gives the log back
 */
export const startSequencer = (deps: SequencerDeps, onFault: (error: unknown) => void): Promise<() => Promise<void>> =>
  new Sequencer(deps, onFault).start()

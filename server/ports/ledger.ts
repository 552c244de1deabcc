import type { Log } from '@zhongheng/ledger/log/open-log.ts'
import type { Signer } from '@zhongheng/ledger/log/signer.ts'
import type { LedgerKeys } from '../signing/ledger-keys.ts'

/**
 * The ledger as features see it: what is published, that is, under the newest checkpoint. The same in every server of an
 * installation; the one writer is `jobs/sequencer.ts` of one of them.
 */
export type LedgerPort = {
  readonly origin: string
  /** The newest of the keys that signed the newest checkpoint, as one line, for `heng verify --key`. */
  readonly verifierKey: string
  /** Number of entries under the newest checkpoint. */
  size(): number
  /** Hex Merkle root of the newest checkpoint. */
  root(): string
  /** The newest checkpoint: a signed note. */
  checkpoint(): string
  /** When it was signed; null before the first. */
  checkpointAt(): Date | null
  /** Hex audit path of entry `index` in the tree of `size` entries. @throws RangeError outside of the tree */
  inclusionProof(index: number, size: number): Promise<string[]>
  /** Hex proof that the tree of `size1` entries (at least one) is the beginning of that of `size2`. @throws LedgerError outside of the tree */
  consistencyProof(size1: number, size2: number): Promise<string[]>
  /** The keys that sign it, now and before. */
  readonly keys: LedgerKeys
  /**
   * `keys.json` over the newest checkpoint; the published one where a key cannot sign just now. Undefined where the log
   * does not speak of its keys yet.
   */
  keysFile(): Promise<Uint8Array | undefined>
  /** What things are proved from; key and signer are those of the newest checkpoint. */
  readonly forPacks: {
    readonly log: Pick<Log, 'entry' | 'inclusionProof' | 'consistencyProof'>
    readonly logKey: Uint8Array
    readonly signer: Signer
  }
  /**
   * What an evidence pack under the head of `size` entries is written from: a key that signed that head; who signs the
   * manifest now, which another key may do that the ledger announced; and the entries that have to be in it for that.
   */
  forPackAt(size: number): Promise<{
    readonly log: LedgerPort['forPacks']['log']
    readonly logKey: Uint8Array
    readonly signer: Signer
    readonly entries: readonly number[]
    readonly keyHistory?: Uint8Array
  }>
  /**
   * Asks for a checkpoint over what is integrated now, instead of waiting for the next one, and waits for it a moment.
   * Answers also where none came (no server integrates just then): compare `size` with what you need.
   * @param index of the entry that is to be covered; nothing is asked where it is already
   */
  cover(index: number): Promise<void>
  /** For the sequencer alone. */
  readonly writing: LedgerWriting
  close(): Promise<void>
}

/** How the sequencer takes the log, writes it and gives it back. */
export type LedgerWriting = {
  /** Folder of the log. */
  readonly folder: string
  /** Highest fencing token that the log was ever claimed with. */
  lastToken(): Promise<number>
  /**
   * Opens the log for writing and puts any earlier writer aside. Nothing is signed before `publish`: until log and
   * database agree, what the newest entries say about keys is not known. @throws LedgerError fenced, damaged, rollback
   */
  take(token: number): Promise<Log>
  /**
   * Signs and publishes a head over everything durable, and notes it as the mark; `anew` also where nothing was added.
   * @throws LedgerError, KeyError
   */
  publish(anew?: 'anew'): Promise<void>
  /**
   * The head that was published last, as noted in a file outside of ledger and database: a restore of either, or of both
   * from one backup, shows against it. Null where there is none. @throws LedgerError rollback when it is not this log's
   */
  mark(): Promise<{ readonly size: number; readonly root: string } | null>
  /** Reads the published head anew, after another server's checkpoint. @throws LedgerError rollback */
  refresh(): Promise<void>
  /** Stops writing, if this server does. */
  giveBack(): Promise<void>
  /** Called when somebody wants a checkpoint and this server does not write. */
  onWanted(ask: () => void): void
}

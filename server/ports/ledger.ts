import type { Log } from '@zhongheng/ledger/log/open-log.ts'
import type { Signer } from '@zhongheng/ledger/log/signer.ts'

/** The ledger as features see it. The one writer is `jobs/sequencer.ts`. */
export type LedgerPort = {
  readonly origin: string
  /** The log's public key as one line, for `heng verify --key`. */
  readonly verifierKey: string
  /** Number of entries that are durable and under the newest checkpoint. */
  size(): number
  /** Hex Merkle root of the newest checkpoint. */
  root(): string
  /** The newest checkpoint: a signed note. */
  checkpoint(): string
  /** Hex audit path of entry `index` in the tree of `size` entries. @throws RangeError outside of the tree */
  inclusionProof(index: number, size: number): Promise<string[]>
  /** Hex proof that the tree of `size2` entries goes on from that of `size1`. @throws RangeError outside of the tree */
  consistencyProof(size1: number, size2: number): Promise<string[]>
  /** What an evidence pack is written from. */
  readonly forPacks: {
    readonly log: Pick<Log, 'entry' | 'inclusionProof' | 'consistencyProof'>
    readonly logKey: Uint8Array
    readonly signer: Signer
  }
  /** Appends leaves durably in order; answers the new size. Only the sequencer calls it. */
  append(leaves: readonly Uint8Array[]): Promise<number>
  close(): Promise<void>
}

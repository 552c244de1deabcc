import type { ExchangeEnd, ExchangeHead } from '@zhongheng/contracts/records/capture.ts'

/** The gateway's way to the recorder. Nothing may pass the gateway while it is not `ready`. */
export interface Recorder {
  /** False while no recorder is connected or it refuses writing (disk full): the gateway must then let nothing pass. */
  readonly ready: boolean
  /** Why not ready, for the refusal page. */
  readonly why: string | null
  /** Begins an exchange. */
  open(head: ExchangeHead): Tap
  /** Records a refusal whole. Resolves when the recorder has it. */
  refuse(head: ExchangeHead, end: ExchangeEnd): Promise<void>
  onLost(listener: () => void): void
  close(): Promise<void>
}

/** One exchange on its way into the record. */
export interface Tap {
  /** Raw bytes as sent by the tester (head and body). Copies or retains the buffer; the caller does not change it. */
  requestBytes(chunk: Uint8Array): void
  responseBytes(chunk: Uint8Array): void
  /** Resolves when everything given so far was written by the recorder (acknowledged). Rejects when the recorder is lost. */
  written(): Promise<void>
  /** True when the buffer toward the recorder is over its high-water mark; then await written() before reading more. */
  readonly pressed: boolean
  end(end: ExchangeEnd): Promise<void>
}

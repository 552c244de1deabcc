import type { ExchangeEnd, ExchangeHead } from '@zhongheng/contracts/records/capture.ts'
import type { Recorder, Tap } from '../taps/tap.ts'

export type Recorded = {
  readonly head: ExchangeHead
  readonly request: Buffer[]
  readonly response: Buffer[]
  requestBytes: number
  responseBytes: number
  end: ExchangeEnd | null
}

/** A recorder in memory for tests: can be slow, can be lost, and can keep counts instead of bytes. */
export class MemoryRecorder implements Recorder {
  readonly exchanges: Recorded[] = []
  readonly refusals: { head: ExchangeHead; end: ExchangeEnd }[] = []
  keepBytes = true
  ready = true
  why: string | null = null
  /** Acknowledgements wait for this. */
  gate: Promise<void> = Promise.resolve()
  readonly #listeners: (() => void)[] = []

  open(head: ExchangeHead): Tap {
    const recorded: Recorded = { head, request: [], response: [], requestBytes: 0, responseBytes: 0, end: null }
    this.exchanges.push(recorded)
    const written = async (): Promise<void> => {
      await this.gate
      if (!this.ready) throw new Error('recorder lost')
    }
    return {
      pressed: false,
      requestBytes: (chunk) => {
        recorded.requestBytes += chunk.length
        if (this.keepBytes) recorded.request.push(Buffer.from(chunk))
      },
      responseBytes: (chunk) => {
        recorded.responseBytes += chunk.length
        if (this.keepBytes) recorded.response.push(Buffer.from(chunk))
      },
      written,
      end: async (end) => {
        recorded.end = end
        await written()
      },
    }
  }

  async refuse(head: ExchangeHead, end: ExchangeEnd): Promise<void> {
    this.refusals.push({ head, end })
    await this.gate
  }

  onLost(listener: () => void): void {
    this.#listeners.push(listener)
  }

  lose(): void {
    this.ready = false
    this.why = 'gone'
    for (const listener of this.#listeners) listener()
  }

  async close(): Promise<void> {
    this.ready = false
  }
}

export const requestText = (recorded: Recorded | undefined): string =>
  Buffer.concat(recorded?.request ?? []).toString('latin1')
export const responseText = (recorded: Recorded | undefined): string =>
  Buffer.concat(recorded?.response ?? []).toString('latin1')

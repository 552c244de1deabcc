import type { ExchangeNote } from '@zhongheng/contracts/records/capture.ts'
import type { Upstream } from '../upstream.ts'
import { frameTypes } from './frames.ts'
import { Session, type SessionFault, type SessionOwner } from './session.ts'
import type { Stream } from './stream.ts'

/** The connection to the target that belongs to one tester's connection. */
export class TargetSide implements SessionOwner {
  readonly upstream: Upstream
  readonly session: Session
  /** What the target did wrong, once it has. */
  broken: SessionFault | null = null
  /** Frames that were not passed on, since an exchange last told of them. */
  readonly notes = new Set<ExchangeNote>()
  readonly #changed: (side: TargetSide) => void
  readonly #onFault: (fault: SessionFault) => void
  #reserved = 0

  constructor(
    upstream: Upstream,
    now: () => number,
    changed: (side: TargetSide) => void,
    onFault: (fault: SessionFault) => void,
  ) {
    this.upstream = upstream
    this.#changed = changed
    this.#onFault = onFault
    this.session = new Session(upstream.socket, 'client', this, now)
    this.session.feed(upstream.inflow.detach())
  }

  /** Whether the target has said what it allows, and there is room for one more request. */
  get ready(): boolean {
    const { session } = this
    return session.remote.settled && session.usable && session.open + this.#reserved < session.remote.concurrentStreams
  }

  reserve(): void {
    this.#reserved++
  }

  release(): void {
    this.#reserved--
    this.#changed(this)
  }

  opened(stream: Stream): void {
    stream.discard()
  }

  fault(fault: SessionFault): void {
    this.broken = fault
    this.#onFault(fault)
  }

  changed(): void {
    this.#changed(this)
  }

  /** Another origin or another way to the target is for the tester's tool to ask for, by a request of its own. */
  extension(type: number): void {
    if (type === frameTypes.altsvc) this.notes.add('altsvc_frame')
    else if (type === frameTypes.origin) this.notes.add('origin_frame')
  }
}

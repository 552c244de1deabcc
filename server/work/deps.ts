import type { Clock } from '@zhongheng/domain/shared/clock.ts'
import type { OpenDatabase } from '../database/open.ts'
import type { Egress } from '../egress/egress.ts'
import type { Settings } from '../main/settings.ts'
import type { DocumentPress } from '../ports/documents.ts'
import type { Examiner } from '../ports/examiner.ts'
import type { GatewayPort } from '../ports/gateway.ts'
import type { IdentityService } from '../ports/identity.ts'
import type { LedgerPort } from '../ports/ledger.ts'
import type { MailPort } from '../ports/mail.ts'
import type { OwnershipVerifier } from '../ports/ownership.ts'
import type { RecorderPort } from '../ports/recorder.ts'
import type { RowFeed } from '../ports/row-feed.ts'
import type { KeyRing } from '../sealing/keys.ts'
import type { Condition } from './condition.ts'
import type { Node } from './nodes.ts'

/** Everything a use case may reach besides its transaction. Handed in, so that tests choose. */
export type Deps = {
  readonly settings: Settings
  readonly database: OpenDatabase
  readonly keys: KeyRing
  readonly gateway: GatewayPort
  readonly recorder: RecorderPort
  /** Where the index takes rows from; without it the recorder is asked. */
  readonly rows?: RowFeed
  /** Gateways and recorders besides the first; ask `work/nodes.ts`. */
  readonly nodes?: readonly Node[]
  readonly ledger: LedgerPort
  readonly documents: DocumentPress
  readonly examiner: Examiner
  readonly ownership: OwnershipVerifier
  readonly egress: Egress
  readonly identity: IdentityService
  readonly mail: MailPort
  /** What this server remembers of the installation's condition. */
  readonly condition: Condition
  /** Tests and drills only; without it database time decides. */
  readonly clock?: Clock
}

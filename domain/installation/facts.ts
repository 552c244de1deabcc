import type { Text } from '../shared/problem.ts'

/** What the platform sees of itself at a moment. Nothing of findings, traffic or people; times are ISO 8601. */
export type InstallationFacts = {
  readonly keys: {
    readonly keeper: { readonly kind: 'file' | 'passphrase' | 'token' } | ShareKeeper
    readonly suite: string
    /** Of the newest key-encryption key. */
    readonly version: number
    /** Why the rotation under way does not come on. */
    readonly rotationFault: Text | null
  }
  /** The last one that `heng backup` ended on this machine. */
  readonly backup: BackupFacts | null
  /** Null: the look at them did not come back. */
  readonly disks: readonly DiskFacts[] | null
  /** Null: it does not answer. */
  readonly database: DatabaseFacts | null
  /** When the database last failed to answer since this server began, and answered again. */
  readonly databaseAway: { readonly from: string; readonly to: string | null } | null
  readonly gateway: GatewayFacts | null
  readonly recorder: RecorderFacts | null
  /** Nodes besides number 0, whose gateway and recorder stand above; none where there is one. */
  readonly nodes: readonly NodeFacts[]
  readonly firstNode: Pick<NodeFacts, 'address' | 'engagements'>
  /** The last time the recorder refused to write since this server began. */
  readonly recorderRefused: { readonly at: string; readonly why: string } | null
  readonly ledger: LedgerFacts | null
  /** Null: no mail is sent. */
  readonly mail: MailFacts | null
  /** Newest first. */
  readonly jobs: readonly JobFault[]
  readonly versions: {
    readonly product: string
    readonly node: string
    readonly startedAt: string
  }
}

type ShareKeeper = { readonly kind: 'shares'; readonly needed: number; readonly of: number }

export type BackupFacts = {
  readonly madeAt: string
  readonly bytes: number
  /** When all of it was read back and compared, on this machine. */
  readonly checkedAt: string | null
}

export const places = ['data', 'database', 'recordings', 'ledger', 'attachments', 'packs', 'logs', 'temporary'] as const
export type Place = (typeof places)[number]

export type DiskFacts = {
  readonly place: Place
  readonly path: string
  /** Null: it is there and cannot be read. */
  readonly room: { readonly freeBytes: number; readonly totalBytes: number; readonly writable: boolean } | null
}

export type DatabaseFacts = {
  readonly version: string
  /** The newest step of its form. */
  readonly step: string
  /** Steps of this version that it has not taken, and steps that this version does not know. */
  readonly waiting: number
  readonly unknown: number
  /** Its clock minus that of the server, in milliseconds. */
  readonly clockMs: number
}

export type GatewayFacts = {
  readonly policySequence: number | null
  readonly policyExpiresAt: string | null
  readonly recorder: 'connected' | 'absent'
  readonly openConnections: number
  /** Its clock minus that of the server, in milliseconds; null from a version that does not say. */
  readonly clockMs: number | null
}

export type RecorderFacts = {
  readonly state: 'recording' | 'full' | 'failed' | 'stopping'
  readonly why: string | null
  readonly freeBytes: number
  readonly reserveBytes: number
  /** Exchanges that it finished and that the index does not have yet. */
  readonly lag: number
  readonly withoutKey: number
  readonly damaged: number
  /** Where finished segments go to rest; null where they stay with the recorder. */
  readonly store: StoreFacts | null
  /** The bus between recorder and index; null where the recorder is asked. */
  readonly bus: BusFacts | null
}

export type NodeFacts = {
  readonly number: number
  /** `host:port` for testers. */
  readonly address: string
  /** Engagements that it serves. */
  readonly engagements: number
  readonly gateway: GatewayFacts | null
  readonly recorder: RecorderFacts | null
}

export type BusFacts = {
  /** Addresses without credentials. */
  readonly place: string
  /** Exchanges that the recorder finished and the bus does not have. */
  readonly waiting: number
  /** Messages that no recorder of ours made, since the server began. */
  readonly refused: number
  /** At the recorder or at the server; the index takes the rows from the recorder meanwhile. */
  readonly failing: { readonly since: string; readonly why: string } | null
}

export type StoreFacts = {
  /** A path, or an address without credentials. */
  readonly place: string
  /** Sealed segments that are not there yet, and when the oldest of them was sealed. */
  readonly waiting: number
  readonly waitingSince: string | null
  /** Segments that stay with the recorder because what lies here or there is not what was sealed. */
  readonly stuck: number
  readonly failing: { readonly since: string; readonly why: string } | null
}

export type LedgerFacts = {
  readonly size: number
  readonly checkpointAt: string | null
  /** Time of the oldest event that is in no checkpoint yet. */
  readonly waitingSince: string | null
  readonly fault: Text | null
  readonly scrubbedAt: string | null
  readonly damage: { readonly file: string; readonly what: Text } | null
}

export type MailFacts = {
  readonly waiting: number
  readonly sentAt: string | null
  /** The mail that has failed longest and goes on being tried. */
  readonly failing: { readonly tries: number; readonly since: string; readonly what: string } | null
}

/** Work without a person that can fail. */
export const jobNames = [
  'sequencer',
  'policy',
  'traffic',
  'words',
  'conduct',
  'alerts',
  'mail',
  'clock',
  'packs',
  'sweep',
  'scrub',
  'disposals',
  'rotations',
  'witnesses',
  'time_stamps',
  'condition',
  'other',
] as const
export type JobName = (typeof jobNames)[number]

export type JobFault = {
  readonly job: JobName
  readonly at: string
  /** How often since this server began. */
  readonly times: number
  /** Kind and code of the fault. Never its message: that may hold what somebody wrote. */
  readonly what: Text
}

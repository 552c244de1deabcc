/**
 * What every document carries. All times are ISO 8601 in UTC; they are printed in `zone` with the offset beside them.
 * Fields named `…Markdown` hold Markdown, every other text is printed letter for letter.
 */
export type Locale = 'zh-CN' | 'en'

/** Where the document stands in the ledger. Printed on the cover; position and check code on the foot of each page. */
export type Anchor = {
  /** Number of ledger entries the document was made from. */
  readonly position: number
  /** Hex Merkle root at that position. */
  readonly root: string
  readonly checkCode: string
  /** Address at which anybody may check the code. */
  readonly verifyAt: string
}

/**
 * A number and where it comes from: a query with its parameters, or a named set of records. Printed as a number with
 * a mark; the annex "figures and their sources" lists every mark.
 */
export type Figure = { readonly value: number; readonly source: string }

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info'

/** From worst to mildest; the order of every table and chart. */
export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const satisfies readonly Severity[]

/** A span of time. `to` may be absent only where a span is still open (a pause, a lease). */
export type Span = { readonly from: string; readonly to: string }

/** One signature as it is printed. */
export type Signature = {
  readonly name: string
  readonly organization: string
  /** What the person signs as, e.g. "需求方授权代表". */
  readonly capacity: string
  readonly signedAt: string
  /** Fingerprint of the key that signed, e.g. `SHA256:…`. */
  readonly keyFingerprint: string
}

/** Fields common to all documents. */
export type Sheet = {
  readonly locale: Locale
  /** When the document was made; also the file's creation time. Same model, same bytes. */
  readonly issuedAt: string
  /** IANA zone in which times are printed, e.g. `Asia/Shanghai`. */
  readonly zone: string
  readonly anchor: Anchor
  /** Organisation printed in the header. */
  readonly organization: string
  /** Classification mark printed in the header, e.g. `内部` or `商密★3年`; handed in, never invented. */
  readonly classification: string
  /** The document's own number. */
  readonly number: string
  readonly engagement: { readonly number: string; readonly title: string }
  /** Empty while the document is a draft; the cover then says so. */
  readonly signatures: readonly Signature[]
  /** The mark of the reader for whom this copy is printed. Never in what is signed: those bytes are the same for everybody. */
  readonly copy?: string
}

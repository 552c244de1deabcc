/**
 * What the gateway tells the recorder of one exchange, and what the recorder tells everybody else.
 * Digests are lower-case hex SHA-256. Times are ISO 8601 in UTC with milliseconds.
 */
export type ExchangeHead = {
  readonly exchangeId: string
  readonly engagementId: string
  readonly leaseId: string
  readonly testerId: string
  /** `http` one request and its answer; `tunnel` a CONNECT that was not looked into: bytes (scheme tcp) or metadata (https); `refusal` nothing left the gateway. */
  readonly kind: 'http' | 'websocket' | 'tunnel' | 'refusal'
  readonly startedAt: string
  readonly scheme: 'http' | 'https' | 'tcp'
  readonly host: string
  readonly port: number
  /** The address that was dialled; absent for a refusal before resolution. */
  readonly address?: string
  readonly method: string
  /** Path and query exactly as sent. */
  readonly path: string
  /** Of a tunnel whose TLS was passed on closed: what its hello said in the clear. */
  readonly hello?: { readonly serverName: string; readonly alpn: readonly string[] }
  /** Whether the target's certificate was checked good; absent without TLS. */
  readonly targetVerified?: boolean
  /** Why not, in OpenSSL's or Node's word, e.g. `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly targetFault?: string
  /** The source address that the target saw, where the engagement chose one. */
  readonly egress?: string
  readonly policyDigest: string
  /**
   * `2`: both sides are recorded as frames of HTTP/2, see `http2-side.ts`. Absent: the bytes of HTTP/1, whose head says
   * which, or of a tunnel.
   */
  readonly httpVersion?: '2'
  /** For `refusal`: which rule spoke. */
  readonly refusal?: {
    readonly code: string
    readonly rule: string
    readonly detail: string
    readonly detailZh?: string
  }
}

export type ExchangeEnd = {
  readonly finishedAt: string
  /** Status code the tester received; 0 when the exchange broke before one came. */
  readonly status: number
  readonly outcome: 'complete' | 'client_gone' | 'target_gone' | 'stopped' | 'refused'
  readonly contentType?: string
  /** What the gateway took out of the answer, or found in it pointing elsewhere. */
  readonly notes?: readonly ExchangeNote[]
  /** Of a tunnel that was passed on closed: how much went each way. Its bytes are not recorded. */
  readonly carried?: Carried
}

export type Carried = {
  readonly requestBytes: number
  readonly responseBytes: number
  /** Pieces as they were read from each side. */
  readonly requestChunks: number
  readonly responseChunks: number
}

/**
 * `altsvc_frame` and `origin_frame`: a frame that names another origin or way was not passed on. `alt_svc_header`: a header
 * names another way to the target; it was passed on, and following it is a request of its own.
 */
export const exchangeNotes = ['altsvc_frame', 'origin_frame', 'alt_svc_header'] as const
export type ExchangeNote = (typeof exchangeNotes)[number]

/** One line of the index: what lists show. The recorder computes sizes and digests itself, over what it wrote. */
export type ExchangeRow = ExchangeHead &
  ExchangeEnd & {
    /** Position in the recorder's feed; grows by one with every finished exchange, without gaps. */
    readonly sequence: number
    readonly segmentId: string
    readonly requestBytes: number
    readonly responseBytes: number
    /** SHA-256 of salt + bytes; the salt is kept in the sealed record, so that erasing it makes the digest meaningless. */
    readonly requestDigest: string
    readonly responseDigest: string
    /**
     * Present when the gateway never told the end and the recorder closed the exchange itself: outcome is `target_gone`, the
     * status is that of the answer in the record (0: none came), and the bytes are those that had arrived. Whether the tester got
     * them is not known. A gap is declared, never hidden.
     */
    readonly recovered?: 'gateway_lost' | 'recorder_lost' | 'recorder_stopped'
  }

/** A closed segment file. `root` is the RFC 6962 Merkle root over the `exchangeLeaf` of each of its exchanges, in order. */
export type SegmentSeal = {
  readonly segmentId: string
  readonly engagementId: string
  readonly exchanges: number
  readonly firstSequence: number
  readonly lastSequence: number
  readonly bytes: number
  readonly sha256: string
  readonly root: string
  readonly sealedAt: string
}

/** The leaf that stands for one exchange in its segment's Merkle tree: canonical JSON of these members. */
export type ExchangeLeaf = {
  readonly exchangeId: string
  readonly engagementId: string
  readonly leaseId: string
  readonly sequence: number
  readonly startedAt: string
  readonly finishedAt: string
  readonly status: number
  readonly requestDigest: string
  readonly responseDigest: string
  readonly policyDigest: string
}

/** Everything needed to prove one exchange to a stranger: `GET /engagements/:id/exchanges/:exchangeId/proof`. */
export type ExchangeProof = {
  readonly leaf: ExchangeLeaf
  readonly segment: SegmentSeal
  readonly leafIndex: number
  /** Hex hashes, RFC 6962 audit path. */
  readonly path: readonly string[]
  /** Hex salts of the two digests. */
  readonly requestSalt: string
  readonly responseSalt: string
}

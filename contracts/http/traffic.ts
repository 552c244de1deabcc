import { z } from 'zod'
import { exchangeNotes } from '../records/capture.ts'
import { captureFormatNames, captureFormats } from '../records/capture-formats.ts'
import { DisposalNote } from './retention.ts'
import { Digest, type HttpContract, Moment, Paging, ReaderMark, idOf, lineOf } from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })
const oneExchange = inEngagement.extend({ exchangeId: idOf('exchange') })

/** Which exchanges; the list, the search and the exports take the same. */
const exchangeFilter = {
  search: lineOf(0, 200).optional(),
  host: lineOf(0, 253).optional(),
  method: lineOf(0, 20).optional(),
  status: z.coerce.number().int().min(0).max(999).optional(),
  /** First digit of the status. */
  statusClass: z.enum(['1', '2', '3', '4', '5']).optional(),
  /** Beginning of the path. */
  path: lineOf(0, 500).optional(),
  kind: z.enum(['http', 'websocket', 'tunnel', 'refusal']).optional(),
  /** Bytes of the answer. */
  minBytes: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  maxBytes: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  from: Moment.optional(),
  to: Moment.optional(),
  testerId: idOf('person').optional(),
  verdict: z.enum(['passed', 'refused']).optional(),
  /** Only rows with a higher sequence: for following live. */
  since: z.coerce.number().int().min(0).optional(),
}

/** What an export holds, and as what. */
export const CapturesQuery = z.strictObject({
  format: z.enum(captureFormatNames),
  ...exchangeFilter,
  /** No rows with a higher sequence than this. */
  until: z.coerce.number().int().min(0).optional(),
  /** Only these sequences, with commas between them. */
  only: z
    .string()
    .regex(/^\d{1,15}(,\d{1,15}){0,199}$/)
    .optional(),
})

export type CapturesQuery = z.output<typeof CapturesQuery>

export const ExchangeRowView = z
  .strictObject({
    exchangeId: idOf('exchange'),
    sequence: z.number().int(),
    kind: z.enum(['http', 'websocket', 'tunnel', 'refusal']),
    startedAt: Moment,
    durationMs: z.number().int(),
    testerId: idOf('person'),
    testerName: z.string(),
    leaseId: idOf('lease'),
    method: z.string(),
    scheme: z.string(),
    host: z.string(),
    port: z.number().int(),
    path: z.string(),
    status: z.number().int(),
    outcome: z.string(),
    requestBytes: z.number().int(),
    responseBytes: z.number().int(),
    contentType: z.string().nullable(),
    /** `detail` in English; `detailZh` in Chinese, absent in older records. */
    refusal: z
      .strictObject({ code: z.string(), rule: z.string(), detail: z.string(), detailZh: z.string().optional() })
      .nullable(),
    /** Of a tunnel that was not looked into; `carried` where its bytes are not recorded either. */
    tunnel: z
      .strictObject({
        serverName: z.string().nullable(),
        alpn: z.array(z.string()),
        carried: z
          .strictObject({
            requestBytes: z.number().int(),
            responseBytes: z.number().int(),
            requestChunks: z.number().int(),
            responseChunks: z.number().int(),
          })
          .nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'Exchange' })
export type ExchangeRowView = z.infer<typeof ExchangeRowView>

/** One side as people read it. */
const Side = z.strictObject({
  /** For HTTP/2 a first line in the manner of HTTP/1, then every field as recorded, pseudo-header fields included. */
  head: z.string(),
  /** Heads with status 1xx that came before it, of HTTP/2. */
  informational: z.string(),
  /** Of HTTP/2; in HTTP/1 they stand in the chunked body. */
  trailers: z.string(),
  body: z.string(),
  bodyBytes: z.number().int(),
  cut: z.boolean(),
  binary: z.boolean(),
})

/** The body of one side as it was meant to be read, where that differs from the bytes as sent. */
const Content = z.strictObject({
  /** What was taken off: chunks, packings, a charset. */
  codings: z.array(z.string()),
  /** The first 65,536 characters; null where nothing was taken off or the content is no text. */
  text: z.string().nullable(),
  cut: z.boolean(),
  /** A picture by its first bytes, of at most 1 MiB. */
  image: z
    .strictObject({ type: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']), base64: z.string() })
    .nullable(),
})

export const ExchangePage = ExchangeRowView.extend({
  mark: ReaderMark,
  /** Where both sides were destroyed: they are empty then, and digests and places in the ledger stay. */
  disposed: DisposalNote.nullable(),
  address: z.string().nullable(),
  targetVerified: z.boolean().nullable(),
  /** `2` where frames of HTTP/2 were recorded; null for HTTP/1 and tunnels. */
  httpVersion: z.enum(['2']).nullable(),
  /** What the gateway took out of the answer, or found in it pointing elsewhere. */
  notes: z.array(z.enum(exchangeNotes)),
  /** Why the target's certificate did not verify. */
  targetFault: z.string().nullable(),
  /** The source address that the target saw, where the engagement chose one. */
  egress: z.string().nullable(),
  policyDigest: Digest,
  requestDigest: Digest,
  responseDigest: Digest,
  segmentId: idOf('segment'),
  /** Ledger entry of the segment that holds it; null until the segment is sealed. */
  ledgerIndex: z.number().int().nullable(),
  citedBy: z.array(z.strictObject({ findingId: idOf('finding'), number: z.string() })),
  /** Head and the first 64 KiB of each side, as text (Latin-1 where not UTF-8); the whole is a download. */
  request: Side,
  response: Side,
  content: z.strictObject({ request: Content, response: Content }),
  /** Of a WebSocket: the first 200 frames of each side, masks and packing taken off, 4 KiB of each. */
  frames: z
    .array(
      z.strictObject({
        from: z.enum(['tester', 'target']),
        opcode: z.number().int(),
        final: z.boolean(),
        /** As on the wire. */
        bytes: z.number(),
        text: z.string().nullable(),
        hex: z.string().nullable(),
        cut: z.boolean(),
      }),
    )
    .nullable(),
  /** Empty where there is none, and in a masked view of what somebody else sent. */
  curl: z.string(),
  /** Secrets and personal numbers hidden in this view; 0 where they are shown. */
  masked: z.number().int(),
}).meta({ id: 'ExchangePage' })
export type ExchangePage = z.infer<typeof ExchangePage>

export const SegmentView = z
  .strictObject({
    segmentId: idOf('segment'),
    exchanges: z.number().int(),
    firstSequence: z.number().int(),
    lastSequence: z.number().int(),
    bytes: z.number().int(),
    sha256: Digest,
    root: Digest,
    sealedAt: Moment,
    /** The entry `segment.sealed` as it stands in the ledger; its place is null for the moment before it is there. */
    leaf: z.string(),
    ledgerIndex: z.number().int().nullable(),
  })
  .meta({ id: 'Segment' })
export type SegmentView = z.infer<typeof SegmentView>

/** One exchange as the root of its segment commits to it; the engagement is that of the path. */
export const SegmentLeaf = z
  .strictObject({
    exchangeId: idOf('exchange'),
    leaseId: idOf('lease'),
    sequence: z.number().int(),
    startedAt: Moment,
    finishedAt: Moment,
    status: z.number().int(),
    requestDigest: Digest,
    responseDigest: Digest,
    policyDigest: Digest,
  })
  .meta({ id: 'SegmentLeaf' })
export type SegmentLeaf = z.infer<typeof SegmentLeaf>

export const CoverageView = z
  .strictObject({
    /** Included lines of the scope in force, in the owner's order; `enforced` is false for what only the letter says. */
    objects: z.array(
      z.strictObject({
        rowId: z.string(),
        asset: z.string(),
        enforced: z.boolean(),
        passed: z.number().int(),
        testers: z.array(z.strictObject({ testerId: idOf('person'), passed: z.number().int() })),
      }),
    ),
    /** The most visited places, by tester; numbers in paths are taken as one. `rowId` is null outside of the scope. */
    places: z.array(
      z.strictObject({
        rowId: z.string().nullable(),
        scheme: z.string(),
        host: z.string(),
        port: z.number().int(),
        path: z.string(),
        testerId: idOf('person'),
        passed: z.number().int(),
        refused: z.number().int(),
        lastAt: Moment,
      }),
    ),
    testers: z.array(z.strictObject({ testerId: idOf('person'), name: z.string() })),
    /** There are more places than are shown. */
    more: z.boolean(),
  })
  .meta({ id: 'Coverage' })
export type CoverageView = z.infer<typeof CoverageView>

export const trafficHttp = {
  'GET /api/engagements/:engagementId/exchanges': {
    summary: 'Recorded exchanges, newest first; a tester sees only their own',
    params: inEngagement,
    query: z.strictObject({
      ...exchangeFilter,
      /** Words in heads and text bodies; of the candidates in the index each is opened and read. Needs the right to read. */
      text: lineOf(0, 200).optional(),
      /** `oldest`: in the order in which they happened; the cursor `next` goes on from there. */
      order: z.enum(['newest', 'oldest']).default('newest'),
      ...Paging,
      /** More than elsewhere: whoever scrolls back through a day's traffic loads a hundred thousand rows. */
      limit: z.coerce.number().int().min(1).max(1000).default(50),
    }),
    reply: z.strictObject({
      exchanges: z.array(ExchangeRowView),
      next: z.string().nullable(),
      /** Of a search by `text`: how many candidates were opened, and whether some exchanges are indexed in part or not yet. */
      searched: z.strictObject({ opened: z.number().int(), partly: z.boolean() }).nullable(),
      /** Where the recorded traffic was destroyed: of its exchanges only times, sizes and digests are left. */
      disposed: DisposalNote.nullable(),
      /** Seconds that the index is behind the recorder; shown when over 2. */
      lagSeconds: z.number(),
      gateway: z.strictObject({ up: z.boolean(), recorder: z.boolean(), policySequence: z.number().int().nullable() }),
    }),
  },
  'GET /api/engagements/:engagementId/exchanges/:exchangeId': {
    summary: 'One exchange, with secrets and personal numbers hidden',
    params: oneExchange,
    reply: ExchangePage,
  },
  'GET /api/engagements/:engagementId/exchanges/:exchangeId/unmasked': {
    personOnly: true,
    summary: 'One exchange with nothing hidden; a reading of its own in the ledger',
    params: oneExchange,
    reply: ExchangePage,
  },
  'GET /api/engagements/:engagementId/exchanges/:exchangeId/request': {
    personOnly: true,
    summary: 'The request exactly as it was sent, streamed',
    params: oneExchange,
    file: 'application/octet-stream',
  },
  'GET /api/engagements/:engagementId/exchanges/:exchangeId/response': {
    personOnly: true,
    summary: 'The answer exactly as it was received, streamed',
    params: oneExchange,
    file: 'application/octet-stream',
  },
  'GET /api/engagements/:engagementId/captures': {
    summary: 'Exchanges as a file, oldest first, streamed: HAR, pcapng, WARC, XML for Burp, curl commands, NDJSON',
    params: inEngagement,
    query: CapturesQuery,
    file: captureFormats.har.type,
    fileOr: Object.values(captureFormats).map(({ type }) => type.split(';')[0] ?? type),
  },
  'GET /api/engagements/:engagementId/captures/size': {
    summary: 'What an export would hold and what it takes; asked before, because a download cannot ask',
    params: inEngagement,
    query: CapturesQuery,
    reply: z.strictObject({
      exchanges: z.number().int(),
      /** The highest sequence among them: with it as `until` the file stays these, whatever comes. */
      until: z.number().int(),
      /** Whether a second person must let it pass first. */
      secondPerson: z.boolean(),
    }),
  },
  'GET /api/engagements/:engagementId/coverage': {
    summary: 'Which lines of the scope, and which places there, were exercised by whom; a tester sees their own',
    params: inEngagement,
    reply: CoverageView,
  },
  'GET /api/engagements/:engagementId/segments': {
    summary: 'Seals of the closed segments, oldest first, with their ledger entries: what an audit node mirrors',
    params: inEngagement,
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(500).default(200),
    }),
    reply: z.strictObject({ segments: z.array(SegmentView), next: z.number().int().nullable() }),
  },
  'GET /api/engagements/:engagementId/segments/:segmentId/file': {
    summary: 'A closed segment as it lies, still sealed',
    params: inEngagement.extend({ segmentId: idOf('segment') }),
    file: 'application/octet-stream',
  },
  'GET /api/engagements/:engagementId/segments/:segmentId/leaves': {
    summary: 'Which exchange of a closed segment is of which lease: the leaves that its root is over, in order',
    params: inEngagement.extend({ segmentId: idOf('segment') }),
    query: z.strictObject({
      /** Sequence of the last leaf seen. */
      after: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(2000).default(1000),
    }),
    reply: z.strictObject({ leaves: z.array(SegmentLeaf), next: z.number().int().nullable() }),
  },
  'GET /api/engagements/:engagementId/lease-traffic': {
    summary: 'How many sealed exchanges each lease has, for an audit node that counts them itself',
    params: inEngagement,
    reply: z.strictObject({
      leases: z.array(z.strictObject({ leaseId: idOf('lease'), exchanges: z.number().int() })),
    }),
  },
  'GET /api/engagements/:engagementId/live': {
    summary: 'Server-sent events: a line for each new exchange, refusal and state change',
    params: inEngagement,
    file: 'text/event-stream',
  },
} as const satisfies HttpContract

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import {
  type RecorderFaultCode,
  type RecorderStatus,
  recorderFaultStatus,
  type SealsPage,
} from '@zhongheng/contracts/records/recorder-http.ts'
import { type Engagements, engagementIdShape } from '../engagements/engagements.ts'
import type { Direction } from '../engagements/open-exchange.ts'
import { findExchange, proveExchange, readBytes, readEndEntry } from '../engagements/read-exchange.ts'
import { ReadRefusal } from '../engagements/refusal.ts'
import type { Feed } from '../feed/feed.ts'
import type { Seals } from '../feed/seals.ts'
import { Damaged } from '../segments/read-segment.ts'

/** What the control socket speaks of. */
export interface ControlHost {
  readonly engagements: Engagements
  readonly feed: Feed
  readonly seals: Seals
  status(): RecorderStatus
}

type Call = {
  readonly host: ControlHost
  readonly id: string
  /** Of an exchange, or of a segment. */
  readonly exchangeId: string
  readonly query: URLSearchParams
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  /** Aborted when the asker goes away. */
  readonly gone: AbortSignal
}

type Route = {
  readonly method: string
  readonly path: RegExp
  /** Answers by itself, or returns JSON text; nothing means 204. */
  readonly handle: (call: Call) => Promise<string | undefined>
}

const mostKeyBody = 1024
const mostRows = 1000
const longestWait = 30_000

const routes: readonly Route[] = [
  { method: 'GET', path: /^\/status$/, handle: async ({ host }) => JSON.stringify(host.status()) },
  { method: 'GET', path: /^\/feed$/, handle: feed },
  { method: 'GET', path: /^\/seals$/, handle: seals },
  { method: 'PUT', path: /^\/engagements\/([^/]+)\/key$/, handle: putKey },
  {
    method: 'POST',
    path: /^\/engagements\/([^/]+)\/seal$/,
    async handle({ host, id }) {
      const seal = await host.engagements.forReading(id).seal()
      return JSON.stringify(seal ? [seal] : [])
    },
  },
  {
    method: 'GET',
    path: /^\/engagements\/([^/]+)\/check$/,
    handle: async ({ host, id }) => JSON.stringify(await host.engagements.check(id)),
  },
  {
    method: 'DELETE',
    path: /^\/engagements\/([^/]+)$/,
    async handle({ host, id }) {
      await host.engagements.dispose(id)
      return undefined
    },
  },
  {
    method: 'GET',
    path: /^\/engagements\/([^/]+)\/exchanges\/([^/]+)\/request$/,
    handle: (call) => bytes(call, 'request'),
  },
  {
    method: 'GET',
    path: /^\/engagements\/([^/]+)\/exchanges\/([^/]+)\/response$/,
    handle: (call) => bytes(call, 'response'),
  },
  {
    method: 'GET',
    path: /^\/engagements\/([^/]+)\/exchanges\/([^/]+)\/proof$/,
    handle: async ({ host, id, exchangeId }) =>
      JSON.stringify(await proveExchange(host.engagements.forReading(id), host.seals, exchangeId)),
  },
  { method: 'GET', path: /^\/engagements\/([^/]+)\/segments\/([^/]+)\/file$/, handle: sealedFile },
]

/** HTTP of the control socket. Whatever is asked, the answer is JSON or bytes, and the process lives on. */
export function controlHandler(host: ControlHost, onFault: (what: string, fault: unknown) => void): RequestListener {
  return (incoming, outgoing) => {
    answer(host, incoming, outgoing).catch((fault: unknown) => {
      const { code, message } = faultOf(fault)
      if (code === 'fault' || code === 'damaged') onFault(code, fault)
      // Bytes were sent already: the asker must see that they are not all.
      if (outgoing.headersSent) outgoing.destroy()
      else sendJson(outgoing, recorderFaultStatus[code], JSON.stringify({ code, message }))
    })
  }
}

async function answer(host: ControlHost, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const target = incoming.url ?? '/'
  if (!URL.canParse(target, 'http://recorder')) throw new ReadRefusal('malformed', 'not a path')
  const { pathname, searchParams: query } = new URL(target, 'http://recorder')
  const found = routes.find(({ method, path }) => method === incoming.method && path.test(pathname))
  if (!found) throw new ReadRefusal('not_found', 'no such route')
  const [, id = '', exchangeId = ''] = found.path.exec(pathname) ?? []
  for (const given of [id, exchangeId]) {
    if (given !== '' && !engagementIdShape.test(given))
      throw new ReadRefusal('malformed', 'an id as the lists give them')
  }
  const leaving = new AbortController()
  outgoing.on('close', () => leaving.abort())
  const text = await found.handle({ host, id, exchangeId, query, incoming, outgoing, gone: leaving.signal })
  if (outgoing.headersSent) return
  if (text === undefined) outgoing.writeHead(204).end()
  else sendJson(outgoing, 200, text)
}

async function feed({ host, query, gone }: Call): Promise<string> {
  const after = wholeOf(query, 'after', 0, Number.MAX_SAFE_INTEGER)
  const limit = wholeOf(query, 'limit', 200, mostRows)
  const wait = wholeOf(query, 'wait', 0, longestWait)
  if (limit === 0) throw new ReadRefusal('malformed', 'limit: at least 1')
  if (after > host.feed.last) {
    // Silence would let a reader wait for ever after the record was replaced by an older one.
    throw new ReadRefusal('malformed', `after: at most ${host.feed.last}, the last sequence given out`)
  }
  // Who asks below it takes this recorder for another node's, and would note a position that is none of that one's.
  if (after < host.feed.base) throw new ReadRefusal('malformed', `after: at least ${host.feed.base} at this node`)
  await host.feed.wait(after, wait, gone)
  const { rows, next, gaps, waitingForKey } = await host.feed.page(after, limit)
  // Rows are JSON already; a page of them is not parsed only to be written again.
  return `{"rows":[${rows.join(',')}],"next":${next},"gaps":${JSON.stringify(gaps)},"waitingForKey":${JSON.stringify(waitingForKey)}}`
}

async function seals({ host, query }: Call): Promise<string> {
  const after = wholeOf(query, 'after', 0, Number.MAX_SAFE_INTEGER)
  const page = host.seals.after(after, wholeOf(query, 'limit', 200, mostRows))
  return JSON.stringify({ seals: page, next: page.at(-1)?.position ?? after } satisfies SealsPage)
}

async function putKey({ host, id, incoming }: Call): Promise<undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of incoming) {
    size += (part as Buffer).length
    if (size > mostKeyBody) throw new ReadRefusal('malformed', `body: at most ${mostKeyBody} bytes`)
    parts.push(part as Buffer)
  }
  let dataKey: unknown
  try {
    const body: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'))
    if (typeof body === 'object' && body !== null && Object.keys(body).join() === 'dataKey') {
      dataKey = (body as { dataKey: unknown }).dataKey
    }
  } catch {
    // Not JSON: refused below like any other wrong body.
  }
  if (typeof dataKey !== 'string' || !/^[A-Za-z0-9+/]{43}=$/.test(dataKey)) {
    throw new ReadRefusal('malformed', 'dataKey: 32 bytes in base64, and nothing else')
  }
  await host.engagements.setKey(id, Buffer.from(dataKey, 'base64'))
}

async function bytes({ host, id, exchangeId, outgoing, gone }: Call, direction: Direction): Promise<undefined> {
  const record = host.engagements.forReading(id)
  const place = await findExchange(record, exchangeId)
  const { row } = await readEndEntry(record, place)
  const source = readBytes(record, place, direction)
  // The first piece before the head: damage there can still be told in words.
  const first = await source.next()
  outgoing.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': direction === 'request' ? row.requestBytes : row.responseBytes,
  })
  const all = async function* (): AsyncGenerator<Buffer> {
    if (!first.done) yield first.value
    yield* source
  }
  try {
    await pipeline(all, outgoing)
  } catch (fault) {
    // Who goes away in the middle has heard enough.
    if (!gone.aborted || fault instanceof Damaged) throw fault
  }
  return undefined
}

/** A sealed file as it lies on the disk: it never changes any more. */
async function sealedFile({ host, id, exchangeId: segmentId, outgoing, gone }: Call): Promise<undefined> {
  const file = await host.engagements.openSealed(id, segmentId)
  try {
    const { size } = await file.stat()
    outgoing.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size })
    await pipeline(file.createReadStream({ start: 0, autoClose: false }), outgoing)
  } catch (fault) {
    if (!gone.aborted) throw fault
  } finally {
    await file.close()
  }
  return undefined
}

/** A whole number of the query. @throws ReadRefusal malformed */
function wholeOf(query: URLSearchParams, name: string, otherwise: number, most: number): number {
  const text = query.get(name)
  if (text === null) return otherwise
  const value = Number(text)
  if (!/^\d{1,16}$/.test(text) || value > most)
    throw new ReadRefusal('malformed', `${name}: whole number from 0 to ${most}`)
  return value
}

function faultOf(fault: unknown): { readonly code: RecorderFaultCode; readonly message: string } {
  if (fault instanceof ReadRefusal) return { code: fault.code, message: fault.message }
  if (fault instanceof Damaged || fault instanceof RangeError) return { code: 'damaged', message: fault.message }
  const system = fault instanceof Error && 'code' in fault ? String(fault.code) : ''
  if (/^E[A-Z]+$/.test(system)) return { code: 'unavailable', message: `the disk answers ${system}` }
  return { code: 'fault', message: 'the recorder met a fault of its own' }
}

function sendJson(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  outgoing.end(text)
}

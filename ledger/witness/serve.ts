import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { fromBase64, fromUtf8, joinBytes, utf8 } from '../verify/bytes.ts'
import { keepEvidence } from './alarms.ts'
import { cosign } from './look.ts'
import type { WitnessFolder } from './folder.ts'
import { judgeCheckpoint, openShown } from './judge.ts'
import type { InTurn } from './run.ts'

/** Longest request, in bytes: 63 proof lines and a checkpoint with many signatures. */
const mostBytes = 32 << 10

type Reply = { readonly status: number; readonly type?: string; readonly body?: string }

/**
 * C2SP tlog-witness `add-checkpoint`: the old size, the consistency proof and the checkpoint in, this witness's
 * cosignature line out. The memory is kept before the answer leaves; requests are taken one after the other, so that no
 * two of them are judged by the same memory.
 */
export async function addCheckpoint(folder: WitnessFolder, body: Uint8Array, now: Date): Promise<Reply> {
  const request = parseRequest(body)
  if (request === undefined) return { status: 400 }
  const { oldSize, path, note } = request
  const shown = openShown(note, folder.keys)
  if (shown === 'malformed') return { status: 400 }
  if (shown === 'wrong_key') return { status: knowsOrigin(folder, note) ? 403 : 404 }
  if (oldSize > shown.head.size) return { status: 400 }
  const { memory } = folder
  if (memory.fork !== null || oldSize !== memory.size)
    return { status: 409, type: 'text/x.tlog.size', body: `${memory.size}\n` }
  if (oldSize === shown.head.size || oldSize === 0 ? path.length > 0 : false) return { status: 422 }
  const judged = await judgeCheckpoint(
    note,
    folder.settings.logKeys,
    memory,
    async () => ({ path, from: undefined }),
    now,
    folder.keys.learned,
  )
  if (judged.verdict === 'fork') {
    await folder.remember({ ...memory, fork: await keepEvidence(folder.path, judged.evidence) })
    return { status: 409, type: 'text/x.tlog.size', body: `${memory.size}\n` }
  }
  if (judged.verdict !== 'cosign' && judged.verdict !== 'same') return { status: 422 }
  if (judged.head.size === 0) return { status: 422 }
  const seconds = Math.max(Math.floor(now.getTime() / 1000), memory.cosignedAt)
  const line = await cosign(folder, judged.note, seconds)
  await folder.remember({
    ...memory,
    size: judged.head.size,
    root: judged.head.root,
    note: judged.note,
    line,
    cosignedAt: seconds,
    // Whoever sent it gets the line with this answer; the log's own desk gets it at the next look.
    handedIn: false,
    newsAt: seconds,
  })
  return { status: 200, type: 'text/plain; charset=utf-8', body: line }
}

function parseRequest(
  body: Uint8Array,
): { oldSize: number; path: readonly Uint8Array[]; note: Uint8Array } | undefined {
  const text = fromUtf8(body)
  const cut = text?.indexOf('\n\n') ?? -1
  if (text === undefined || cut < 0) return undefined
  const [first = '', ...hashes] = text.slice(0, cut).split('\n')
  const oldText = /^old (0|[1-9][0-9]{0,15})$/.exec(first)?.[1]
  const path = hashes.map(fromBase64)
  if (oldText === undefined || !Number.isSafeInteger(Number(oldText)) || path.length > 63) return undefined
  if (path.some((hash) => hash?.length !== 32)) return undefined
  return { oldSize: Number(oldText), path: path as Uint8Array[], note: utf8(text.slice(cut + 2)) }
}

const knowsOrigin = (folder: WitnessFolder, note: Uint8Array): boolean => {
  const origin = fromUtf8(note)?.split('\n')[0]
  return folder.settings.logKeys.some((key) => key.name === origin)
}

/** Answers `POST /add-checkpoint` and nothing else; each request has ten seconds and 32 KiB. */
export function serveWitness(folder: WitnessFolder, inTurn: InTurn): Server {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 8192 }, (ask, answer) => {
    void reply(folder, ask, inTurn).then(
      (made) => send(answer, made),
      () => send(answer, { status: 500 }),
    )
  })
  server.maxConnections = 100
  return server
}

async function reply(folder: WitnessFolder, ask: IncomingMessage, inTurn: InTurn): Promise<Reply> {
  if (ask.url !== '/add-checkpoint') return { status: 404 }
  if (ask.method !== 'POST') return { status: 405 }
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of ask as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > mostBytes) return { status: 413 }
    parts.push(part)
  }
  return inTurn(() => addCheckpoint(folder, joinBytes(...parts), new Date()))
}

function send(answer: ServerResponse, { status, type, body }: Reply): void {
  answer.writeHead(status, {
    'content-type': type ?? 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    ...(status === 413 ? { connection: 'close' } : {}),
  })
  answer.end(body ?? '')
}

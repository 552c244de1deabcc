import { Agent, type IncomingMessage, request } from 'node:http'
import type { Readable } from 'node:stream'
import type { ExchangeProof, SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import type {
  CheckResult,
  FeedPage,
  RecorderFault,
  RecorderFaultCode,
  RecorderStatus,
  SealsPage,
} from '@zhongheng/contracts/records/recorder-http.ts'
import { Problem, type ProblemCode, say, type Text } from '@zhongheng/domain/shared/problem.ts'

/** The recorder as the server sees it. Every wait ends; every refusal is a `Problem`. */
export type RecorderPort = {
  /** Hands over an engagement's data key (32 bytes). May be repeated. @throws Problem conflict, when the record was begun under another key */
  setKey(engagementId: string, dataKey: Uint8Array): Promise<void>
  /** Rows after a sequence, oldest first; waits up to `waitMs` (at most 30,000) while there are none. Abort ends the wait. */
  feed(after: number, options?: { limit?: number; waitMs?: number; signal?: AbortSignal }): Promise<FeedPage>
  /** Seals after a position, oldest first. */
  seals(after: number, options?: { limit?: number }): Promise<SealsPage>
  /** The tester's bytes, head and body as on the wire. The stream fails when the record proves damaged on the way. */
  request(engagementId: string, exchangeId: string): Promise<Readable>
  /** The bytes the tester received. */
  response(engagementId: string, exchangeId: string): Promise<Readable>
  /** Proof of a finished exchange; seals its segment first when that is still open. */
  proof(engagementId: string, exchangeId: string): Promise<ExchangeProof>
  /** A sealed segment's file as it lies, still sealed. */
  segmentFile(engagementId: string, segmentId: string): Promise<Readable>
  /** Seals what is open; returns the new seals. */
  seal(engagementId: string): Promise<readonly SegmentSeal[]>
  /** Reads every sealed segment of the engagement again, against its seal. May take minutes. */
  check(engagementId: string): Promise<CheckResult>
  /** Destroys key and files; the seals stay. May be repeated. */
  dispose(engagementId: string): Promise<void>
  status(): Promise<RecorderStatus>
  /** Ends idle connections. */
  close(): void
}

/** Milliseconds without a byte after which a wait ends. */
const patience = {
  ordinary: 10_000,
  // What rests in another store is fetched whole and compared before its first byte is answered.
  reading: 60_000,
  sealing: 60_000,
  checking: 600_000,
} as const

/** Speaks HTTP over the recorder's control socket (`socketPath(runFolder, recorderSockets.control)`). */
export function openRecorderPort(socketPath: string): RecorderPort {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 4 })

  const send = (
    method: string,
    path: string,
    wait: number,
    body?: object,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers =
        text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const outgoing = request({
        socketPath,
        agent,
        method,
        path,
        timeout: wait,
        headers,
        ...(signal ? { signal } : {}),
      })
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${wait} ms`)))
      outgoing.on('error', (cause) => reject(unreachable(cause)))
      outgoing.on('response', (incoming) => {
        if ((incoming.statusCode ?? 0) < 300) resolve(incoming)
        else readAll(incoming).then((answer) => reject(refusal(answer)), reject)
      })
      outgoing.end(text)
    })

  const ask = async <T>(
    method: string,
    path: string,
    wait: number,
    body?: object,
    signal?: AbortSignal,
  ): Promise<T> => {
    const incoming = await send(method, path, wait, body, signal)
    const answer = await readAll(incoming)
    return (answer === '' ? undefined : JSON.parse(answer)) as T
  }
  const at = (engagementId: string, rest: string): string => `/engagements/${encodeURIComponent(engagementId)}${rest}`
  const exchange = (engagementId: string, exchangeId: string, part: string): string =>
    at(engagementId, `/exchanges/${encodeURIComponent(exchangeId)}/${part}`)

  return {
    setKey: (engagementId, dataKey) =>
      ask('PUT', at(engagementId, '/key'), patience.checking, { dataKey: Buffer.from(dataKey).toString('base64') }),
    feed: (after, { limit = 500, waitMs = 0, signal } = {}) =>
      ask('GET', `/feed?after=${after}&limit=${limit}&wait=${waitMs}`, patience.ordinary + waitMs, undefined, signal),
    seals: (after, { limit = 500 } = {}) => ask('GET', `/seals?after=${after}&limit=${limit}`, patience.ordinary),
    request: (engagementId, exchangeId) => send('GET', exchange(engagementId, exchangeId, 'request'), patience.reading),
    response: (engagementId, exchangeId) =>
      send('GET', exchange(engagementId, exchangeId, 'response'), patience.reading),
    proof: (engagementId, exchangeId) => ask('GET', exchange(engagementId, exchangeId, 'proof'), patience.sealing),
    segmentFile: (engagementId, segmentId) =>
      send('GET', at(engagementId, `/segments/${encodeURIComponent(segmentId)}/file`), patience.reading),
    seal: (engagementId) => ask('POST', at(engagementId, '/seal'), patience.sealing),
    check: (engagementId) => ask('GET', at(engagementId, '/check'), patience.checking),
    dispose: (engagementId) => ask('DELETE', at(engagementId, ''), patience.sealing),
    status: () => ask('GET', '/status', patience.ordinary),
    close: () => agent.destroy(),
  }
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  try {
    for await (const part of incoming) parts.push(part as Buffer)
  } catch (cause) {
    throw unreachable(cause)
  }
  return Buffer.concat(parts).toString('utf8')
}

const unreachable = (cause: unknown): Problem =>
  new Problem('unavailable', say('录制器没有应答，请稍后重试', 'the recorder does not answer, try again shortly'), {
    rule: 'RECORDER-ABSENT',
    cause,
  })

const problems: { readonly [code in RecorderFaultCode]: { readonly code: ProblemCode; readonly text: Text } } = {
  malformed: {
    code: 'malformed',
    text: say('录制器不接受此标识或参数', 'the recorder does not take this id or parameter'),
  },
  not_found: { code: 'not_found', text: say('录制中没有此交互', 'no such exchange in the record') },
  no_key: {
    code: 'unavailable',
    text: say('录制器尚未持有此项目的密钥', 'the recorder does not hold this engagement’s key yet'),
  },
  wrong_key: {
    code: 'conflict',
    text: say('此项目的录制是以另一把密钥开始的', 'this engagement’s record was begun under another key'),
  },
  disposed: { code: 'not_found', text: say('此项目的录制已销毁', 'this engagement’s record was disposed of') },
  damaged: { code: 'unavailable', text: say('录制文件已损坏或被改动', 'the recorded file is damaged or was altered') },
  unavailable: { code: 'unavailable', text: say('录制器暂时无法写入', 'the recorder cannot write at present') },
  store_away: {
    code: 'unavailable',
    text: say(
      '这段录制在分段存储中，存储暂时没有应答，请稍后重试',
      'this part of the record rests in the segment store, which does not answer at present; try again later',
    ),
  },
  fault: { code: 'unavailable', text: say('录制器内部出错', 'the recorder met a fault of its own') },
}

function refusal(answer: string): Problem {
  let fault: Partial<RecorderFault>
  try {
    fault = JSON.parse(answer) as Partial<RecorderFault>
  } catch (cause) {
    return unreachable(cause)
  }
  const known = problems[fault.code ?? 'fault'] ?? problems.fault
  return new Problem(known.code, known.text, {
    rule: `RECORDER-${(fault.code ?? 'fault').toUpperCase().replace('_', '-')}`,
    cause: new Error(fault.message ?? 'no reason given'),
  })
}

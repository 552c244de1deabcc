import { type CapturedExchange, type CaptureForm, type Pieces, carriesHttp, heldBytes, urlOf } from './capture.ts'
import { asText, base64Of, unpacked } from './content.ts'
import { type Field, type Message, fieldOf, heldBody, readMessage } from './message.ts'
import { readFrames } from './websocket-frames.ts'

/**
 * HAR 1.2. Bodies up to 1 MiB are unpacked, and text where they are UTF-8; others are base64 as they were sent, so that
 * nothing is held. A request's `text` that is not UTF-8 has one character per byte and says so in `comment`. Frames of a
 * WebSocket stand in `_webSocketMessages`, as browsers write them. Tunnels carry no HTTP and are left out.
 */
export const har: CaptureForm = {
  begin: (_at, copy) =>
    `{"log":{"version":"1.2","creator":{"name":"Zhongheng","version":"1"},${copy === undefined ? '' : `"comment":${json(copy)},`}"entries":[`,
  exchange: entryOf,
  end: () => '\n]}}\n',
}

async function* entryOf(one: CapturedExchange, position: number): Pieces {
  const { row } = one
  if (row.kind === 'tunnel') return
  const request = await readMessage(one.request(), row.httpVersion)
  const url = urlOf(row)
  yield `${position === 0 ? '' : ','}\n{"startedDateTime":${json(row.startedAt)},"time":${row.durationMs},`
  yield `"request":{"method":${json(row.method)},"url":${json(url)},"httpVersion":${json(versionOf(request))},`
  yield `"cookies":${json(cookiesOf(request, 'cookie'))},"headers":${json(request.fields)},`
  yield `"queryString":${json(queryOf(row.path))},"headersSize":${request.headBytes},`
  const frames: Frame[] = []
  if (row.kind === 'websocket') {
    yield '"bodySize":0},'
    for await (const frame of framesOf(request.body, 'send', row.startedAt)) frames.push(frame)
  } else {
    yield* postData(request)
    yield '},'
  }
  yield* responseOf(one, frames)
  yield `"cache":{},"timings":{"send":0,"wait":${row.durationMs},"receive":0},`
  if (row.address !== null) yield `"serverIPAddress":${json(row.address)},`
  yield `"connection":${json(String(row.sequence))},"_zhongheng":${json({
    exchangeId: row.exchangeId,
    sequence: row.sequence,
    tester: row.testerName,
    outcome: row.outcome,
    refusal: row.refusal,
    requestDigest: row.requestDigest,
    responseDigest: row.responseDigest,
  })}}`
}

async function* responseOf(one: CapturedExchange, frames: Frame[]): Pieces {
  const { row } = one
  if (!carriesHttp(one)) {
    yield `"response":{"status":0,"statusText":"","httpVersion":"","cookies":[],"headers":[],"content":{"size":0,"mimeType":"x-unknown"},"redirectURL":"","headersSize":-1,"bodySize":-1},`
    return
  }
  const response = await readMessage(one.response(), row.httpVersion)
  const words = /^HTTP\/\S+ (\d{3}) ?(.*)$/.exec(response.first)
  yield `"response":{"status":${words?.[1] ?? row.status},"statusText":${json(words?.[2] ?? '')},`
  yield `"httpVersion":${json(versionOf(response))},"cookies":${json(cookiesOf(response, 'set-cookie'))},`
  yield `"headers":${json(response.fields)},"redirectURL":${json(fieldOf(response, 'location'))},"headersSize":${response.headBytes},`
  if (row.kind !== 'websocket') {
    yield* contentOf(response)
    yield '},'
    return
  }
  yield '"content":{"size":0,"mimeType":"x-unknown"},"bodySize":0},"_webSocketMessages":['
  const ended = new Date(Date.parse(row.startedAt) + row.durationMs).toISOString()
  let between = ''
  for (const frame of frames) {
    yield between + json(frame)
    between = ','
  }
  for await (const frame of framesOf(response.body, 'receive', ended)) {
    yield between + json(frame)
    between = ','
  }
  yield '],'
}

/** `"bodySize":…`, and `"postData":{…}` where there is a body. */
async function* postData(request: Message): Pieces {
  const { held, rest } = await heldBody(request.body, heldBytes)
  if (held.length === 0) {
    yield '"bodySize":0'
    return
  }
  const mimeType = fieldOf(request, 'content-type') || 'application/octet-stream'
  const text = rest === undefined ? asText(held) : null
  yield `"postData":{"mimeType":${json(mimeType)},"params":[],`
  let size = held.length
  if (text !== null) yield `"text":${json(text)}},`
  else {
    yield `"comment":"one character per byte","text":"${inside(held)}`
    for await (const chunk of rest ?? []) {
      size += chunk.length
      yield inside(chunk)
    }
    yield '"},'
  }
  yield `"bodySize":${size}`
}

/** `"content":{…},"bodySize":…`. */
async function* contentOf(response: Message): Pieces {
  const { held, rest } = await heldBody(response.body, heldBytes)
  const mimeType = fieldOf(response, 'content-type') || 'x-unknown'
  if (rest === undefined) {
    const plain = unpacked(held, fieldOf(response, 'content-encoding'))
    const content = plain ?? held
    const text = asText(content)
    yield `"content":${json({
      size: content.length,
      ...(plain === null ? {} : { compression: content.length - held.length }),
      mimeType,
      ...(text === null ? { encoding: 'base64', text: content.toString('base64') } : { text }),
    })},"bodySize":${held.length}`
    return
  }
  let size = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    yield held
    yield* rest ?? []
  }
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of counted()) {
      size += chunk.length
      yield chunk
    }
  }
  const packing = fieldOf(response, 'content-encoding')
  yield `"content":{"mimeType":${json(mimeType)},"encoding":"base64",`
  if (packing !== '') yield `"comment":${json(`as it was sent, packed with ${packing}`)},`
  yield '"text":"'
  yield* base64Of(measured())
  yield `","size":${size}},"bodySize":${size}`
}

type Frame = { type: 'send' | 'receive'; time: number; opcode: number; data: string }
/** Frames of a side; when each came is not recorded, so they have the time at which their side began or ended. */
async function* framesOf(body: AsyncIterable<Uint8Array>, type: Frame['type'], at: string): AsyncGenerator<Frame> {
  for await (const { opcode, payload } of readFrames(body))
    yield {
      type,
      time: Date.parse(at) / 1000,
      opcode,
      data: opcode === 1 ? (asText(payload) ?? payload.toString('latin1')) : payload.toString('base64'),
    }
}

const json = (value: unknown): string => JSON.stringify(value)
/** The inside of a JSON string with one character per byte. */
const inside = (bytes: Uint8Array): string =>
  JSON.stringify(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')).slice(1, -1)

const versionOf = ({ version, first }: Message): string =>
  version === '2' ? 'HTTP/2' : (/HTTP\/1\.\d/.exec(first)?.[0] ?? 'HTTP/1.1')

function cookiesOf({ fields }: Message, name: 'cookie' | 'set-cookie'): Field[] {
  return fields
    .filter((field) => field.name.toLowerCase() === name)
    .flatMap(({ value }) => (name === 'cookie' ? value.split(';') : [value.split(';')[0] ?? '']))
    .filter((pair) => pair.trim() !== '')
    .map((pair) => {
      const at = pair.indexOf('=')
      return at < 0
        ? { name: pair.trim(), value: '' }
        : { name: pair.slice(0, at).trim(), value: pair.slice(at + 1).trim() }
    })
}

function queryOf(path: string): Field[] {
  const at = path.indexOf('?')
  return at < 0 ? [] : [...new URLSearchParams(path.slice(at + 1))].map(([name, value]) => ({ name, value }))
}

import { createHash } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import { type CapturedExchange, type CaptureForm, type Pieces, urlOf } from './capture.ts'
import { splitAfterHead } from './message.ts'

/**
 * pcapng (draft-ietf-opsawg-pcapng) with packets of IP made around the recorded bytes: each exchange is a TCP connection
 * of its own with handshake, acknowledgements and end, numbers and checksums as they have to be. What was inside TLS stands
 * in the clear at port 80, so that readers see HTTP. Times are those of the exchange's beginning and end; a comment at
 * the first packet names exchange, tester and address.
 */
export const pcapng: CaptureForm = {
  begin: (_at, copy) => Buffer.concat([sectionHeader(copy), interfaceDescription()]),
  exchange: packetsOf,
  end: () => '',
}

/** Payload of a packet at most (bytes); as after segmentation offload, far below the 64 KiB of IP. */
const segmentBytes = 16 * 1024
const linkRawIp = 101
const windowBytes = 65_535

function block(type: number, body: Buffer): Buffer {
  const padding = (4 - (body.length % 4)) % 4
  const length = 12 + body.length + padding
  const bytes = Buffer.alloc(length)
  bytes.writeUInt32LE(type, 0)
  bytes.writeUInt32LE(length, 4)
  body.copy(bytes, 8)
  bytes.writeUInt32LE(length, length - 4)
  return bytes
}

function option(code: number, text: string): Buffer {
  const value = Buffer.from(text)
  const bytes = Buffer.alloc(4 + value.length + ((4 - (value.length % 4)) % 4))
  bytes.writeUInt16LE(code, 0)
  bytes.writeUInt16LE(value.length, 2)
  value.copy(bytes, 4)
  return bytes
}
const endOfOptions = Buffer.alloc(4)

function sectionHeader(copy: string | undefined): Buffer {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(0x1a2b3c4d, 0)
  body.writeUInt16LE(1, 4)
  // Length not said: a section may be written while it is read.
  body.writeBigInt64LE(-1n, 8)
  return block(
    0x0a0d0d0a,
    Buffer.concat([body, ...(copy === undefined ? [] : [option(1, copy)]), option(4, 'Zhongheng'), endOfOptions]),
  )
}

function interfaceDescription(): Buffer {
  const body = Buffer.alloc(8)
  body.writeUInt16LE(linkRawIp, 0)
  return block(1, Buffer.concat([body, option(2, 'test gateway'), endOfOptions]))
}

function packetBlock(packet: Buffer, micros: bigint, comment: string): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt32LE(Number(micros >> 32n), 4)
  head.writeUInt32LE(Number(micros & 0xffffffffn), 8)
  head.writeUInt32LE(packet.length, 12)
  head.writeUInt32LE(packet.length, 16)
  const padding = Buffer.alloc((4 - (packet.length % 4)) % 4)
  const options = comment === '' ? [] : [option(1, comment), endOfOptions]
  return block(6, Buffer.concat([head, packet, padding, ...options]))
}

type End = { readonly address: Buffer; readonly port: number; next: number }
const flags = { fin: 1, syn: 2, push: 8, ack: 16 } as const

async function* packetsOf(one: CapturedExchange): Pieces {
  const { row } = one
  // Nothing of a refusal left the gateway, and of a closed tunnel no bytes are recorded.
  if (row.kind === 'refusal' || (row.tunnel !== null && row.tunnel.carried !== null)) return
  const { client, server } = endsOf(row)
  const ends = BigInt(Date.parse(row.startedAt) + row.durationMs) * 1000n
  let micros = BigInt(Date.parse(row.startedAt)) * 1000n
  let comment = `${row.exchangeId} ${urlOf(row)} ${row.testerName}`.slice(0, 4000)
  const send = (from: End, to: End, marks: number, payload: Uint8Array = Buffer.alloc(0)): Buffer => {
    const packet = ipPacket(from, to, tcpSegment(from, to, marks, payload))
    const added = payload.length + ((marks & (flags.syn | flags.fin)) === 0 ? 0 : 1)
    from.next = (from.next + added) >>> 0
    const bytes = packetBlock(packet, micros, comment)
    comment = ''
    micros += 1n
    return bytes
  }
  yield send(client, server, flags.syn)
  yield send(server, client, flags.syn | flags.ack)
  yield send(client, server, flags.ack)
  for await (const [side, bytes] of inTurn(one)) {
    const [from, to] = side === 'request' ? [client, server] : [server, client]
    if (from === server && micros < ends) micros = ends
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length; at += segmentBytes) {
        yield send(from, to, flags.push | flags.ack, chunk.subarray(at, at + segmentBytes))
        yield send(to, from, flags.ack)
      }
    }
  }
  yield send(server, client, flags.fin | flags.ack)
  yield send(client, server, flags.fin | flags.ack)
  yield send(server, client, flags.ack)
}

/** Who speaks when: a question and its answer; of a WebSocket both heads first, or readers take its frames for none. */
async function* inTurn(
  one: CapturedExchange,
): AsyncGenerator<readonly ['request' | 'response', AsyncIterable<Uint8Array> | readonly Uint8Array[]]> {
  if (one.row.kind !== 'websocket' || one.row.httpVersion !== null) {
    yield ['request', one.request()]
    yield ['response', one.response()]
    return
  }
  const asked = await splitAfterHead(one.request())
  yield ['request', [asked.head]]
  const answered = await splitAfterHead(one.response())
  yield ['response', [answered.head]]
  yield ['request', asked.rest]
  yield ['response', answered.rest]
}

/** The two ends: the target's address as it was dialled, and one of the tester's side that no other exchange has. */
function endsOf(row: CapturedExchange['row']): { client: End; server: End } {
  const ports = 64_000
  const client = 1024 + (row.sequence % ports)
  const house = (1 + Math.floor(row.sequence / ports)) % 65_536
  const six = row.address !== null && isIPv6(row.address)
  const first = createHash('sha256').update(row.exchangeId).digest()
  const port = row.scheme === 'https' ? 80 : row.port
  return {
    client: {
      address: six
        ? Buffer.concat([Buffer.from('20010db8', 'hex'), Buffer.alloc(10), shortOf(house)])
        : Buffer.concat([Buffer.from([198, 18]), shortOf(house)]),
      port: client === port ? 1023 : client,
      next: first.readUInt32BE(0),
    },
    server: {
      address: six ? sixteen(row.address ?? '') : four(row.address ?? ''),
      port,
      next: first.readUInt32BE(4),
    },
  }
}

const shortOf = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
/** 192.0.2.1 of the documentation's network where no address is known. */
const four = (address: string): Buffer => Buffer.from((isIPv4(address) ? address : '192.0.2.1').split('.').map(Number))

function sixteen(address: string): Buffer {
  const [whole = ''] = address.split('%')
  // The last 32 bits may be written as an IPv4 address.
  const text = whole.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [before = '', after] = text.split('::')
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16))
  const left = words(before)
  const right = after === undefined ? [] : words(after)
  const middle = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => 0)
  return Buffer.concat([...left, ...middle, ...right].slice(0, 8).map(shortOf))
}

function tcpSegment(from: End, to: End, marks: number, payload: Uint8Array): Buffer {
  const segment = Buffer.alloc(20 + payload.length)
  segment.writeUInt16BE(from.port, 0)
  segment.writeUInt16BE(to.port, 2)
  segment.writeUInt32BE(from.next, 4)
  segment.writeUInt32BE((marks & flags.ack) === 0 ? 0 : to.next, 8)
  segment[12] = 5 << 4
  segment[13] = marks
  segment.writeUInt16BE(windowBytes, 14)
  segment.set(payload, 20)
  const six = from.address.length === 16
  const pseudo = Buffer.alloc(six ? 40 : 12)
  from.address.copy(pseudo, 0)
  to.address.copy(pseudo, from.address.length)
  if (six) {
    pseudo.writeUInt32BE(segment.length, 32)
    pseudo[39] = 6
  } else {
    pseudo[9] = 6
    pseudo.writeUInt16BE(segment.length, 10)
  }
  segment.writeUInt16BE(checksum(pseudo, segment), 16)
  return segment
}

function ipPacket(from: End, to: End, segment: Buffer): Buffer {
  if (from.address.length === 16) {
    const head = Buffer.alloc(40)
    head[0] = 6 << 4
    head.writeUInt16BE(segment.length, 4)
    head[6] = 6
    head[7] = 64
    from.address.copy(head, 8)
    to.address.copy(head, 24)
    return Buffer.concat([head, segment])
  }
  const head = Buffer.alloc(20)
  head[0] = 0x45
  head.writeUInt16BE(20 + segment.length, 2)
  // Not to be cut into fragments, so the identification may stay 0 (RFC 6864).
  head[6] = 0x40
  head[8] = 64
  head[9] = 6
  from.address.copy(head, 12)
  to.address.copy(head, 16)
  head.writeUInt16BE(checksum(head), 10)
  return Buffer.concat([head, segment])
}

/** RFC 1071, over parts of which only the last may be of odd length. */
function checksum(...parts: readonly Buffer[]): number {
  let sum = 0
  for (const part of parts) {
    for (let at = 0; at + 1 < part.length; at += 2) sum += part.readUInt16BE(at)
    if (part.length % 2 === 1) sum += (part.at(-1) ?? 0) << 8
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { label } from '../shop/label.ts'

const largest = 65_536
const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/**
 * Answers `/ws` with a WebSocket (RFC 6455) that sends every text or binary message back. Fragments, extensions and
 * messages over 64 KiB end the connection: an echo for trying proxies needs none of them.
 */
export function echoWebSocket(request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy())
  const key = request.headers['sec-websocket-key']
  const labels = Object.entries(label.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  if (new URL(request.url ?? '/', 'http://shop').pathname !== '/ws' || key === undefined) {
    socket.end(`HTTP/1.1 404 Not Found\r\n${labels.join('')}connection: close\r\ncontent-length: 0\r\n\r\n`)
    return
  }
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\n${labels.join('')}upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
  )
  let held: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    for (let frame = readFrame(held); frame !== 'more'; frame = readFrame(held)) {
      if (frame === 'refused') {
        socket.end(frameOf(opcodes.close, Buffer.from([0x03, 0xea]))) // 1002, protocol error
        return
      }
      held = held.subarray(frame.length)
      if (frame.opcode === opcodes.close) {
        socket.end(frameOf(opcodes.close, frame.payload))
        return
      }
      if (frame.opcode === opcodes.ping) socket.write(frameOf(opcodes.pong, frame.payload))
      else if (frame.opcode === opcodes.text || frame.opcode === opcodes.binary)
        socket.write(frameOf(frame.opcode, frame.payload))
    }
  })
}

type Frame = { readonly opcode: number; readonly payload: Buffer; readonly length: number }

function readFrame(bytes: Buffer): Frame | 'more' | 'refused' {
  if (bytes.length < 2) return 'more'
  const first = bytes.readUInt8(0)
  const second = bytes.readUInt8(1)
  const finished = (first & 0x80) !== 0
  const extended = (first & 0x70) !== 0
  const masked = (second & 0x80) !== 0
  if (!finished || extended || !masked) return 'refused'
  let size = second & 0x7f
  let at = 2
  if (size === 127) return 'refused'
  if (size === 126) {
    if (bytes.length < 4) return 'more'
    size = bytes.readUInt16BE(2)
    at = 4
  }
  if (size > largest) return 'refused'
  if (bytes.length < at + 4 + size) return 'more'
  const mask = bytes.subarray(at, at + 4)
  const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + size))
  for (let place = 0; place < size; place++) payload[place] = payload.readUInt8(place) ^ mask.readUInt8(place % 4)
  return { opcode: first & 0x0f, payload, length: at + 4 + size }
}

function frameOf(opcode: number, payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? Buffer.from([0x80 | opcode, payload.length])
      : Buffer.from([0x80 | opcode, 126, payload.length >> 8, payload.length & 0xff])
  return Buffer.concat([head, payload])
}

import type { Socket } from 'node:net'
import { formatAddress } from '@zhongheng/domain/authorizations/ip.ts'
import { parseConnectTarget, type TargetReading, targetRules } from '@zhongheng/domain/authorizations/target.ts'
import { textOf } from '../reading.ts'
import type { Refusal } from '../refusals.ts'
import { take } from './first-bytes.ts'

/** What a SOCKS5 client asks for. `command`: RFC 1928 4; only CONNECT (1) is served. */
export type SocksRequest = {
  readonly command: number
  /** As it would stand in a CONNECT line, for the record. */
  readonly written: string
  /** Undefined for an address type that RFC 1928 does not know. */
  readonly target: TargetReading | undefined
}

/** Reply codes, RFC 1928 6. */
export const socksReply = {
  granted: 0,
  failure: 1,
  notAllowed: 2,
  hostUnreachable: 4,
  refused: 5,
  unknownCommand: 7,
  unknownAddressType: 8,
} as const

const userPassword = 2

/** Reads the greeting and the account (RFC 1928 3, RFC 1929 2); null when the client speaks something else or is gone. */
export async function socksAccount(socket: Socket): Promise<{ proxyName: string; secret: string } | null> {
  const greeting = await take(socket, 2)
  if (greeting?.[0] !== 5) return null
  const methods = await take(socket, greeting[1] ?? 0)
  if (methods === null) return null
  if (!methods.includes(userPassword)) {
    socket.end(Buffer.from([5, 0xff]))
    return null
  }
  socket.write(Buffer.from([5, userPassword]))
  const version = await take(socket, 1)
  if (version?.[0] !== 1) return null
  const proxyName = await counted(socket)
  const secret = proxyName === null ? null : await counted(socket)
  if (proxyName === null || secret === null) return null
  return { proxyName: proxyName.toString('utf8'), secret: secret.toString('utf8') }
}

/** Tells whether the account was good (RFC 1929 2). */
export const tellAccount = (socket: Socket, good: boolean): void => void socket.write(Buffer.from([1, good ? 0 : 1]))

/** Reads the request (RFC 1928 4); null when it is no request or the client is gone. */
export async function socksRequest(socket: Socket): Promise<SocksRequest | null> {
  const head = await take(socket, 4)
  if (head === null || head[0] !== 5 || head[2] !== 0) return null
  const host = await writtenHost(socket, head[3] ?? 0)
  if (host === null) return null
  const command = head[1] ?? 0
  if (host === undefined) return { command, written: '', target: undefined }
  const port = await take(socket, 2)
  if (port === null) return null
  const written = `${host}:${port.readUInt16BE(0)}`
  const text = textOf(written)
  // A colon or bracket inside a name would move the port: only the length of the field says where the name ends.
  const hidden = head[3] === 3 && /[:[\]]/.test(host)
  const target: TargetReading =
    text === undefined
      ? { ok: false, rule: 'TARGET-7', text: targetRules['TARGET-7'] }
      : hidden
        ? { ok: false, rule: 'TARGET-5', text: targetRules['TARGET-5'] }
        : parseConnectTarget(text)
  return { command, written, target }
}

/** The answer to a request. The bound address is of no use to anybody and stays zero. */
export const socksAnswer = (code: number): Buffer => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0])

/** The reply code that comes nearest to a refusal; its reason stands in the record. */
export function socksCodeOf(refusal: Refusal): number {
  if (refusal.rule === 'SOCKS-1') return socksReply.unknownCommand
  if (refusal.rule === 'SOCKS-2') return socksReply.unknownAddressType
  if (refusal.rule === 'DIAL-1') return socksReply.hostUnreachable
  if (refusal.rule.startsWith('DIAL-')) return socksReply.refused
  return refusal.status === 503 || refusal.status === 429 ? socksReply.failure : socksReply.notAllowed
}

async function counted(socket: Socket): Promise<Buffer | null> {
  const length = await take(socket, 1)
  return length === null ? null : take(socket, length[0] ?? 0)
}

/** The address field as text, one character per byte; undefined for an unknown type, null when the client is gone. */
async function writtenHost(socket: Socket, type: number): Promise<string | null | undefined> {
  switch (type) {
    case 1: {
      const bytes = await take(socket, 4)
      return bytes === null ? null : formatAddress({ family: 4, key: bytes.toString('hex') })
    }
    case 3:
      return (await counted(socket))?.toString('latin1') ?? null
    case 4: {
      const bytes = await take(socket, 16)
      return bytes === null ? null : `[${formatAddress({ family: 6, key: bytes.toString('hex') })}]`
    }
    default:
      return undefined
  }
}

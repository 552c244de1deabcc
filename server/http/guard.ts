import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'

const contentPolicy =
  "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; sandbox"
const guards: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['x-frame-options', 'DENY'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), microphone=(), geolocation=()'],
  ['content-security-policy', contentPolicy],
  ['cache-control', 'private, no-store'],
]
/** The headers that every answer carries, good or refused. Where people come by https, browsers are told to keep to it for a year. */
export function guard(reply: FastifyReply, publicUrl: string): void {
  for (const [name, value] of guards) reply.header(name, value)
  if (publicUrl.startsWith('https:')) reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains')
}

/** An expectation nobody here meets (RFC 9110 10.1.1): it reaches no hook, and gets the same headers. */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of guards) response.setHeader(name, value)
  response.writeHead(417, { 'content-length': 0, connection: 'close' }).end()
}

/** Bytes that are no HTTP: answered with the same headers and closed. */
export function refuseGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') {
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
    const lines = guards.map(([name, value]) => `${name}: ${value}`).join('\r\n')
    socket.write(`HTTP/1.1 ${status}\r\n${lines}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
  }
  socket.destroySoon()
}

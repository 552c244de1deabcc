import { request } from 'node:http'
import type { GatewayStatus, PolicyPush } from '@zhongheng/contracts/records/policy.ts'

/** The gateway as the server sees it: it takes policy and tells its state; it never asks for anything. */
export type GatewayPort = {
  /** @returns false when the gateway could not be reached or refused the snapshot */
  push(push: PolicyPush): Promise<boolean>
  /** null when it does not answer */
  status(): Promise<GatewayStatus | null>
}

/** Speaks HTTP over the gateway's control socket. Every wait ends after two seconds. */
export function openGatewayPort(socketPath: string): GatewayPort {
  const send = (method: string, path: string, body?: string): Promise<{ status: number; text: string } | null> =>
    new Promise((resolve) => {
      const outgoing = request(
        {
          socketPath,
          method,
          path,
          timeout: 2000,
          headers: body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {},
        },
        (incoming) => {
          const parts: Buffer[] = []
          incoming.on('data', (part: Buffer) => parts.push(part))
          incoming.on('end', () =>
            resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
          )
          incoming.on('error', () => resolve(null))
        },
      )
      outgoing.on('timeout', () => outgoing.destroy())
      outgoing.on('error', () => resolve(null))
      outgoing.end(body)
    })
  return {
    async push(push) {
      const answer = await send('PUT', '/policy', JSON.stringify(push))
      return answer !== null && answer.status < 300
    },
    async status() {
      const answer = await send('GET', '/status')
      return answer?.status === 200 ? (JSON.parse(answer.text) as GatewayStatus) : null
    },
  }
}

import { Readable } from 'node:stream'
import type { GatewayPort } from '@zhongheng/server/ports/gateway.ts'
import type { RecorderPort } from '@zhongheng/server/ports/recorder.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'

/** A gateway that is up and takes every snapshot; it remembers the last one. For tests whose subject is not the wire. */
export function standInGateway(): GatewayPort & { readonly pushed: string[] } {
  const pushed: string[] = []
  return {
    pushed,
    push: async (push) => {
      pushed.push(push.signed.payload)
      return true
    },
    status: async () => ({
      policySequence: pushed.length,
      policyDigest: null,
      policyExpiresAt: null,
      recorder: 'connected',
      openConnections: 0,
      passed: 0,
      refused: 0,
    }),
  }
}

/** A recorder that is up and holds nothing: its bytes and proofs are refused as unavailable, as the real one's while it is away. */
export function standInRecorder(): RecorderPort {
  const away = () => Promise.reject(new Problem('unavailable', say('替身不保存流量', 'the stand-in keeps no traffic')))
  return {
    setKey: async () => undefined,
    feed: async (after) => {
      await new Promise((resolve) => setTimeout(resolve, 200).unref())
      return { rows: [], next: after, gaps: [], waitingForKey: null }
    },
    seals: async (after) => ({ seals: [], next: after }),
    request: async () => Readable.from([Buffer.from('GET / HTTP/1.1\r\nhost: shop\r\n\r\n')]),
    response: async () => Readable.from([Buffer.from('HTTP/1.1 200 OK\r\n\r\nhello')]),
    segmentFile: async () => Readable.from([Buffer.from('ZHSEG')]),
    proof: away,
    seal: async () => [],
    check: async () => ({ segments: 0, faults: [] }),
    dispose: async () => undefined,
    status: away,
    close: () => undefined,
  }
}

import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ExchangeEnd, ExchangeHead } from '@zhongheng/contracts/records/capture.ts'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { connectRecorder } from '@zhongheng/gateway/taps/recorder-client.ts'
import type { Recorder } from '@zhongheng/gateway/taps/tap.ts'
import { openRecorderPort } from '@zhongheng/server/ports/recorder.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { median, processorTime, workFolder } from './gateway/machine.ts'
import type { Figure } from './main.ts'

const rounds = 3
const engagementId = 'eng_01jbench000000000000000000'

type Case = {
  readonly what: string
  readonly key: string
  readonly atOnce: number
  readonly count: number
  body(): Buffer
}

const row = (at: number): string =>
  `<tr><td>${at}</td><td>${randomBytes(4).toString('hex')}</td><td class="line">an order of tea and books</td></tr>\n`
const page = (bytes: number): Buffer => {
  let text = ''
  for (let at = 0; text.length < bytes; at++) text += row(at)
  return Buffer.from(text.slice(0, bytes))
}
const pages = Array.from({ length: 16 }, () => ({
  small: page(1024),
  large: page(65_536),
  packed: randomBytes(65_536),
}))
let turn = 0
const next = (kind: keyof (typeof pages)[number]) => (): Buffer =>
  pages[turn++ % pages.length]?.[kind] ?? Buffer.alloc(0)

const cases: readonly Case[] = [
  { what: '1 KiB of text, one at a time', key: 'single_1k', atOnce: 1, count: 3000, body: next('small') },
  { what: '1 KiB of text, 32 at once', key: 'many_1k', atOnce: 32, count: 12_000, body: next('small') },
  { what: '64 KiB of text, 8 at once', key: 'text_64k', atOnce: 8, count: 2000, body: next('large') },
  { what: '64 KiB packed already, 8 at once', key: 'packed_64k', atOnce: 8, count: 2000, body: next('packed') },
]

/**
 * The recorder's own cost, as a process of its own with real sockets and files: processor time and bytes on the disk for
 * an exchange, and how long one waits until its last byte is acknowledged. Rounds are interleaved; medians.
 */
export async function run(): Promise<readonly Figure[]> {
  const folder = workFolder()
  const sockets = join(folder.path, 'run')
  const recorder = fork(join(import.meta.dirname, '../recorder/main/main.ts'), {
    env: { ...environment(), ZH_DATA: folder.path, ZH_RUN: sockets },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  try {
    await once(recorder.stdout ?? recorder, 'data')
    const server = openRecorderPort(socketPath(sockets, recorderSockets.control))
    await server.setKey(engagementId, randomBytes(32))
    const gateway = connectRecorder({ socketPath: socketPath(sockets, recorderSockets.intake), gatewayId: 'bench' })
    while (!gateway.ready) await new Promise((resolve) => setTimeout(resolve, 10))
    const found = cases.map(() => [] as { cpu: number; stored: number; p50: number }[])
    for (const one of cases) await record(gateway, { ...one, count: one.count / 4 })
    await server.seal(engagementId)
    for (let round = 0; round < rounds; round++) {
      for (const [at, one] of cases.entries()) {
        const before = processorTime(recorder.pid ?? 0)
        const p50 = await record(gateway, one)
        const cpu = (processorTime(recorder.pid ?? 0) - before) / one.count
        const seals = await server.seal(engagementId)
        found[at]?.push({ cpu, stored: (seals.at(-1)?.bytes ?? 0) / (seals.at(-1)?.exchanges ?? 1), p50 })
      }
    }
    server.close()
    await gateway.close()
    return cases.flatMap(({ what, key }, at): Figure[] => {
      const of = (name: 'cpu' | 'stored' | 'p50'): number => median((found[at] ?? []).map((one) => one[name]))
      return [
        { what: `${what}: processor time`, value: of('cpu'), unit: 'µs per exchange', key: `figures.${key}_cpu` },
        { what: `${what}: on the disk`, value: of('stored'), unit: 'bytes per exchange', key: `figures.${key}_stored` },
        { what: `${what}: p50 to the acknowledged end`, value: of('p50'), unit: 'ms', key: `figures.${key}_p50` },
      ]
    })
  } finally {
    recorder.kill('SIGKILL')
    folder.end()
  }
}

let counter = 0
const headOf = (): ExchangeHead => ({
  exchangeId: `xch_${String(++counter).padStart(26, '0')}`,
  engagementId,
  leaseId: 'lea_01j00000000000000000000000',
  testerId: 'per_01j00000000000000000000000',
  kind: 'http',
  startedAt: new Date().toISOString(),
  scheme: 'https',
  host: 'shop.example',
  port: 443,
  method: 'GET',
  path: `/orders/${counter}`,
  policyDigest: 'ab'.repeat(32),
})
const end = (): ExchangeEnd => ({ finishedAt: new Date().toISOString(), status: 200, outcome: 'complete' })

/** @returns the median milliseconds from the request's first byte to the acknowledged end */
async function record(gateway: Recorder, { atOnce, count, body }: Case): Promise<number> {
  const took: number[] = []
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const content = body()
      const began = performance.now()
      const tap = gateway.open(headOf())
      tap.requestBytes(
        Buffer.from(
          `GET /orders/${counter} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: text/html\r\nCookie: sid=${counter.toString(16).padStart(32, '0')}\r\n\r\n`,
        ),
      )
      await tap.written()
      tap.responseBytes(
        Buffer.from(
          `HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: ${content.length}\r\n\r\n`,
        ),
      )
      tap.responseBytes(content)
      await tap.end(end())
      took.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return median(took)
}

import { randomBytes } from 'node:crypto'
import type { BusSettings } from '@zhongheng/contracts/records/bus-settings.ts'
import { sealBatch, theRecorder } from '@zhongheng/contracts/records/bus.ts'
import type { ExchangeRow } from '@zhongheng/contracts/records/capture.ts'
import { RowPublisher } from '@zhongheng/recorder/bus/publisher.ts'
import { Feed } from '@zhongheng/recorder/feed/feed.ts'
import { hasNatsServer, startNatsServer } from '@zhongheng/recorder/fixtures/nats-server.ts'
import type { RecorderPort } from '@zhongheng/server/ports/recorder.ts'
import { rowsFromBus } from '@zhongheng/server/ports/row-feed.ts'
import { median } from './gateway/machine.ts'
import type { Figure } from './main.ts'

const rounds = 3
const count = 100_000

/**
 * Rows over a real NATS server: from the recorder's feed, sealed, through a stream on the disk, opened and joined at the index's door.
 * The database behind the door is not part of it. Without a NATS server on the machine only the sealing is measured.
 */
export async function run(): Promise<readonly Figure[]> {
  const rows = Array.from({ length: 250 }, (_, at) => JSON.stringify(rowOf(at + 1)))
  const key = randomBytes(32)
  const sealed = sealBatch(key, { node: theRecorder, after: 0, next: rows.length, rows, gaps: [] })
  const figures: Figure[] = [
    { what: 'a row on the bus, sealed', value: sealed.length / rows.length, unit: 'bytes', key: 'figures.row_bytes' },
  ]
  if (!hasNatsServer) {
    console.log('No nats-server on this machine: rows a second are not measured (Debian package nats-server).')
    return figures
  }
  const found = { rate: [] as number[], cpu: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const { rate, cpu } = await carry(key)
    found.rate.push(rate)
    found.cpu.push(cpu)
  }
  return [
    ...figures,
    { what: 'rows over the bus', value: median(found.rate), unit: 'rows/s', key: 'figures.rows_per_s' },
    { what: 'processor time of both ends', value: median(found.cpu), unit: 'µs per row', key: 'figures.row_cpu' },
  ]
}

async function carry(key: Uint8Array): Promise<{ rate: number; cpu: number }> {
  const nats = await startNatsServer()
  const settings: BusSettings = {
    servers: [`127.0.0.1:${nats.port}`],
    tls: null,
    login: null,
    key,
    name: 'bench',
    replicas: 1,
  }
  const feed = new Feed(() => false)
  const publisher = new RowPublisher(settings, 0, feed, (what, fault) => console.error(what, fault))
  // The index may ask nobody: what it takes has come over the bus.
  const nobody = { feed: () => Promise.reject(new Error('asked')) } as unknown as RecorderPort
  const taking = rowsFromBus(settings, nobody)
  try {
    // The publisher goes on behind what there is when it connects, so the rows come afterwards.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const began = performance.now()
    const before = process.cpuUsage()
    const source = {
      engagementId: 'eng_01jbench000000000000000000',
      readable: true,
      rows: (first: number, many: number) =>
        Promise.resolve(Array.from({ length: many }, (_, at) => JSON.stringify(rowOf(first + at)))),
    }
    feed.load([{ first: 1, count, source }], count)
    feed.wake()
    let position = 0
    while (position < count) position = (await taking.next(position, { limit: 500, waitMs: 1000 })).next
    const { user, system } = process.cpuUsage(before)
    return { rate: (count / (performance.now() - began)) * 1000, cpu: (user + system) / count }
  } finally {
    await taking.close()
    await publisher.close()
    await nats.end()
  }
}

const rowOf = (sequence: number): ExchangeRow => ({
  exchangeId: `xch_${String(sequence).padStart(26, '0')}`,
  engagementId: 'eng_01jbench000000000000000000',
  leaseId: 'lea_01j00000000000000000000000',
  testerId: 'per_01j00000000000000000000000',
  kind: 'http',
  startedAt: '2026-03-02T08:00:00.000Z',
  scheme: 'https',
  host: 'shop.example',
  port: 443,
  address: '192.0.2.10',
  method: 'GET',
  path: `/orders/${sequence}?page=2`,
  targetVerified: true,
  policyDigest: 'ab'.repeat(32),
  finishedAt: '2026-03-02T08:00:00.120Z',
  status: 200,
  outcome: 'complete',
  contentType: 'text/html; charset=utf-8',
  sequence,
  segmentId: 'seg_01j00000000000000000000000',
  requestBytes: 213,
  responseBytes: 1224,
  requestDigest: 'cd'.repeat(32),
  responseDigest: 'ef'.repeat(32),
})

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { connectRecorder } from '@zhongheng/gateway/taps/recorder-client.ts'
import { openRecorderPort } from '@zhongheng/server/ports/recorder.ts'
import { expect, it } from 'vitest'
import {
  bytesOf,
  complete,
  ended,
  freshFolder,
  headOf,
  openDesk,
  ready,
  rowsOf,
  shop,
  spawnRecorder,
} from './fixtures/recording.ts'

const kills = 50

it(`every request acknowledged in ${kills} runs that end with kill -9 in mid-load is in the record`, async () => {
  const folder = freshFolder()
  const run = join(folder, 'run')
  const key = randomBytes(32)
  const requests = new Map<string, string>()
  for (let round = 0; round < kills; round++) {
    const child = await spawnRecorder(folder)
    const server = openRecorderPort(socketPath(run, recorderSockets.control))
    await server.setKey(shop, key)
    const gateway = await ready(
      connectRecorder({ socketPath: socketPath(run, recorderSockets.intake), gatewayId: 'gw-1' }),
    )
    const gone = ended(child)
    // Eight testers at once, each with one request after the other, until the recorder is gone.
    const testers = Array.from({ length: 8 }, async () => {
      for (;;) {
        const head = headOf()
        const bytes = `GET /${randomBytes(200).toString('hex')}`
        const tap = gateway.open(head)
        tap.requestBytes(Buffer.from(bytes))
        await tap.written()
        requests.set(head.exchangeId, bytes)
        tap.responseBytes(randomBytes(100 + (round % 7) * 3000))
        await tap.end(complete)
      }
    })
    const stopped = Promise.allSettled(testers)
    setTimeout(() => child.kill('SIGKILL'), 5 + (round % 10) * 7)
    await Promise.all([gone, stopped])
    await gateway.close()
    server.close()
  }
  const { server } = await openDesk({ folder, keys: { [shop]: key } })
  const rows = await rowsOf(server, requests.size)
  const recorded = new Set(rows.map((row) => row.exchangeId))
  expect([...requests.keys()].filter((id) => !recorded.has(id))).toEqual([])
  expect(rows.map((row) => row.sequence)).toEqual(rows.map((_, index) => index + 1))
  const last = [...requests].slice(-100)
  for (const [id, bytes] of last) expect((await bytesOf(server.request(shop, id))).toString()).toBe(bytes)
  expect((await server.check(shop)).faults).toEqual([])
  expect(requests.size).toBeGreaterThan(kills)
})

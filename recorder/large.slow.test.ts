import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { connectRecorder } from '@zhongheng/gateway/taps/recorder-client.ts'
import { openRecorderPort } from '@zhongheng/server/ports/recorder.ts'
import { expect, it } from 'vitest'
import { complete, freshFolder, headOf, ready, record, rowsOf, shop, spawnRecorder } from './fixtures/recording.ts'

const megabyte = 1_000_000

it('a body of 200 MB goes in and comes out unchanged, in bounded memory, while others record', async () => {
  const folder = freshFolder()
  const child = await spawnRecorder(folder)
  const run = join(folder, 'run')
  const server = openRecorderPort(socketPath(run, recorderSockets.control))
  await server.setKey(shop, randomBytes(32))
  const gateway = await ready(
    connectRecorder({ socketPath: socketPath(run, recorderSockets.intake), gatewayId: 'gw-1' }),
  )
  const sent = createHash('sha256')
  const tap = gateway.open(headOf({ method: 'PUT', path: '/backup' }))
  let others = 0
  for (let n = 0; n < 200; n++) {
    const chunk = randomBytes(megabyte)
    sent.update(chunk)
    tap.requestBytes(chunk)
    if (tap.pressed) await tap.written()
    if (n % 20 === 0) {
      await record(gateway, headOf(), 'GET /', 'HTTP/1.1 200 OK')
      others += 1
    }
  }
  tap.responseBytes(Buffer.from('HTTP/1.1 201 Created\r\n\r\n'))
  await tap.end(complete)

  const row = (await rowsOf(server, others + 1)).at(-1)
  expect(row).toMatchObject({ path: '/backup', requestBytes: 200 * megabyte })
  const back = createHash('sha256')
  for await (const part of await server.request(shop, row?.exchangeId ?? '')) back.update(part as Buffer)
  expect(back.digest('hex')).toBe(sent.digest('hex'))
  expect((await server.proof(shop, row?.exchangeId ?? '')).leaf.requestDigest).toBe(row?.requestDigest)
  expect((await server.check(shop)).faults).toEqual([])
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
  process.stdout.write(`peak memory of the recorder: ${Math.round(Number(peak) / 1024)} MiB\n`)
  expect(Number(peak) / 1024).toBeLessThan(256)
  await gateway.close()
  server.close()
})

import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { FrameReader, frameHeader, frameTypes, jsonFrame } from '@zhongheng/contracts/records/intake.ts'
import {
  bytesOf,
  complete,
  freshFolder,
  headOf,
  openDesk,
  ready,
  record,
  shop,
  until,
} from '@zhongheng/recorder/fixtures/recording.ts'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectRecorder } from './recorder-client.ts'

/** A recorder that says welcome and then acknowledges only when it is told to. */
async function slowRecorder(): Promise<{ path: string; acknowledge(): void }> {
  const path = join(freshFolder(), 'slow.sock')
  const sockets: Socket[] = []
  let seen = 0
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    const reader = new FrameReader()
    socket.on('data', (chunk: Buffer) => {
      for (const frame of reader.push(chunk)) {
        seen = frame.sequence
        if (frame.type === frameTypes.hello)
          socket.write(jsonFrame(frameTypes.welcome, 1, 0, { writing: true, why: null }))
      }
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(path, resolve)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { path, acknowledge: () => sockets.at(-1)?.write(frameHeader(frameTypes.ack, seen, 0, 0)) }
}

describe('the way to the recorder', () => {
  it('is not ready while nobody listens, and says why', async () => {
    const client = connectRecorder({ socketPath: join(freshFolder(), 'none.sock'), gatewayId: 'gw' })
    onTestFinished(() => client.close())
    await until(() => client.why === 'the recorder cannot be reached')
    expect(client.ready).toBe(false)
    await expect(client.open(headOf()).written()).rejects.toThrow(/not connected/)
    await expect(client.refuse(headOf(), complete)).rejects.toThrow(/not connected/)
  })

  it('tells a tap that it is pressed while more than a mebibyte waits, and no longer once it was taken', async () => {
    const slow = await slowRecorder()
    const client = await ready(connectRecorder({ socketPath: slow.path, gatewayId: 'gw' }))
    onTestFinished(() => client.close())
    const tap = client.open(headOf())
    const other = client.open(headOf())
    for (let n = 0; n < 5; n++) tap.requestBytes(Buffer.alloc(256 * 1024))
    expect([tap.pressed, other.pressed]).toEqual([true, false])
    const written = tap.written()
    await until(() => {
      slow.acknowledge()
      return !tap.pressed
    })
    await written
  })

  it('is lost rather than let memory grow without bound', async () => {
    const slow = await slowRecorder()
    const client = await ready(connectRecorder({ socketPath: slow.path, gatewayId: 'gw' }))
    onTestFinished(() => client.close())
    let lost = 0
    client.onLost(() => lost++)
    const tap = client.open(headOf())
    const chunk = Buffer.alloc(1024 * 1024)
    for (let n = 0; n < 70; n++) tap.requestBytes(chunk)
    await expect(tap.written()).rejects.toThrow(/too much waits/)
    expect(lost).toBe(1)
  })

  it('is lost when the recorder is there but does not answer in time', async () => {
    const slow = await slowRecorder()
    const client = await ready(connectRecorder({ socketPath: slow.path, gatewayId: 'gw', ackWithinMs: 50 }))
    onTestFinished(() => client.close())
    await expect(client.open(headOf()).written()).rejects.toThrow(/has not answered/)
  })

  it('refuses a head too long for a frame and goes on with the next exchange', async () => {
    const { gateway, server } = await openDesk()
    const tap = gateway.open(headOf({ path: `/${'x'.repeat(300_000)}` }))
    tap.requestBytes(Buffer.from('x'))
    await expect(tap.written()).rejects.toThrow(RangeError)
    await expect(tap.end(complete)).rejects.toThrow(RangeError)
    const head = headOf()
    const long = Buffer.alloc(900_001, 'chunks larger than a frame ')
    await record(gateway, head, long, '')
    expect(await bytesOf(server.request(shop, head.exchangeId))).toEqual(long)
  })

  it('hands over what was given before it closes', async () => {
    const { server, folder } = await openDesk()
    const client = await ready(connectRecorder({ socketPath: join(folder, 'in.sock'), gatewayId: 'gw-2' }))
    const head = headOf()
    const tap = client.open(head)
    tap.requestBytes(Buffer.from('last words'))
    const end = tap.end(complete)
    await client.close()
    await end
    await until(async () => (await server.feed(0)).rows.length === 1)
  })
})

import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import {
  FrameReader,
  frameHeader,
  frameTypes,
  jsonFrame,
  protocolVersion,
} from '@zhongheng/contracts/records/intake.ts'
import { describe, expect, it } from 'vitest'
import { complete, type Desk, headOf, openDesk, record, rowsOf } from '../fixtures/recording.ts'

const hello = jsonFrame(frameTypes.hello, 1, 0, { gatewayId: 'somebody' })

describe('what reaches the intake and is no gateway’s speech', () => {
  const dial = (desk: Desk): Socket => connect(join(desk.folder, 'in.sock'))
  const closed = (socket: Socket): Promise<void> =>
    new Promise((resolve) => {
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
      socket.resume()
    })

  const bad: readonly (readonly [string, Buffer])[] = [
    ['an HTTP request', Buffer.from('GET /status HTTP/1.1\r\nhost: x\r\n\r\n')],
    ['random bytes', randomBytes(5000)],
    ['no hello', jsonFrame(frameTypes.open, 1, 1, headOf())],
    ['a hello that is no JSON', Buffer.concat([frameHeader(frameTypes.hello, 1, 0, 3), Buffer.from('{{{')])],
    ['a frame longer than any may be', Buffer.concat([hello, frameHeader(frameTypes.open, 2, 1, 2 ** 31)])],
    ['another protocol version', Buffer.from(hello).fill(protocolVersion + 1, 5, 6)],
    ['a sequence that skips', Buffer.concat([hello, jsonFrame(frameTypes.open, 3, 1, headOf())])],
    [
      'bytes for a stream never opened',
      Buffer.concat([hello, frameHeader(frameTypes.request, 2, 9, 1), Buffer.from('x')]),
    ],
    ['an unknown frame', Buffer.concat([hello, frameHeader(frameTypes.ack, 2, 0, 0)])],
    [
      'bytes behind an end',
      Buffer.concat([
        hello,
        jsonFrame(frameTypes.open, 2, 1, headOf()),
        jsonFrame(frameTypes.end, 3, 1, complete),
        frameHeader(frameTypes.request, 4, 1, 1),
        Buffer.from('x'),
      ]),
    ],
    [
      'a stream opened twice',
      Buffer.concat([hello, jsonFrame(frameTypes.open, 2, 1, headOf()), jsonFrame(frameTypes.open, 3, 1, headOf())]),
    ],
  ]

  it.each(bad)('%s ends the connection and harms nobody else', async (_, bytes) => {
    const desk = await openDesk()
    const socket = dial(desk)
    const gone = closed(socket)
    socket.write(bytes)
    await gone
    await record(desk.gateway, headOf(), 'still', 'recording')
  })

  const wrongHeads: readonly (readonly [string, object])[] = [
    ['an engagement that is a path', { engagementId: '../../etc' }],
    ['an empty exchange id', { exchangeId: '' }],
    ['a time without a zone', { startedAt: '2026-03-02 08:00' }],
    ['a kind we do not know', { kind: 'carrier-pigeon' }],
    ['a port beyond all', { port: 65_536 }],
    ['an unknown member', { note: 'x' }],
    ['a host that is a number', { host: 7 }],
    ['a refusal without a rule', { refusal: { code: 'x', detail: 'y' } }],
  ]

  it.each(wrongHeads)('a head with %s is refused alone, and the connection goes on', async (_, wrong) => {
    const desk = await openDesk()
    const tap = desk.gateway.open({ ...headOf(), ...wrong })
    tap.requestBytes(Buffer.from('x'))
    await expect(tap.written()).rejects.toMatchObject({ code: 'malformed' })
    await expect(tap.end(complete)).rejects.toMatchObject({ code: 'malformed' })
    await record(desk.gateway, headOf(), 'a', 'b')
  })

  it('a wrong end closes the exchange as one whose end was not told', async () => {
    const { gateway, server } = await openDesk()
    const tap = gateway.open(headOf())
    await expect(tap.end({ ...complete, status: 1000 })).rejects.toMatchObject({ code: 'malformed' })
    expect((await rowsOf(server, 1))[0]).toMatchObject({ recovered: 'gateway_lost' })
  })

  it('the same exchange id twice is refused the second time', async () => {
    const { gateway } = await openDesk()
    const head = headOf()
    await record(gateway, head, 'a', 'b')
    await expect(gateway.open(head).written()).rejects.toMatchObject({ code: 'duplicate' })
  })

  it.each([1, 2, 7, 16, 100])('frames cut into pieces of %i bytes come out as they were', async (size) => {
    const desk = await openDesk()
    const head = headOf()
    const bytes = Buffer.concat([
      hello,
      jsonFrame(frameTypes.open, 2, 1, head),
      frameHeader(frameTypes.request, 3, 1, 5),
      Buffer.from('hello'),
      jsonFrame(frameTypes.end, 4, 1, complete),
    ])
    const socket = dial(desk)
    const reader = new FrameReader()
    const acked = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        for (const frame of reader.push(chunk)) if (frame.type === frameTypes.ack && frame.sequence === 4) resolve()
      })
    })
    for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size))
    await acked
    socket.destroy()
    expect((await rowsOf(desk.server, 1))[0]).toMatchObject({ exchangeId: head.exchangeId, requestBytes: 5 })
  })
})

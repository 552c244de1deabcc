import { once } from 'node:events'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readHttp2Side, recordBegins } from '@zhongheng/contracts/records/http2-side.ts'
import { get, http2Target, openHttp2, RawHttp2, rawTarget } from '../../testing/http2.ts'
import { Scene } from '../../testing/scene.ts'
import { readHello } from '../tunnel/client-hello.ts'
import { FrameCutter, FrameTooLarge, frameBytes, headerFrames, settingsFrame } from './frames.ts'
import { HpackDecoder, HpackFault } from './hpack/decoder.ts'
import { encodeBlock } from './hpack/encoder.ts'

/* The seed is said by fast-check when a case fails; what it finds becomes a test of its own. */
const bytes = fc.uint8Array({ maxLength: 400 })

describe('readers', () => {
  it('of header blocks end with a list or a fault', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 6 }), (blocks) => {
        const decoder = new HpackDecoder(4096, 50)
        try {
          for (const block of blocks) expect(decoder.decode(Buffer.from(block)).fields.length).toBeLessThanOrEqual(50)
        } catch (error) {
          if (!(error instanceof HpackFault)) throw error
        }
      }),
      { numRuns: 20_000 },
    )
  })

  it('of frames give the same whatever the pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(12), fc.nat(255), fc.nat(9), bytes), { maxLength: 8 }),
        fc.integer({ min: 1, max: 60 }),
        (list, size) => {
          const all = Buffer.concat(
            list.map(([type, flag, stream, payload]) => frameBytes(type, flag, stream, payload)),
          )
          const seen: unknown[] = []
          const cutter = new FrameCutter()
          for (let at = 0; at < all.length; at += size)
            cutter.push(
              all.subarray(at, at + size),
              ({ type, flags, stream, payload }) =>
                seen.push([type, flags, stream, Buffer.from(payload).toString('hex')]) > 0,
            )
          expect(seen).toEqual(
            list.map(([type, flag, stream, payload]) => [type, flag, stream, Buffer.from(payload).toString('hex')]),
          )
        },
      ),
      { numRuns: 3000 },
    )
    expect(() => new FrameCutter().push(Buffer.from('ffffff0000000000000000', 'hex'), () => true)).toThrow(
      FrameTooLarge,
    )
  })

  it('of hellos and of records answer to anything', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        readHello(Buffer.from(some))
        readHello(Buffer.concat([Buffer.from([22, 3, 1, 0, some.length, 1, 0, 0, Math.max(0, some.length - 4)]), some]))
        readHttp2Side(Uint8Array.of(...recordBegins.request, ...some))
      }),
      { numRuns: 20_000 },
    )
  })

  it('a list comes out of its block as it went in', () => {
    const text = fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some).toString('latin1'))
    fc.assert(
      fc.property(fc.array(fc.record({ name: text, value: text }), { maxLength: 20 }), (fields) => {
        expect(new HpackDecoder(1e6, 100).decode(encodeBlock(fields)).fields).toEqual(fields)
        const side = readHttp2Side(
          Buffer.concat([
            recordBegins.response,
            headerFrames(1, encodeBlock([{ name: ':status', value: '200' }, ...fields]), true),
          ]),
        )
        expect(side?.head.slice(1).map(({ name, value }) => ({ name, value }))).toEqual(fields)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('frames that make no sense', () => {
  let scene: Scene
  let port: number
  beforeAll(async () => {
    scene = await Scene.open({ patience: { head: 1000 } })
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream) => {
        stream.respond({ ':status': 200 })
        stream.end('ok')
      }),
    )
    port = target.port
  })
  afterAll(async () => {
    await scene.close()
  })
  const fields = (at: number) => get(at).map(([name, value]) => ({ name, value }))
  /** Mostly frames that could be, with what is wrong in the middle of them. */
  const frame = fc.oneof(
    fc
      .tuple(fc.nat(12), fc.nat(255), fc.nat(9), bytes)
      .map(([type, flag, stream, payload]) => frameBytes(type, flag, stream, payload)),
    fc.tuple(fc.nat(4), fc.boolean()).map(([at, end]) => headerFrames(at * 2 + 1, encodeBlock(fields(port)), end)),
    fc
      .tuple(fc.nat(4), fc.boolean(), bytes)
      .map(([at, end, payload]) => frameBytes(0, end ? 1 : 0, at * 2 + 1, payload)),
    fc.tuple(fc.nat(4), fc.nat(13)).map(([at, code]) => frameBytes(3, 0, at * 2 + 1, Buffer.from([0, 0, 0, code]))),
    fc.tuple(fc.nat(9), fc.nat()).map(([id, value]) => settingsFrame([[id, value]])),
  )

  it('from a tester fault nothing, and the next tester is served', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 30 }), async (frames) => {
        const raw = await RawHttp2.open(scene, port)
        raw.send(...frames)
        raw.send(frameBytes(6, 0, 0, Buffer.from('the-end!')))
        await raw.until(({ type, payload }) => (type === 6 && payload.toString() === 'the-end!') || type === 7)
        raw.socket.destroy()
        expect(scene.faults).toEqual([])
      }),
      { numRuns: 300, interruptAfterTimeLimit: 40_000 },
    )
    const session = await openHttp2(scene, port)
    const stream = session.request({ ':path': '/' })
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }]
    expect(headers[':status']).toBe(200)
    await expect.poll(() => scene.memory.exchanges.every(({ end }) => end !== null)).toBe(true)
  }, 90_000)

  it('from a target fault nothing, and the tester is told', async () => {
    let frames: readonly Buffer[] = []
    const target = await rawTarget(scene, (raw, { type, stream }) => {
      if (type === 1) raw.send(...frames.map((one) => (one[3] === 1 || one[3] === 0 ? patched(one, stream) : one)))
      if (type === 1) raw.socket.end()
    })
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 12 }), async (list) => {
        frames = list
        const raw = await RawHttp2.open(scene, target.port)
        raw.head(1, get(target.port))
        await raw.until(
          ({ type, flags }) => type === 3 || type === 7 || ((type === 0 || type === 1) && (flags & 1) === 1),
        )
        raw.socket.destroy()
        expect(scene.faults).toEqual([])
      }),
      { numRuns: 200, interruptAfterTimeLimit: 40_000 },
    )
  }, 90_000)
})

function patched(frame: Buffer, stream: number): Buffer {
  const copy = Buffer.from(frame)
  copy.writeUInt32BE(stream, 5)
  return copy
}

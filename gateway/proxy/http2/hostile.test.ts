import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get, http2Target, openHttp2, openTls, RawHttp2, rawTarget } from '../../testing/http2.ts'
import { Scene } from '../../testing/scene.ts'
import { codes, frameBytes, frameTypes, headerFrames, settingsFrame, windowFrame } from './frames.ts'
import { encodeBlock } from './hpack/encoder.ts'

/* Everything in one gateway, so that whoever came before would be noticed. */
let scene: Scene
let target: { port: number }
let requests = 0
beforeAll(async () => {
  scene = await Scene.open({ patience: { head: 1500, exchange: 60_000 } })
  target = await http2Target(scene, (server) =>
    server.on('stream', (stream, headers) => {
      requests++
      stream.respond({ ':status': 200 })
      if (headers[':path'] !== '/large') return stream.end('ok')
      const pour = (): void => {
        while (!stream.destroyed && stream.write(Buffer.alloc(65_536)));
      }
      stream.on('drain', pour)
      pour()
    }),
  )
})
afterAll(async () => {
  expect(scene.faults).toEqual([])
  await scene.close()
})

const open = (): Promise<RawHttp2> => RawHttp2.open(scene, target.port)
const empty = Buffer.alloc(0)
/** The head of the answer proper, after informational ones. */
async function headersIn(raw: RawHttp2, stream: number): Promise<Record<string, string>> {
  let found: Record<string, string> = {}
  await raw.until((frame) => {
    if (frame.type !== frameTypes.headers || frame.stream !== stream) return false
    found = Object.fromEntries(raw.fields(frame).map(({ name, value }) => [name, value]))
    return !found[':status']?.startsWith('1')
  })
  return found
}

/** Another tester's connection, opened before the attack, still works after it. */
async function unhurt(attack: () => Promise<void>): Promise<void> {
  const neighbour = await openHttp2(scene, target.port)
  await attack()
  const stream = neighbour.request({ ':path': '/neighbour' })
  const [headers] = (await once(stream, 'response')) as [{ ':status': number }]
  expect(headers[':status']).toBe(200)
  neighbour.destroy()
}

describe('a malformed request', () => {
  const base = get(0).filter(([name]) => name !== ':path')
  const plain = [...base, [':path', '/']] as const
  const bodyOf = (raw: RawHttp2, length: number): void => raw.data(1, Buffer.alloc(length), true)
  type Case = readonly [string, string, readonly (readonly [string, string])[], ((raw: RawHttp2) => void)?]
  const cases: readonly Case[] = [
    ['a name in upper case', 'H2-2', [...plain, ['X-Up', '1']]],
    ['a blank in a name', 'H2-2', [...plain, ['x y', '1']]],
    ['CR LF in a value', 'H2-3', [...plain, ['x', 'a\r\nhost: other.example']]],
    ['CR LF in the path', 'H2-3', [...base, [':path', '/ HTTP/1.1\r\nhost: other.example']]],
    ['NUL in a value', 'H2-3', [...plain, ['x', 'a\0b']]],
    ['a blank before a value', 'H2-3', [...plain, ['x', ' a']]],
    ['a field about the connection', 'H2-4', [...plain, ['connection', 'close']]],
    ['Transfer-Encoding', 'H2-4', [...plain, ['transfer-encoding', 'chunked']]],
    ['TE other than trailers', 'H2-4', [...plain, ['te', 'gzip']]],
    ['a doubled pseudo-header', 'H2-1', [...plain, [':path', '/other']]],
    ['a pseudo-header behind a field', 'H2-1', [...base, ['x', '1'], [':path', '/']]],
    ['an unknown pseudo-header', 'H2-1', [...plain, [':status', '200']]],
    ['no path', 'H2-1', base],
    ['an empty path', 'H2-1', [...base, [':path', '']]],
    ['a blank in the path', 'H2-1', [...base, [':path', '/a b']]],
    ['a method that is none', 'H2-1', [[':method', 'GE T'], ...plain.slice(1)]],
    [
      'CONNECT',
      'H2-14',
      [
        [':method', 'CONNECT'],
        [':authority', 'other.example:443'],
      ],
    ],
    ['two lengths', 'H2-5', [...plain, ['content-length', '1'], ['content-length', '1']]],
    ['a signed length', 'H2-5', [...plain, ['content-length', '+1']]],
    ['a length without a body', 'H2-5', [...plain, ['content-length', '5']]],
    ['a path of 100,000 bytes', 'H2-6', [...base, [':path', `/${'a'.repeat(100_000)}`]]],
    ['1001 fields', 'H2-6', [...plain, ...Array.from({ length: 1001 }, (_, at) => [`x${at}`, ''] as const)]],
    ['a body shorter than its length', 'H2-5', [...plain, ['content-length', '5']], (raw) => bodyOf(raw, 4)],
    ['a body longer than its length', 'H2-5', [...plain, ['content-length', '5']], (raw) => bodyOf(raw, 6)],
    ['trailers with a pseudo-header', 'H2-7', plain, (raw) => raw.head(1, [[':path', '/']])],
  ]
  it.each(cases.map(([name, rule, fields, body = null]) => [name, rule, fields, body] as const))(
    'with %s gets a page, stands in the record, and the next one is served',
    async (_name, rule, fields, body) => {
      const raw = await open()
      const before = scene.memory.refusals.length
      raw.head(
        1,
        fields.map(([name, value]) => [name, value.replace('shop.example:0', `shop.example:${target.port}`)] as const),
        body === null,
      )
      body?.(raw)
      const page = await headersIn(raw, 1)
      expect(page).toMatchObject({ ':status': rule === 'H2-6' ? '431' : '400', 'x-zhongheng-refusal': rule })
      expect(scene.memory.refusals.slice(before).map(({ head }) => head)).toMatchObject([
        { httpVersion: '2', refusal: { rule } },
      ])
      raw.head(3, get(target.port))
      expect(await headersIn(raw, 3)).toMatchObject({ ':status': '200' })
      raw.socket.destroy()
    },
  )

  it('that did not come to its end leaves the target without one', () => {
    const broken = scene.memory.exchanges.filter(({ end }) => end?.status === 400)
    expect(broken.length).toBe(3)
    for (const { end } of broken) expect(end?.outcome).not.toBe('complete')
  })
})

describe('a connection', () => {
  const ping = frameBytes(frameTypes.ping, 0, 0, Buffer.alloc(8))
  const many = (frame: Buffer, count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => frame))
  const opening = (): Buffer =>
    frameBytes(frameTypes.headers, 0, 1, encodeBlock(get(target.port).map(([name, value]) => ({ name, value }))))
  const block = (): Buffer => encodeBlock(get(target.port).map(([name, value]) => ({ name, value })))
  const attacks: readonly (readonly [string, string, number, (raw: RawHttp2) => void])[] = [
    [
      'cancels what it opens, again and again (rapid reset)',
      'H2-9',
      codes.calm,
      (raw) => {
        for (let id = 1; id < 2000; id += 2) {
          raw.head(id, get(target.port))
          raw.reset(id)
        }
      },
    ],
    [
      'opens 100,000 streams at once',
      'H2-9',
      codes.calm,
      (raw) => {
        for (let from = 1; from < 200_000; from += 2000)
          raw.send(...Array.from({ length: 1000 }, (_, at) => headerFrames(from + at * 2, block(), false)))
      },
    ],
    ['floods SETTINGS', 'H2-9', codes.calm, (raw) => raw.send(many(settingsFrame([[4, 70_000]]), 5000))],
    ['floods PING', 'H2-9', codes.calm, (raw) => raw.send(many(ping, 100_000))],
    [
      'floods PING and reads nothing',
      'H2-9',
      codes.calm,
      (raw) => {
        raw.socket.pause()
        raw.send(many(ping, 100_000))
        setTimeout(() => raw.socket.resume(), 100)
      },
    ],
    [
      'floods PRIORITY',
      'H2-9',
      codes.calm,
      (raw) => raw.send(many(frameBytes(frameTypes.priority, 0, 1, Buffer.alloc(5)), 100_000)),
    ],
    ['floods WINDOW_UPDATE', 'H2-9', codes.calm, (raw) => raw.send(many(windowFrame(0, 1), 100_000))],
    [
      'floods frames of unknown kinds',
      'H2-9',
      codes.calm,
      (raw) => raw.send(many(frameBytes(0xfa, 0, 0, Buffer.alloc(9)), 100_000)),
    ],
    [
      'floods empty DATA',
      'H2-9',
      codes.calm,
      (raw) => {
        raw.head(1, get(target.port, '/large'), false)
        raw.send(many(frameBytes(frameTypes.data, 0, 1, empty), 100_000))
      },
    ],
    [
      'never ends a header block (CONTINUATION flood)',
      'H2-9',
      codes.calm,
      (raw) => {
        raw.send(opening())
        raw.send(many(frameBytes(frameTypes.continuation, 0, 1, Buffer.alloc(16_000)), 1000))
      },
    ],
    [
      'never ends a header block, with empty CONTINUATION',
      'H2-9',
      codes.calm,
      (raw) => {
        raw.send(opening())
        raw.send(many(frameBytes(frameTypes.continuation, 0, 1, empty), 100_000))
      },
    ],
    ['leaves a header block open', 'H2-8', codes.protocol, (raw) => raw.send(opening())],
    [
      'sends a frame over 16,384 bytes',
      'H2-8',
      codes.frameSize,
      (raw) => raw.send(frameBytes(0, 0, 1, Buffer.alloc(16_385))),
    ],
    [
      'sends a block that cannot be',
      'H2-8',
      codes.compression,
      (raw) => raw.send(headerFrames(1, Buffer.from('ff00', 'hex'), true)),
    ],
    [
      'sends more than the window',
      'H2-8',
      codes.flowControl,
      (raw) => {
        for (let id = 1; id < 120; id += 2) {
          raw.head(id, get(target.port, '/large'), false)
          raw.send(...Array.from({ length: 16 }, () => frameBytes(0, 0, id, Buffer.alloc(16_384))))
        }
      },
    ],
    ['uses an even stream', 'H2-8', codes.protocol, (raw) => raw.head(2, get(target.port))],
    ['uses stream 0', 'H2-8', codes.protocol, (raw) => raw.head(0, get(target.port))],
    ['sends data where nothing is open', 'H2-8', codes.protocol, (raw) => raw.data(5, Buffer.alloc(5))],
    ['resets what was never open', 'H2-8', codes.protocol, (raw) => raw.reset(7)],
    ['pushes', 'H2-8', codes.protocol, (raw) => raw.send(frameBytes(frameTypes.push, 4, 1, Buffer.alloc(4)))],
    ['sends another frame inside a block', 'H2-8', codes.protocol, (raw) => raw.send(opening(), ping)],
    [
      'sends SETTINGS of a wrong size',
      'H2-8',
      codes.frameSize,
      (raw) => raw.send(frameBytes(4, 0, 0, Buffer.alloc(5))),
    ],
    ['sets a window beyond all', 'H2-8', codes.flowControl, (raw) => raw.send(settingsFrame([[4, 0x8000_0000]]))],
    [
      'raises the window beyond all',
      'H2-8',
      codes.flowControl,
      (raw) => raw.send(windowFrame(0, 0x7fff_ffff), windowFrame(0, 0x7fff_ffff)),
    ],
    [
      'sends padding longer than its frame',
      'H2-8',
      codes.protocol,
      (raw) => {
        raw.head(1, get(target.port, '/large'), false)
        raw.send(frameBytes(0, 8, 1, Buffer.from([9, 1, 2])))
      },
    ],
  ]
  it.each(attacks)(
    'that %s is closed with its reason, recorded, and hurts nobody',
    async (_name, rule, code, attack) => {
      await unhurt(async () => {
        const raw = await open()
        const before = scene.memory.refusals.length
        const served = requests
        attack(raw)
        await raw.end()
        const goaway = raw.frames.find(({ type }) => type === frameTypes.goaway)
        // A flood that is still on its way may break the connection before the reason was read.
        if (goaway !== undefined) expect(goaway.payload.readUInt32BE(4)).toBe(code)
        expect(scene.memory.refusals.slice(before).map(({ head }) => head.refusal?.rule)).toContain(rule)
        expect(requests - served).toBeLessThan(700)
      })
    },
  )

  it('that does not begin as HTTP/2 does is closed', async () => {
    const other = new RawHttp2(await openTls(scene, target.port))
    other.send(Buffer.from(`GET / HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`))
    await other.end()
    expect(other.frames.at(-1)?.type).toBe(frameTypes.goaway)
  })

  it('that opens no window costs the gateway what one window holds, for each stream', async () => {
    await unhurt(async () => {
      scene.memory.keepBytes = false
      const raw = await open()
      raw.send(settingsFrame([[4, 0]]))
      const from = scene.memory.exchanges.length
      for (let at = 0; at < 50; at++) raw.head(at * 2 + 1, get(target.port, '/large'))
      const took = (): number => scene.memory.exchanges.slice(from).reduce((sum, one) => sum + one.responseBytes, 0)
      await expect.poll(() => scene.memory.exchanges.length - from).toBe(50)
      for (let before = -1; took() !== before || before <= 0; ) {
        before = took()
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
      expect(took()).toBeLessThan(8 * 1024 * 1024)
      raw.socket.destroy()
      scene.memory.keepBytes = true
    })
  })
})

describe('a hostile target', () => {
  const many = (frame: Buffer, count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => frame))
  const answer = (
    raw: RawHttp2,
    stream: number,
    fields: readonly (readonly [string, string])[] = [],
    end = true,
  ): void => raw.head(stream, [[':status', '200'], ...fields], end)
  const asked = async (serve: (raw: RawHttp2, stream: number) => void) => {
    const hostile = await rawTarget(scene, (raw, frame) => {
      if (frame.type === frameTypes.headers) serve(raw, frame.stream)
    })
    const raw = await RawHttp2.open(scene, hostile.port)
    const before = scene.memory.exchanges.length
    raw.head(1, get(hostile.port))
    return { raw, hostile, recorded: () => scene.memory.exchanges[before] }
  }

  const cases: readonly (readonly [string, string, (raw: RawHttp2, stream: number) => void])[] = [
    ['floods PING', 'H2-11', (raw) => raw.send(many(frameBytes(frameTypes.ping, 0, 0, Buffer.alloc(8)), 10_000))],
    ['floods SETTINGS', 'H2-11', (raw) => raw.send(many(settingsFrame([]), 10_000))],
    [
      'floods ALTSVC',
      'H2-11',
      (raw) => raw.send(many(frameBytes(frameTypes.altsvc, 0, 0, Buffer.from('\0\0h2=":1"')), 20_000)),
    ],
    [
      'pushes',
      'H2-11',
      (raw, stream) => raw.send(frameBytes(frameTypes.push, 4, stream, Buffer.from([0, 0, 0, 2, 0x88]))),
    ],
    [
      'never ends its header block',
      'H2-11',
      (raw, stream) =>
        raw.send(frameBytes(1, 0, stream, empty), many(frameBytes(9, 0, stream, Buffer.alloc(16_000)), 100)),
    ],
    [
      'sends informational heads without end',
      'H2-11',
      (raw, stream) => {
        for (let at = 0; at < 1000; at++) raw.head(stream, [[':status', '103']], false)
      },
    ],
    [
      'sends a block that cannot be',
      'H2-11',
      (raw, stream) => raw.send(headerFrames(stream, Buffer.from('ff00', 'hex'), true)),
    ],
    ['answers with CR LF in a value', 'H2-10', (raw, stream) => answer(raw, stream, [['x', 'a\r\nset-cookie: b']])],
    ['answers without a status', 'H2-10', (raw, stream) => raw.head(stream, [['x', '1']])],
    ['answers with 101', 'H2-10', (raw, stream) => raw.head(stream, [[':status', '101']])],
    [
      'answers with 1001 fields',
      'H2-10',
      (raw, stream) =>
        answer(
          raw,
          stream,
          Array.from({ length: 1001 }, (_, at) => [`x${at}`, '']),
        ),
    ],
    ['sends data before its head', 'H2-10', (raw, stream) => raw.data(stream, Buffer.from('x'), true)],
    ['goes away without an answer', 'DIAL-4', (raw) => raw.socket.destroy()],
  ]
  it.each(cases)('that %s is cut off, and the tester told why', async (_name, rule, serve) => {
    const { raw, recorded } = await asked(serve)
    expect(await headersIn(raw, 1)).toMatchObject({ ':status': '502', 'x-zhongheng-refusal': rule })
    await expect.poll(() => recorded()?.end).toMatchObject({ status: 502, outcome: 'target_gone' })
    raw.socket.destroy()
  })

  it('that names other origins and ways reaches nobody with it, and the record says so', async () => {
    const { raw, recorded } = await asked((one, stream) => {
      one.send(frameBytes(frameTypes.altsvc, 0, 0, Buffer.from('\0\x14https://evil.example')))
      one.send(frameBytes(frameTypes.origin, 0, 0, Buffer.from('\0\x14https://evil.example')))
      answer(one, stream, [['alt-svc', 'h2="evil.example:443"']])
    })
    expect(await headersIn(raw, 1)).toMatchObject({ ':status': '200', 'alt-svc': 'h2="evil.example:443"' })
    expect(raw.frames.some(({ type }) => type === frameTypes.altsvc || type === frameTypes.origin)).toBe(false)
    await expect.poll(() => recorded()?.end?.notes).toEqual(['alt_svc_header', 'altsvc_frame', 'origin_frame'])
    raw.socket.destroy()
  })

  it('that sends trailers without measure ends only that stream', async () => {
    const { raw, recorded } = await asked((one, stream) => {
      answer(one, stream, [], false)
      one.data(stream, Buffer.from('body'))
      one.head(
        stream,
        Array.from({ length: 1001 }, (_, at) => [`x${at}`, '']),
      )
    })
    expect(await headersIn(raw, 1)).toMatchObject({ ':status': '200' })
    const reset = await raw.until(({ type }) => type === frameTypes.reset)
    expect(reset?.stream).toBe(1)
    await expect.poll(() => recorded()?.end?.outcome).toBe('target_gone')
    expect(raw.closed).toBe(false)
    raw.socket.destroy()
  })
})

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { readHttp2Side } from '@zhongheng/contracts/records/http2-side.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { http2Target, get, openHttp2, openTls, RawHttp2 } from '../../testing/http2.ts'
import type { Recorded } from '../../testing/memory-recorder.ts'
import { always, okAnswer, Scene, type SceneOptions } from '../../testing/scene.ts'
import { frameTypes } from './frames.ts'

let scene: Scene
const open = async (options: SceneOptions = {}): Promise<Scene> => {
  scene = await Scene.open(options)
  return scene
}
afterEach(async () => {
  expect(scene.faults).toEqual([])
  await scene.close()
})

type Answer = {
  headers: IncomingHttpHeaders
  body: Buffer
  trailers: IncomingHttpHeaders
  informational: IncomingHttpHeaders[]
}
async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const answer: Answer = { headers: {}, body: Buffer.alloc(0), trailers: {}, informational: [] }
  const chunks: Buffer[] = []
  stream.on('headers', (headers) => answer.informational.push(headers))
  stream.on('response', (headers) => {
    answer.headers = headers
  })
  stream.on('trailers', (headers) => {
    answer.trailers = headers
  })
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(stream, 'close')
  return { ...answer, body: Buffer.concat(chunks) }
}
const fetch = (session: ClientHttp2Session, headers: Record<string, string>, body?: Buffer): Promise<Answer> => {
  const stream = session.request(headers, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  return answerOf(stream)
}
const recordedSide = (recorded: Recorded | undefined, side: 'request' | 'response') =>
  readHttp2Side(Buffer.concat(recorded?.[side] ?? []))
const pairs = (fields: readonly { name: string; value: string }[] | undefined) =>
  fields?.map(({ name, value }) => [name, value])
const finished = async (count = 1): Promise<Recorded[]> => {
  await expect.poll(() => scene.memory.exchanges.filter(({ end }) => end !== null).length).toBe(count)
  return scene.memory.exchanges
}

describe('HTTP/2 in a tunnel', () => {
  it('is spoken where both sides want it, and what the target saw is what was recorded', async () => {
    await open()
    const seen: { raw: string[]; body: string }[] = []
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream: ServerHttp2Stream, _headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
        const hash = createHash('sha256')
        stream.on('data', (chunk: Buffer) => hash.update(chunk))
        stream.on('end', () => {
          seen.push({ raw, body: hash.digest('hex') })
          stream.respond({ ':status': 201, 'X-One': '1', 'set-cookie': ['a=1', 'b=2'] }, { waitForTrailers: true })
          stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'abc' }))
          stream.end('answer')
        })
      }),
    )
    const session = await openHttp2(scene, target.port)
    const body = randomBytes(200_000)
    const stream = session.request({
      ':method': 'POST',
      ':path': '/up?a=%00|',
      'x-b': '2',
      'x-a': ['1', '3'],
      cookie: 'k=v; m=n',
      'content-length': String(body.length),
    } as Record<string, string | string[]>)
    stream.end(body)
    const answer = await answerOf(stream)
    expect(answer.headers).toMatchObject({ ':status': 201, 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] })
    expect(answer.body.toString()).toBe('answer')
    expect(answer.trailers).toMatchObject({ 'x-sum': 'abc' })
    const [recorded] = await finished()
    expect(recorded?.head).toMatchObject({
      httpVersion: '2',
      scheme: 'https',
      method: 'POST',
      path: '/up?a=%00|',
      kind: 'http',
    })
    expect(recorded?.end).toMatchObject({ status: 201, outcome: 'complete' })
    const request = recordedSide(recorded, 'request')
    expect(pairs(request?.head)?.flat()).toEqual(seen[0]?.raw)
    expect(
      createHash('sha256')
        .update(Buffer.concat(request?.body ?? []))
        .digest('hex'),
    ).toBe(seen[0]?.body)
    expect(seen[0]?.body).toBe(createHash('sha256').update(body).digest('hex'))
    const response = recordedSide(recorded, 'response')
    expect(pairs(response?.head)?.slice(0, 4)).toEqual([
      [':status', '201'],
      ['x-one', '1'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ])
    expect(Buffer.concat(response?.body ?? []).toString()).toBe('answer')
    expect(pairs(response?.trailers)).toEqual([['x-sum', 'abc']])
  })

  it('is not offered for a target that speaks HTTP/1.1 only: nothing is translated', async () => {
    await open()
    const target = await scene.target(always(okAnswer), scene.authority)
    const tls = await openTls(scene, target.port)
    expect(tls.alpnProtocol).toBe('http/1.1')
    tls.write(`GET / HTTP/1.1\r\nHost: shop.example:${target.port}\r\n\r\n`)
    await once(tls, 'data')
    expect(target.connections()).toBe(1)
    expect(scene.memory.exchanges[0]?.head.httpVersion).toBeUndefined()
  })

  it('that alone a tool speaks gets a page where the target has none', async () => {
    await open()
    const target = await scene.target(always(okAnswer), scene.authority)
    const raw = new RawHttp2(await openTls(scene, target.port, ['h2']))
    raw.send(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
    raw.head(1, get(target.port))
    const head = await raw.until((frame) => frame.type === frameTypes.headers)
    expect(head === null ? [] : pairs(raw.fields(head))).toContainEqual(['x-zhongheng-refusal', 'H2-12'])
    expect(target.received()).toBe('')
    await expect
      .poll(() => scene.memory.refusals[0]?.head)
      .toMatchObject({ httpVersion: '2', refusal: { rule: 'H2-12' } })
  })

  it('many streams share one connection to the target, each recorded by itself', async () => {
    await open()
    let sessions = 0
    const target = await http2Target(scene, (server) => {
      server.on('session', () => sessions++)
      server.on('stream', (stream, headers) => {
        stream.respond({ ':status': 200 })
        stream.end(headers[':path'])
      })
    })
    const session = await openHttp2(scene, target.port)
    const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => fetch(session, { ':path': `/${at}` })))
    expect(answers.map(({ body }) => body.toString())).toEqual(answers.map((_, at) => `/${at}`))
    expect(sessions).toBe(1)
    const recorded = await finished(100)
    for (const one of recorded)
      expect(Buffer.concat(recordedSide(one, 'response')?.body ?? []).toString()).toBe(one.head.path)
  })

  it('passes 103 before the answer, an answer of a head alone, and large bodies both ways', async () => {
    await open()
    scene.memory.keepBytes = false
    const block = randomBytes(1024 * 1024)
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream, headers) => {
        if (headers[':path'] === '/early') {
          stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' })
          stream.respond({ ':status': 204 }, { endStream: true })
          return
        }
        stream.respond({ ':status': 200 })
        stream.pipe(stream)
      }),
    )
    const session = await openHttp2(scene, target.port)
    const early = await fetch(session, { ':path': '/early' })
    expect(early.informational).toMatchObject([{ ':status': 103, link: '</a.css>; rel=preload' }])
    expect(early.headers[':status']).toBe(204)
    const echo = session.request({ ':method': 'POST', ':path': '/echo' }, { endStream: false })
    const back = createHash('sha256')
    let got = 0
    echo.on('data', (chunk: Buffer) => {
      back.update(chunk)
      got += chunk.length
    })
    const sent = createHash('sha256')
    for (let at = 0; at < 8; at++) {
      sent.update(block)
      if (!echo.write(block)) await once(echo, 'drain')
    }
    echo.end()
    await once(echo, 'close')
    expect(got).toBe(8 * block.length)
    expect(back.digest('hex')).toBe(sent.digest('hex'))
    expect((await finished(2)).map(({ end }) => end?.outcome)).toEqual(['complete', 'complete'])
  })
})

describe('each stream', () => {
  const echoTarget = () =>
    http2Target(scene, (server) =>
      server.on('stream', (stream) => {
        stream.respond({ ':status': 200 })
        stream.end('ok')
      }),
    )

  it.each([
    ['PUB-GW-04 another :authority than the tunnel', { ':authority': 'other.example' }, 421, 'ROUTE-1'],
    ['another port in :authority', { ':authority': 'shop.example:1' }, 421, 'ROUTE-1'],
    ['PUB-GW-04 a user part in :authority', { ':authority': 'shop.example@other.example' }, 400, 'TARGET-2'],
    ['PUB-GW-04 a host field that differs from :authority', { host: 'other.example' }, 421, 'ROUTE-1'],
    ['another scheme', { ':scheme': 'http' }, 400, 'ROUTE-3'],
    ['PUB-GW-05 a name that is not canonical', { ':authority': 'shop.example%2eother.invalid' }, 400, 'TARGET-5'],
    ['a path that is excluded', { ':path': '/a/../logout' }, 403, 'SCOPE-2'],
    ['a path that is an absolute address', { ':path': 'https://other.example/' }, 400, 'ROUTE-3'],
  ])(
    'with %s is refused with a page, recorded, and leaves its neighbours alone',
    async (_name, wrong, status, rule) => {
      await open({ inside: ['shop.example:*'], outside: ['shop.example:*/logout'] })
      const target = await echoTarget()
      const session = await openHttp2(scene, target.port)
      const [bad, good] = await Promise.all([
        fetch(session, { ':path': '/', accept: 'text/html', ...wrong }),
        fetch(session, { ':path': '/good' }),
      ])
      expect(bad.headers).toMatchObject({ ':status': status, 'x-zhongheng-refusal': rule })
      expect(bad.body.toString()).toContain('测试网关未转发此请求')
      expect(good.body.toString()).toBe('ok')
      expect(scene.memory.refusals.map(({ head }) => head)).toMatchObject([
        { httpVersion: '2', refusal: { rule }, leaseId: 'lea_li' },
      ])
      expect(scene.memory.exchanges.map(({ head }) => head.path)).toEqual(['/good'])
    },
  )

  it('PUB-GW-03 in a tunnel with another TLS name gets the explanation, and the target is not dialled', async () => {
    await open()
    const target = await scene.target(always(okAnswer), scene.authority)
    const raw = new RawHttp2(await openTls(scene, target.port, ['h2'], 'shop.example', 'other.example'))
    raw.send(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
    raw.head(1, get(target.port))
    const head = await raw.until((frame) => frame.type === frameTypes.headers)
    expect(head === null ? [] : pairs(raw.fields(head))).toContainEqual(['x-zhongheng-refusal', 'ROUTE-2'])
    expect(target.connections()).toBe(0)
  })

  it('counts against the limits of the lease', async () => {
    await open({ limits: { requestsPerSecond: 1000, concurrency: 2 } })
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream) => stream.respond({ ':status': 200 })),
    )
    const session = await openHttp2(scene, target.port)
    const held = [session.request({ ':path': '/1' }), session.request({ ':path': '/2' })]
    await Promise.all(held.map((one) => once(one, 'response')))
    const third = await fetch(session, { ':path': '/3' })
    expect(third.headers).toMatchObject({ ':status': 429, 'x-zhongheng-refusal': 'LIMIT-2', 'retry-after': '1' })
    held[0]?.close()
    await expect
      .poll(async () => (await finished(1)).filter(({ end }) => end?.outcome === 'client_gone').length)
      .toBe(1)
  })

  it('is acknowledged by the recorder before its head leaves, and its answer before the last frame is released', async () => {
    await open()
    let seen = 0
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream) => {
        seen++
        stream.respond({ ':status': 200 })
        stream.end('ok')
      }),
    )
    let release = (): void => undefined
    const hold = (): void => {
      scene.memory.gate = new Promise((resolve) => {
        release = resolve
      })
    }
    const session = await openHttp2(scene, target.port)
    hold()
    const stream = session.request({ ':path': '/' })
    let ended = false
    stream.on('data', () => undefined)
    stream.on('end', () => {
      ended = true
    })
    await expect.poll(() => scene.memory.exchanges[0]?.requestBytes).toBeGreaterThan(0)
    expect(seen).toBe(0)
    const first = release
    hold()
    first()
    await once(stream, 'response')
    await expect
      .poll(() => Buffer.concat(recordedSide(scene.memory.exchanges[0], 'response')?.body ?? []).toString())
      .toBe('ok')
    expect(ended).toBe(false)
    release()
    await once(stream, 'close')
    expect(ended).toBe(true)
  })

  it('PUB-GW-07 is cut in the middle of its body by a stop, and those that follow get the page', async () => {
    await open()
    let got = 0
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream) => {
        stream.on('error', () => undefined)
        stream.on('data', (chunk: Buffer) => {
          got += chunk.length
        })
        stream.respond({ ':status': 200 })
        stream.write('begun')
      }),
    )
    const session = await openHttp2(scene, target.port)
    const stream = session.request({ ':method': 'POST', ':path': '/' }, { endStream: false })
    const broken = new Promise((resolve) => {
      stream.on('close', resolve)
    })
    stream.write(Buffer.alloc(1000))
    await once(stream, 'data')
    await expect.poll(() => got).toBe(1000)
    scene.push({ engagement: { state: 'stopped', stopReason: '演练' } })
    stream.write(Buffer.alloc(1000))
    await broken
    expect(got).toBe(1000)
    expect((await finished())[0]?.end?.outcome).toBe('stopped')
    await expect.poll(() => session.closed || session.destroyed).toBe(true)
  })

  it('that the recorder cannot take any more ends with the reason', async () => {
    await open()
    const target = await echoTarget()
    const session = await openHttp2(scene, target.port)
    await fetch(session, { ':path': '/' })
    scene.memory.ready = false
    const refused = await fetch(session, { ':path': '/' })
    expect(refused.headers).toMatchObject({ ':status': 503, 'x-zhongheng-refusal': 'RECORDER-1' })
  })
})

describe('what the ends tell each other', () => {
  it('resets pass with their codes, both ways, and are in the record', async () => {
    await open()
    const codesSeen: number[] = []
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream, headers) => {
        stream.on('error', () => undefined)
        if (headers[':path'] === '/by-target') return stream.close(constants.NGHTTP2_INADEQUATE_SECURITY)
        stream.respond({ ':status': 200 })
        stream.write('x')
        stream.on('aborted', () => codesSeen.push(stream.rstCode))
      }),
    )
    const session = await openHttp2(scene, target.port)
    const byTarget = session.request({ ':path': '/by-target' })
    byTarget.on('error', () => undefined)
    await new Promise((resolve) => {
      byTarget.on('close', resolve)
    })
    expect(byTarget.rstCode).toBe(constants.NGHTTP2_INADEQUATE_SECURITY)
    const byTester = session.request({ ':path': '/by-tester' })
    await once(byTester, 'data')
    byTester.on('error', () => undefined)
    byTester.close(constants.NGHTTP2_CONNECT_ERROR)
    await expect.poll(() => codesSeen).toEqual([constants.NGHTTP2_CONNECT_ERROR])
    const [one, two] = await finished(2)
    expect(one?.end?.outcome).toBe('target_gone')
    expect(recordedSide(one, 'response')?.reset).toBe(constants.NGHTTP2_INADEQUATE_SECURITY)
    expect(recordedSide(two, 'request')?.reset).toBe(constants.NGHTTP2_CONNECT_ERROR)
    expect(two?.end?.outcome).toBe('client_gone')
  })

  it('a target that says goodbye is replaced for the next stream, and the open one goes on', async () => {
    await open()
    let sessions = 0
    const target = await http2Target(scene, (server) => {
      server.on('session', () => sessions++)
      server.on('stream', (stream, headers) => {
        stream.respond({ ':status': 200 })
        if (headers[':path'] !== '/last') return stream.end('ok')
        stream.write('be')
        stream.session?.goaway(0)
        setTimeout(() => stream.end('gun'), 50)
      })
    })
    const session = await openHttp2(scene, target.port)
    const last = session.request({ ':path': '/last' })
    const answered = answerOf(last)
    await once(last, 'response')
    await expect.poll(async () => (await fetch(session, { ':path': '/next' })).body.toString()).toBe('ok')
    expect((await answered).body.toString()).toBe('begun')
    expect(sessions).toBe(2)
  })

  it('more streams than the target allows wait for their turn', async () => {
    await open()
    let most = 0
    let now = 0
    const target = await http2Target(
      scene,
      (server) =>
        server.on('stream', (stream) => {
          most = Math.max(most, ++now)
          setTimeout(() => {
            now--
            stream.respond({ ':status': 200 })
            stream.end('ok')
          }, 5)
        }),
      { settings: { maxConcurrentStreams: 3 } },
    )
    const session = await openHttp2(scene, target.port)
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(session, { ':path': '/' })))
    expect(answers.every(({ body }) => body.toString() === 'ok')).toBe(true)
    expect(most).toBe(3)
  })
})

describe('what runs over HTTP/2', () => {
  it('server-sent events arrive one by one', async () => {
    await open()
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream, headers) => {
        if (headers[':path'] === '/more') {
          live?.write('data: 2\n\n')
          stream.respond({ ':status': 204 }, { endStream: true })
          return
        }
        live = stream
        stream.respond({ ':status': 200, 'content-type': 'text/event-stream' })
        stream.write('data: 1\n\n')
      }),
    )
    let live: ServerHttp2Stream | undefined
    const session = await openHttp2(scene, target.port)
    const events = session.request({ ':path': '/events' })
    let text = ''
    events.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    await expect.poll(() => text).toBe('data: 1\n\n')
    await fetch(session, { ':path': '/more' })
    await expect.poll(() => text).toBe('data: 1\n\ndata: 2\n\n')
  })

  it('gRPC: a unary call, and messages in turn both ways with the status in trailers', async () => {
    await open()
    const message = (text: string): Buffer => {
      const head = Buffer.alloc(5)
      head.writeUInt32BE(Buffer.byteLength(text), 1)
      return Buffer.concat([head, Buffer.from(text)])
    }
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream, headers) => {
        if (headers[':path'] === '/shop.Orders/Missing') {
          // Trailers only: one list is head and trailers.
          stream.respond(
            { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' },
            { endStream: true },
          )
          return
        }
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'done' }))
        stream.on('data', (chunk: Buffer) => stream.write(message(`got ${chunk.subarray(5)}`)))
        stream.on('end', () => stream.end())
      }),
    )
    const session = await openHttp2(scene, target.port)
    const grpc = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' }
    const unary = await fetch(session, { ...grpc, ':path': '/shop.Orders/Get' }, message('7'))
    expect(unary.body.subarray(5).toString()).toBe('got 7')
    expect(unary.trailers).toMatchObject({ 'grpc-status': '0', 'grpc-message': 'done' })
    expect(
      (await fetch(session, { ...grpc, ':path': '/shop.Orders/Missing' }, message('8'))).headers['grpc-status'],
    ).toBe('5')
    const chat = session.request({ ...grpc, ':path': '/shop.Orders/Chat' }, { endStream: false })
    const answered = answerOf(chat)
    for (const word of ['one', 'two', 'three']) {
      const came = once(chat, 'data')
      chat.write(message(word))
      expect(String(((await came) as [Buffer])[0].subarray(5))).toBe(`got ${word}`)
    }
    chat.end()
    expect((await answered).trailers).toMatchObject({ 'grpc-status': '0' })
    const recorded = (await finished(3))[2]
    expect(pairs(recordedSide(recorded, 'response')?.trailers)).toContainEqual(['grpc-status', '0'])
    expect(Buffer.concat(recordedSide(recorded, 'request')?.body ?? [])).toEqual(
      Buffer.concat(['one', 'two', 'three'].map(message)),
    )
  })

  it('WebSocket, where the target has enabled it, each frame acknowledged before it goes on', async () => {
    await open()
    const target = await http2Target(
      scene,
      (server) =>
        server.on('stream', (stream, headers) => {
          if (headers[':protocol'] !== 'websocket') return stream.close()
          stream.respond({ ':status': 200 })
          stream.pipe(stream)
        }),
      { settings: { enableConnectProtocol: true } },
    )
    const session = await openHttp2(scene, target.port)
    if (!session.remoteSettings?.enableConnectProtocol)
      await expect.poll(() => session.remoteSettings.enableConnectProtocol).toBe(true)
    const socket = session.request(
      { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat' },
      { endStream: false },
    )
    await once(socket, 'response')
    socket.write('\x81\x02hi', 'latin1')
    expect(((await once(socket, 'data')) as [Buffer])[0].toString('latin1')).toBe('\x81\x02hi')
    socket.end()
    await once(socket, 'close')
    const [recorded] = await finished()
    expect(recorded?.head).toMatchObject({ kind: 'websocket', httpVersion: '2', method: 'CONNECT', path: '/chat' })
    expect(Buffer.concat(recordedSide(recorded, 'request')?.body ?? []).toString('latin1')).toBe('\x81\x02hi')
  })

  it('without TLS by prior knowledge, inside a tunnel', async () => {
    await open()
    const server = createServer()
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200 })
      stream.end('plain')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    scene.onClose(() => server.close())
    const { port } = server.address() as { port: number }
    const outer = scene.client()
    outer.send(`CONNECT shop.example:${port} HTTP/1.1\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
    await outer.until((text) => text.includes('\r\n\r\n'))
    outer.socket.removeAllListeners('data')
    const session = connect(`http://shop.example:${port}`, { createConnection: () => outer.socket })
    scene.onClose(() => session.destroy())
    expect((await fetch(session, { ':path': '/' })).body.toString()).toBe('plain')
    expect((await finished())[0]?.head).toMatchObject({ scheme: 'http', httpVersion: '2' })
  })

  it('is not spoken to the proxy itself: the closing says what to do', async () => {
    await open()
    const raw = new RawHttp2(scene.client().socket)
    raw.send(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
    const goaway = await raw.until((frame) => frame.type === frameTypes.goaway)
    expect(goaway?.payload.readUInt32BE(4)).toBe(13)
    expect(goaway?.payload.toString()).toContain('CONNECT')
  })
})

import { createHash, hash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { readHttp2Side } from '@zhongheng/contracts/records/http2-side.ts'
import { http2Target, openHttp2 } from '@zhongheng/gateway/testing/http2.ts'
import { Scene } from '@zhongheng/gateway/testing/scene.ts'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bytesOf, openDesk, rowsOf } from './fixtures/recording.ts'

describe('an exchange over HTTP/2', () => {
  it('lies sealed in the record as the target saw it and as the tester got it, and is proved like any other', async () => {
    const desk = await openDesk({ keys: { eng_shop: randomBytes(32) } })
    const scene = await Scene.open({ recorder: desk.gateway })
    onTestFinished(() => scene.close())
    const seen = { list: [] as string[], body: '' }
    const target = await http2Target(scene, (server) =>
      server.on('stream', (stream: ServerHttp2Stream, _headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
        seen.list = raw
        const digest = createHash('sha256')
        stream.on('data', (chunk: Buffer) => digest.update(chunk))
        stream.on('end', () => {
          seen.body = digest.digest('hex')
          stream.respond({ ':status': 200, 'alt-svc': 'h2=":8443"' })
          stream.end('好的')
        })
      }),
    )
    const session = await openHttp2(scene, target.port)
    const body = randomBytes(300_000)
    const stream = session.request({ ':method': 'PUT', ':path': '/order?n=1', 'x-trace': ['b', 'a'] })
    stream.end(body)
    stream.resume()
    await once(stream, 'close')

    const [row] = await rowsOf(desk.server, 1)
    expect(row).toMatchObject({ httpVersion: '2', notes: ['alt_svc_header'], method: 'PUT', outcome: 'complete' })
    const id = row?.exchangeId ?? ''
    const request = await bytesOf(desk.server.request('eng_shop', id))
    const side = readHttp2Side(request)
    expect(side?.head.flatMap(({ name, value }) => [name, value])).toEqual(seen.list)
    expect(hash('sha256', Buffer.concat(side?.body ?? []))).toBe(seen.body)
    expect(seen.body).toBe(hash('sha256', body))
    const response = readHttp2Side(await bytesOf(desk.server.response('eng_shop', id)))
    expect(Buffer.concat(response?.body ?? []).toString()).toBe('好的')
    const proof = await desk.server.proof('eng_shop', id)
    const salted = Buffer.concat([Buffer.from(proof.requestSalt, 'hex'), request])
    expect(hash('sha256', salted)).toBe(proof.leaf.requestDigest)
    expect(row?.requestDigest).toBe(proof.leaf.requestDigest)
  })
})

import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import beforeCompression from '../fixtures/before-compression.json' with { type: 'json' }
import { bytesOf, type Desk, freshFolder, headOf, openDesk, record, rowsOf, shop } from '../fixtures/recording.ts'
import { codecs, compressed, expanded } from './compression.ts'
import { decodeRecordHead, encodeRecordHead, recordCrc, recordHeadBytes, recordKinds } from './format.ts'

const text = Buffer.from('an order of tea and books\r\n'.repeat(20_000))
const picture = randomBytes(300_000)

/** 林晓 asks for a page, sends a picture, and gets both at once, in pieces as sockets give them. */
async function recorded(desk: Desk): Promise<{ exchangeId: string; request: Buffer; response: Buffer }[]> {
  const sides = [
    { request: Buffer.from('GET /orders HTTP/1.1\r\n\r\n'), response: text },
    { request: picture, response: Buffer.from('HTTP/1.1 204 No Content\r\n\r\n') },
    { request: Buffer.concat([text, picture, text]), response: Buffer.concat([picture, text]) },
  ]
  const all = sides.map((one) => ({ exchangeId: headOf().exchangeId, ...one }))
  for (const { exchangeId, request, response } of all) {
    const tap = desk.gateway.open(headOf({ exchangeId }))
    for (let at = 0; at < request.length; at += 50_000) tap.requestBytes(request.subarray(at, at + 50_000))
    await tap.written()
    for (let at = 0; at < response.length; at += 50_000) tap.responseBytes(response.subarray(at, at + 50_000))
    await tap.end({ finishedAt: '2026-03-02T08:00:00.120Z', status: 200, outcome: 'complete' })
  }
  return all
}

async function expectExact(desk: Desk, all: Awaited<ReturnType<typeof recorded>>): Promise<void> {
  for (const { exchangeId, request, response } of all) {
    expect((await bytesOf(desk.server.request(shop, exchangeId))).equals(request)).toBe(true)
    expect((await bytesOf(desk.server.response(shop, exchangeId))).equals(response)).toBe(true)
  }
}

describe('compressed records', () => {
  it('give back every byte that was sent: from the open file, after a restart, and sealed', async () => {
    const desk = await openDesk()
    const all = await recorded(desk)
    await expectExact(desk, all)
    await desk.stop()
    // Left open: the next start walks its records and seals it.
    const again = await openDesk({ folder: desk.folder, keys: desk.keys })
    await expectExact(again, all)
    expect(await again.server.check(shop)).toEqual({ segments: 1, faults: [] })
    const rows = await rowsOf(again.server, 3)
    expect(rows.map((row) => row.responseBytes)).toEqual(all.map(({ response }) => response.length))
    expect((await again.server.proof(shop, all[2]?.exchangeId ?? '')).leaf.requestDigest).toBe(rows[2]?.requestDigest)
  })

  it('take the place of their content on the disk, while random bytes lie as they are', async () => {
    const desk = await openDesk()
    const all = await recorded(desk)
    const [seal] = await desk.server.seal(shop)
    const sent = all.reduce((sum, { request, response }) => sum + request.length + response.length, 0)
    const random = 3 * picture.length
    expect(seal?.bytes).toBeGreaterThan(random)
    expect(seal?.bytes).toBeLessThan(random + (sent - random) / 10)
  })

  it('are told from others by a codec that their seal binds', async () => {
    const desk = await openDesk()
    const head = headOf()
    await record(desk.gateway, head, 'GET / HTTP/1.1\r\n\r\n', text)
    const [seal] = await desk.server.seal(shop)
    const path = join(desk.folder, 'recorder/engagements', shop, `${seal?.segmentId}.zhs`)
    const bytes = readFileSync(path)
    let changed = 0
    for (let at = bytes.indexOf('ZH', 16); at >= 0; at = bytes.indexOf('ZH', at + 2)) {
      const found = decodeRecordHead(bytes, at)
      if (found?.kind !== recordKinds.batch || found.codec !== codecs.zstd) continue
      encodeRecordHead({ ...found, codec: codecs.plain }).copy(bytes, at)
      const payload = bytes.subarray(at + recordHeadBytes, at + recordHeadBytes + found.length)
      bytes.writeUInt32BE(recordCrc(bytes.subarray(at, at + 44), [payload]), at + 44)
      changed += 1
    }
    expect(changed).toBeGreaterThan(0)
    writeFileSync(path, bytes)
    await expect(bytesOf(desk.server.response(shop, head.exchangeId))).rejects.toMatchObject({
      rule: 'RECORDER-DAMAGED',
    })
  })
})

describe('a segment sealed before there was compression', () => {
  it('is read, checked and proved as it was', async () => {
    const folder = freshFolder()
    for (const [name, lines] of Object.entries(beforeCompression.files)) {
      const path = join(folder, 'recorder', name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, Buffer.from(lines.join(''), 'base64'))
    }
    const desk = await openDesk({ folder, keys: { [shop]: Buffer.alloc(32, 7) } })
    expect(await desk.server.check(shop)).toEqual({ segments: 1, faults: [] })
    const [first, second] = await rowsOf(desk.server, 2)
    const response = await bytesOf(desk.server.response(shop, first?.exchangeId ?? ''))
    expect(response.toString()).toBe('HTTP/1.1 200 OK\r\nContent-Length: 6000\r\n\r\n'.padEnd(6041, 'tea '))
    expect((await desk.server.proof(shop, second?.exchangeId ?? '')).segment).toMatchObject({
      exchanges: 2,
      bytes: 9906,
    })
    // And the next one goes on from it.
    await record(desk.gateway, headOf({ exchangeId: 'xch_next' }), 'GET /orders/3 HTTP/1.1\r\n\r\n', text)
    await desk.server.seal(shop)
    expect(await desk.server.check(shop)).toEqual({ segments: 2, faults: [] })
  })
})

describe('content of a record', () => {
  it('is compressed where that saves something, and left alone where not', () => {
    const small = Buffer.from('GET / HTTP/1.1\r\n\r\n')
    expect(compressed([small], small.length)).toEqual({ codec: codecs.plain, parts: [small] })
    expect(compressed([picture], picture.length)).toEqual({ codec: codecs.plain, parts: [picture] })
    const packed = compressed([text.subarray(0, 9), text.subarray(9)], text.length)
    expect(packed.codec).toBe(codecs.zstd)
    expect(expanded(packed.codec, Buffer.concat(packed.parts)).equals(text)).toBe(true)
  })

  it('is refused under a codec that nobody knows, as no frame, and beyond its limit', () => {
    expect(() => expanded(2, text)).toThrow(RangeError)
    expect(() => expanded(codecs.zstd, text)).toThrow(RangeError)
    expect(() => expanded(codecs.zstd, zstdCompressSync(Buffer.alloc(2_000_000)), 1_000_000)).toThrow(RangeError)
  })
})

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SegmentSeal } from '@zhongheng/contracts/records/capture.ts'
import { describe, expect, it } from 'vitest'
import { bytesOf, type Desk, headOf, openDesk, record, shop } from '../fixtures/recording.ts'
import { decodeRecordHead, encodeRecordHead, recordCrc, recordHeadBytes } from './format.ts'

type Sealed = Desk & { readonly path: string; readonly seal: SegmentSeal; readonly exchangeId: string }

async function sealedShop(): Promise<Sealed> {
  const desk = await openDesk()
  const head = headOf()
  await record(desk.gateway, head, 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n'.padEnd(3000, 'x'))
  await record(desk.gateway, headOf(), 'second', 'second')
  const [seal] = await desk.server.seal(shop)
  if (!seal) throw new Error('nothing was sealed')
  const path = join(desk.folder, 'recorder/engagements', shop, `${seal.segmentId}.zhs`)
  return { ...desk, path, seal, exchangeId: head.exchangeId }
}

/** Offsets of the records in a file. */
function recordsIn(bytes: Buffer): number[] {
  const offsets: number[] = []
  let at = bytes.indexOf(Buffer.from([0x5a, 0x48, 1]), 16)
  for (let head = decodeRecordHead(bytes, at); head; head = decodeRecordHead(bytes, at)) {
    offsets.push(at)
    at += recordHeadBytes + head.length
  }
  return offsets
}

describe('a sealed segment', () => {
  it('is found altered whichever byte was', async () => {
    const { server, path } = await sealedShop()
    const good = readFileSync(path)
    expect(await server.check(shop)).toEqual({ segments: 1, faults: [] })
    const step = Math.max(1, Math.floor(good.length / 60))
    for (let at = 0; at < good.length; at += step) {
      const bad = Buffer.from(good)
      bad[at] = (bad[at] ?? 0) ^ 0x10
      writeFileSync(path, bad)
      expect((await server.check(shop)).faults, `byte ${at}`).toHaveLength(1)
    }
    for (const cut of [0, 1, good.length - 1]) {
      writeFileSync(path, good.subarray(0, cut))
      expect((await server.check(shop)).faults, `cut at ${cut}`).toHaveLength(1)
    }
  })

  it('does not give out bytes whose seal does not hold, even under a checksum made right again', async () => {
    const { server, path, exchangeId } = await sealedShop()
    const bytes = readFileSync(path)
    for (const at of recordsIn(bytes).slice(0, -2)) {
      const length = decodeRecordHead(bytes, at)?.length ?? 0
      const payload = bytes.subarray(at + recordHeadBytes, at + recordHeadBytes + length)
      payload[20] = (payload[20] ?? 0) ^ 1
      bytes.writeUInt32BE(recordCrc(bytes.subarray(at, at + 44), [payload]), at + 44)
    }
    writeFileSync(path, bytes)
    await expect(bytesOf(server.request(shop, exchangeId))).rejects.toMatchObject({ rule: 'RECORDER-DAMAGED' })
    await expect(server.proof(shop, exchangeId)).rejects.toMatchObject({ rule: 'RECORDER-DAMAGED' })
  })

  it('does not take a record for another one’s place, though both are genuine', async () => {
    const { server, path, exchangeId } = await sealedShop()
    const bytes = readFileSync(path)
    const [first = 0] = recordsIn(bytes)
    const head = decodeRecordHead(bytes, first)
    if (!head) throw new Error('no record')
    // The same record under another number, its checksum made right.
    encodeRecordHead({ ...head, number: head.number + 1 }).copy(bytes, first)
    const payload = bytes.subarray(first + recordHeadBytes, first + recordHeadBytes + head.length)
    bytes.writeUInt32BE(recordCrc(bytes.subarray(first, first + 44), [payload]), first + 44)
    writeFileSync(path, bytes)
    await expect(bytesOf(server.request(shop, exchangeId))).rejects.toMatchObject({ rule: 'RECORDER-DAMAGED' })
  })

  it('is missed when its file is gone', async () => {
    const { path, seal, stop, folder, keys } = await sealedShop()
    await stop()
    rmSync(path)
    const again = await openDesk({ folder, keys })
    expect((await again.server.check(shop)).faults).toEqual([
      { segmentId: seal.segmentId, fault: 'the segment file is missing' },
    ])
    expect((await again.server.status()).damaged).toEqual([`${seal.segmentId} (missing)`])
    expect((await again.server.feed(0)).gaps).toEqual([{ first: 1, last: 2, reason: 'damaged' }])
  })
})

import { describe, expect, it } from 'vitest'
import { diskWithDoor } from './fixtures/disk-with-door.ts'
import { bytesOf, complete, headOf, openDesk, record, rowsOf, shop, until } from './fixtures/recording.ts'

describe('a full disk', () => {
  it('stops the traffic before the record, and lets it go on by itself when there is room again', async () => {
    const disk = diskWithDoor()
    const { gateway, server } = await openDesk({ disk })
    await record(gateway, headOf(), 'before', 'before')
    const begun = gateway.open(headOf())
    begun.requestBytes(Buffer.from('GET /begun'))
    await begun.written()
    const fresh = gateway.open(headOf({ path: '/fresh' }))
    let lost = 0
    gateway.onLost(() => lost++)

    disk.full = true
    begun.responseBytes(Buffer.from('HTTP/1.1 200 OK'))
    await expect(begun.written()).rejects.toMatchObject({ code: 'disk_full' })
    await expect(fresh.written()).rejects.toMatchObject({ code: 'disk_full' })
    await until(() => !gateway.ready)
    expect(lost).toBe(1)
    expect(gateway.why).toMatch(/full/)
    await expect(gateway.open(headOf()).written()).rejects.toMatchObject({ code: 'disk_full' })
    expect(await server.status()).toMatchObject({ state: 'full' })
    await expect(server.seal(shop)).rejects.toMatchObject({ code: 'unavailable' })

    disk.full = false
    await until(() => gateway.ready)
    await record(gateway, headOf(), 'after', 'after')
    const rows = await rowsOf(server, 3)
    expect(rows.map((row) => row.sequence)).toEqual([1, 2, 3])
    const broken = rows.find((row) => row.recovered !== undefined)
    expect(broken).toMatchObject({ outcome: 'target_gone', recovered: 'recorder_lost', responseBytes: 0 })
    expect((await bytesOf(server.request(shop, broken?.exchangeId ?? ''))).toString()).toBe('GET /begun')
    await server.seal(shop)
    expect(await server.check(shop)).toEqual({ segments: 1, faults: [] })
  })

  it('is seen coming: what was begun may end within the reserve, nothing new begins', async () => {
    const disk = diskWithDoor()
    const { gateway, server } = await openDesk({ disk, reserveBytes: 1e9 })
    const begun = gateway.open(headOf())
    await begun.written()
    disk.free = 1e8
    await until(() => !gateway.ready)
    await expect(gateway.open(headOf()).written()).rejects.toMatchObject({ code: 'disk_full' })
    begun.responseBytes(Buffer.from('HTTP/1.1 204 No Content'))
    await begun.end(complete)
    const [row] = await rowsOf(server, 1)
    expect(row).toMatchObject({ outcome: 'complete', responseBytes: 23 })
    disk.free = 1e12
    await until(() => gateway.ready)
    await record(gateway, headOf(), 'a', 'b')
  })

  it('in the middle of a change of segments loses neither the old one nor what had not ended', async () => {
    const disk = diskWithDoor()
    const { gateway, server, recorder } = await openDesk({ disk, limits: { bytes: 10_000, ageMs: 60_000 } })
    const long = headOf({ kind: 'tunnel' })
    const tap = gateway.open(long)
    tap.requestBytes(Buffer.alloc(20_000, 'a'))
    await tap.written()
    // The file is completed, then the next one cannot be made.
    const create = disk.create
    disk.create = () => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    }
    tap.requestBytes(Buffer.from('b'))
    await expect(tap.written()).rejects.toMatchObject({ code: 'disk_full' })
    disk.create = create
    await until(() => gateway.ready)
    const [row] = await rowsOf(server, 1)
    expect(row).toMatchObject({ exchangeId: long.exchangeId, recovered: 'recorder_lost', requestBytes: 20_000 })
    await server.seal(shop)
    expect(recorder.seals.count).toBe(2)
    expect(await server.check(shop)).toEqual({ segments: 2, faults: [] })
  })
})

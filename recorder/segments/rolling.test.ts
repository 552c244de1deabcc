import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesOf, complete, headOf, openDesk, record, rowsOf, shop, until } from '../fixtures/recording.ts'

const small = { bytes: 64 * 1024, ageMs: 60_000 }

describe('one segment after the other', () => {
  it('carries an exchange through as many as it lasts, and gives it back whole', async () => {
    const desk = await openDesk({ limits: small })
    const { gateway, server } = desk
    const long = headOf({ kind: 'tunnel' })
    const tap = gateway.open(long)
    const idle = gateway.open(headOf({ kind: 'tunnel', path: '/idle' }))
    idle.requestBytes(Buffer.from('only this'))
    const sent: Buffer[] = []
    for (let n = 0; n < 12; n++) {
      const chunk = Buffer.alloc(30_000, `${n} `)
      sent.push(chunk)
      tap.requestBytes(chunk)
      tap.responseBytes(Buffer.from(`answer ${n};`))
      await tap.written()
      await record(gateway, headOf(), `between ${n}`, 'x')
    }
    await tap.end(complete)
    await until(async () => (await server.seals(0)).seals.length > 3)
    expect(await bytesOf(server.request(shop, long.exchangeId))).toEqual(Buffer.concat(sent))
    const row = (await rowsOf(server, 13)).find((one) => one.exchangeId === long.exchangeId)
    expect(row).toMatchObject({ requestBytes: 360_000, outcome: 'complete' })
    expect((await server.proof(shop, long.exchangeId)).leaf.requestDigest).toBe(row?.requestDigest)

    // The idle one is known to the newest file too: a kill now would not lose sight of it.
    await idle.end(complete)
    await server.seal(shop)
    expect(await server.check(shop)).toMatchObject({ faults: [] })
    await desk.stop()
    const again = await openDesk({ folder: desk.folder, keys: desk.keys })
    expect(await bytesOf(again.server.request(shop, long.exchangeId))).toEqual(Buffer.concat(sent))
    const response = (await bytesOf(again.server.response(shop, long.exchangeId))).toString()
    expect(response).toBe(Array.from({ length: 12 }, (_, n) => `answer ${n};`).join(''))
    expect(await rowsOf(again.server, 14)).toHaveLength(14)
  })

  it('seals by age, and only what has content', async () => {
    let now = Date.parse('2026-03-02T08:00:00.000Z')
    const { gateway, server, recorder, folder } = await openDesk({ now: () => new Date(now) })
    const tap = gateway.open(headOf())
    tap.requestBytes(Buffer.from('long poll'))
    await tap.written()
    const tick = (): void => {
      for (const each of recorder.engagements.records()) each.tick()
    }
    now += 59_000
    tick()
    expect((await server.status()).sealCount).toBe(0)
    now += 1000
    tick()
    await until(async () => (await server.status()).sealCount === 1)
    now += 600_000
    tick()
    expect(await server.seal(shop)).toEqual([])
    expect((await server.status()).sealCount).toBe(1)
    await tap.end(complete)
    const [row] = await rowsOf(server, 1)
    const [second] = await server.seal(shop)
    expect(second?.segmentId).toBe(row?.segmentId)
    expect(readdirSync(join(folder, 'recorder/engagements', shop)).filter((name) => name.endsWith('.open'))).toEqual([])
  })

  it('answers for rows that no longer are at hand, over segments and from the open one', async () => {
    const { gateway, server, recorder } = await openDesk({ limits: small })
    const heads = Array.from({ length: 5000 }, () => headOf())
    for (let at = 0; at < heads.length; at += 250) {
      await Promise.all(heads.slice(at, at + 250).map((head) => record(gateway, head, head.exchangeId, 'x')))
    }
    const rows = await rowsOf(server, 5000)
    expect(rows.map((row) => row.sequence)).toEqual(heads.map((_, index) => index + 1))
    expect(new Set(rows.map((row) => row.exchangeId)).size).toBe(5000)
    expect(recorder.seals.count).toBeGreaterThan(10)
  })
})

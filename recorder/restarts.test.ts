import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { connectRecorder } from '@zhongheng/gateway/taps/recorder-client.ts'
import { openRecorderPort } from '@zhongheng/server/ports/recorder.ts'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  bytesOf,
  complete,
  ended,
  freshFolder,
  headOf,
  openDesk,
  ready,
  record,
  rowsOf,
  shop,
  spawnRecorder,
  until,
} from './fixtures/recording.ts'
import { recordCrc, recordHeadBytes } from './segments/format.ts'

const keys = { [shop]: randomBytes(32) }

const segmentsOf = (folder: string, ending: string): string[] => {
  const place = join(folder, 'recorder/engagements', shop)
  return readdirSync(place)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(place, name))
}

/** A record that a killed recorder left behind: two finished exchanges, one whose end never came, and an open file. */
async function afterKill(): Promise<{ folder: string; heads: ReturnType<typeof headOf>[] }> {
  const folder = freshFolder()
  const child = await spawnRecorder(folder)
  const run = join(folder, 'run')
  const server = openRecorderPort(socketPath(run, recorderSockets.control))
  await server.setKey(shop, keys[shop] ?? Buffer.of())
  const gateway = await ready(
    connectRecorder({ socketPath: socketPath(run, recorderSockets.intake), gatewayId: 'gw-1' }),
  )
  const heads = [headOf(), headOf(), headOf()]
  for (const head of heads.slice(0, 2)) await record(gateway, head, `GET ${head.exchangeId}`, 'HTTP/1.1 200 OK')
  const tap = gateway.open(heads[2] ?? headOf())
  tap.requestBytes(Buffer.from('POST /never-answered'))
  await tap.written()
  const gone = ended(child)
  child.kill('SIGKILL')
  await gone
  await gateway.close()
  server.close()
  return { folder, heads }
}

describe('a recorder that was killed', () => {
  it('keeps what it acknowledged, and declares the exchange whose end it never heard', async () => {
    const { folder, heads } = await afterKill()
    const { server } = await openDesk({ folder, keys })
    const rows = await rowsOf(server, 3)
    expect(rows.map((row) => [row.exchangeId, row.sequence, row.outcome, row.recovered])).toEqual([
      [heads[0]?.exchangeId, 1, 'complete', undefined],
      [heads[1]?.exchangeId, 2, 'complete', undefined],
      [heads[2]?.exchangeId, 3, 'target_gone', 'recorder_lost'],
    ])
    const { exchangeId } = rows[2] ?? headOf()
    expect((await bytesOf(server.request(shop, exchangeId))).toString()).toBe('POST /never-answered')
    expect((await server.proof(shop, exchangeId)).leaf).toMatchObject({ sequence: 3, status: 0 })
    expect(await server.check(shop)).toEqual({ segments: 1, faults: [] })
  })

  it('cuts a torn tail of any length and keeps every whole record before it', async () => {
    for (const cut of [1, 20, 70, 200]) {
      const { folder, heads } = await afterKill()
      const [path = ''] = segmentsOf(folder, '.open')
      truncateSync(path, readFileSync(path).length - cut)
      const { server, stop } = await openDesk({ folder, keys })
      const rows = await rowsOf(server, 2)
      expect(rows.slice(0, 2).map((row) => row.exchangeId)).toEqual(heads.slice(0, 2).map((head) => head.exchangeId))
      expect(await server.check(shop)).toEqual({ segments: 1, faults: [] })
      expect((await server.status()).damaged).toEqual([])
      await stop()
    }
  })

  it('cuts garbage behind the last record', async () => {
    const { folder } = await afterKill()
    appendFileSync(segmentsOf(folder, '.open')[0] ?? '', randomBytes(5000))
    const { server } = await openDesk({ folder, keys })
    expect(await rowsOf(server, 3)).toHaveLength(3)
    expect(await server.check(shop)).toEqual({ segments: 1, faults: [] })
  })

  it('puts a file aside that is broken in the middle, says so, and never gives a sequence out again', async () => {
    const { folder } = await afterKill()
    const [path = ''] = segmentsOf(folder, '.open')
    const bytes = readFileSync(path)
    const firstRecord = bytes.indexOf('ZH', 16)
    bytes[firstRecord + 60] = (bytes[firstRecord + 60] ?? 0) ^ 1
    writeFileSync(path, bytes)
    for (let start = 0; start < 2; start++) {
      const { server, gateway, stop } = await openDesk({ folder, keys })
      const [aside = ''] = segmentsOf(folder, '.damaged')
      expect(readFileSync(aside)).toEqual(bytes)
      expect((await server.status()).damaged).toEqual([aside])
      expect(await server.check(shop)).toMatchObject({ faults: [] })
      if (start === 1) {
        await record(gateway, headOf(), 'a', 'b')
        const [row] = await rowsOf(server, 1)
        expect(row?.sequence).toBe(3)
        expect((await server.feed(0)).gaps).toEqual([{ first: 1, last: 2, reason: 'damaged' }])
      }
      await stop()
    }
  })

  it('does not believe a record that was altered under a right checksum, and goes on without it', async () => {
    const { folder } = await afterKill()
    const [path = ''] = segmentsOf(folder, '.open')
    const bytes = readFileSync(path)
    const first = bytes.indexOf('ZH', 16)
    const payload = bytes.subarray(first + recordHeadBytes, first + recordHeadBytes + bytes.readUInt32BE(first + 4))
    payload[20] = (payload[20] ?? 0) ^ 1
    bytes.writeUInt32BE(recordCrc(bytes.subarray(first, first + 44), [payload]), first + 44)
    writeFileSync(path, bytes)
    const { server, gateway } = await openDesk({ folder, keys })
    expect((await server.status()).damaged).toHaveLength(1)
    await record(gateway, headOf(), 'a', 'b')
    expect((await rowsOf(server, 1)).map((row) => row.sequence)).toEqual([3])
    expect((await server.feed(0)).gaps).toEqual([{ first: 1, last: 2, reason: 'damaged' }])
    expect(await server.check(shop)).toMatchObject({ faults: [] })
  })

  it('goes on counting where it stopped, and says the old rows again when they are asked for', async () => {
    const folder = freshFolder()
    const first = await openDesk({ folder, keys })
    for (let n = 0; n < 5; n++) await record(first.gateway, headOf(), 'a', 'b')
    const before = await rowsOf(first.server, 5)
    await first.stop()
    const second = await openDesk({ folder, keys, locked: [shop] })
    expect(await second.server.feed(0)).toMatchObject({ rows: [], next: 0, waitingForKey: shop })
    await second.server.setKey(shop, keys[shop] ?? Buffer.of())
    await record(second.gateway, headOf(), 'c', 'd')
    const after = await rowsOf(second.server, 6)
    expect(after.slice(0, 5)).toEqual(before)
    expect(after.map((row) => row.sequence)).toEqual([1, 2, 3, 4, 5, 6])
    await expect(second.server.feed(7)).rejects.toMatchObject({ code: 'malformed' })
  })

  it('completes a seal that the kill interrupted between file and list', async () => {
    const folder = freshFolder()
    const first = await openDesk({ folder, keys })
    await record(first.gateway, headOf(), 'a', 'b')
    await first.server.seal(shop)
    const { seals } = await first.server.seals(0)
    await first.stop()
    // As if the kill had come before the seal was listed and the file named.
    const list = join(folder, 'recorder/seals.ndjson')
    truncateSync(list, readFileSync(list).length - 10)
    const [path = ''] = segmentsOf(folder, '.zhs')
    writeFileSync(path.replace('.zhs', '.open'), readFileSync(path))
    rmSync(path)
    const second = await openDesk({ folder, keys })
    expect((await second.server.seals(0)).seals).toEqual(seals)
    expect(existsSync(path)).toBe(true)
    expect(await second.server.check(shop)).toEqual({ segments: 1, faults: [] })
  })

  it('finds its sockets free again though their files were left behind', async () => {
    const { folder } = await afterKill()
    const child = await spawnRecorder(folder)
    const gone = ended(child)
    child.kill('SIGTERM')
    expect(await gone).toBe(0)
    expect(readdirSync(join(folder, 'run'))).toEqual([])
  })

  it('does not share its folder with a second one', async () => {
    const folder = freshFolder()
    await spawnRecorder(folder)
    await expect(spawnRecorder(folder)).rejects.toThrow(/works in this folder already/)
  })
})

describe('a recorder that is asked to end', () => {
  it('seals what is open and declares what had not ended', async () => {
    const folder = freshFolder()
    const child = await spawnRecorder(folder)
    const run = join(folder, 'run')
    const port = openRecorderPort(socketPath(run, recorderSockets.control))
    await port.setKey(shop, keys[shop] ?? Buffer.of())
    const client = connectRecorder({ socketPath: socketPath(run, recorderSockets.intake), gatewayId: 'gw-1' })
    onTestFinished(() => client.close())
    await ready(client)
    const tap = client.open(headOf())
    tap.requestBytes(Buffer.from('half'))
    await tap.written()
    let lost = 0
    client.onLost(() => lost++)
    const gone = ended(child)
    child.kill('SIGTERM')
    expect(await gone).toBe(0)
    await until(() => lost > 0)
    expect(client.ready).toBe(false)
    expect(segmentsOf(folder, '.open')).toEqual([])
    const { server } = await openDesk({ folder, keys })
    const [row] = await rowsOf(server, 1)
    expect(row).toMatchObject({ outcome: 'target_gone', recovered: 'recorder_stopped', requestBytes: 4 })
  })
})

describe('a gateway that goes away', () => {
  it('leaves exchanges that the recorder ends and declares', async () => {
    const { folder, server } = await openDesk({ keys })
    const other = await ready(connectRecorder({ socketPath: join(folder, 'in.sock'), gatewayId: 'gw-2' }))
    const tap = other.open(headOf())
    tap.requestBytes(Buffer.from('GET /half'))
    tap.responseBytes(Buffer.from('HTTP/1.1 200 OK\r\n'))
    await tap.written()
    await other.close()
    await expect(tap.end(complete)).rejects.toThrow()
    const [row] = await rowsOf(server, 1)
    // What the target answered is in the record; whether the tester got it nobody told.
    expect(row).toMatchObject({ recovered: 'gateway_lost', outcome: 'target_gone', status: 200 })
    expect(row).toMatchObject({ requestBytes: 9, responseBytes: 17 })
  })

  it('comes back by itself when the recorder does', async () => {
    const folder = freshFolder()
    const first = await openDesk({ folder, keys })
    const client = connectRecorder({ socketPath: join(folder, 'in.sock'), gatewayId: 'gw-2' })
    onTestFinished(() => client.close())
    await ready(client)
    await first.stop()
    await until(() => !client.ready)
    await expect(client.open(headOf()).written()).rejects.toThrow(/not connected/)
    const second = await openDesk({ folder, keys })
    await ready(client)
    await record(client, headOf(), 'a', 'b')
    expect(await rowsOf(second.server, 1)).toHaveLength(1)
  })
})

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  bytesOf,
  type Desk,
  freshFolder,
  headOf,
  openDesk,
  record,
  rowsOf,
  shop,
  until,
} from '../fixtures/recording.ts'
import { StoreWithDoor } from '../fixtures/store-with-door.ts'
import { FolderStore } from './folder-store.ts'

const day = 86_400_000

type House = {
  readonly folder: string
  readonly mount: string
  readonly store: StoreWithDoor
  readonly clock: { ahead: number }
  open(keepMs?: number, more?: Parameters<typeof openDesk>[0]): Promise<Desk>
}

/** A recorder whose segments go to a folder elsewhere, and a clock that may be put ahead. */
function house(): House {
  const folder = freshFolder()
  const mount = join(freshFolder(), 'mnt')
  mkdirSync(mount)
  mkdirSync(join(folder, 'recorder'), { recursive: true })
  const clock = { ahead: 0 }
  const store = new StoreWithDoor(new FolderStore(mount, join(folder, 'recorder', 'store-mark')))
  return {
    folder,
    mount,
    store,
    clock,
    open: (keepMs = 0, more = {}) =>
      openDesk({
        folder,
        now: () => new Date(Date.now() + clock.ahead),
        rest: { store, keepMs, cacheBytes: 1 << 30 },
        ...more,
      }),
  }
}

/** Lin records `count` exchanges, each in a segment of its own. */
async function recordSegments({ gateway, server }: Desk, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let at = 0; at < count; at++) {
    const head = headOf()
    await record(gateway, head, `GET ${head.exchangeId}`, `answer to ${head.exchangeId}`)
    await server.seal(shop)
    ids.push(head.exchangeId)
  }
  return ids
}

const filesHere = (folder: string, ending: string): string[] => {
  const place = join(folder, 'recorder/engagements', shop)
  return existsSync(place) ? readdirSync(place).filter((name) => name.endsWith(ending)) : []
}
const filesThere = (mount: string): string[] => {
  const place = join(mount, shop)
  return existsSync(place) ? readdirSync(place) : []
}
const storeOf = async ({ server }: Desk) => {
  const { store } = await server.status()
  if (store === null) throw new Error('the recorder has no store')
  return store
}
const untilMovedAll = (desk: Desk, folder: string): Promise<void> =>
  until(async () => (await storeOf(desk)).waiting === 0 && filesHere(folder, '.zhs').length === 0)

describe('segments that go to rest elsewhere', () => {
  it('are read, proved, copied and checked as if they lay here', async () => {
    const { folder, mount, open } = house()
    const desk = await open()
    const ids = await recordSegments(desk, 3)
    await untilMovedAll(desk, folder)
    expect(filesThere(mount)).toHaveLength(3)
    for (const id of ids) {
      expect((await bytesOf(desk.server.request(shop, id))).toString()).toBe(`GET ${id}`)
      const proof = await desk.server.proof(shop, id)
      const copy = await bytesOf(desk.server.segmentFile(shop, proof.segment.segmentId))
      expect(copy.equals(readFileSync(join(mount, shop, `${proof.segment.segmentId}.zhs`)))).toBe(true)
    }
    expect(await desk.server.check(shop)).toEqual({ segments: 3, faults: [] })
  })

  it('stay here besides for the days that were set, and go when those are over', async () => {
    const { folder, mount, clock, open } = house()
    const desk = await open(7 * day)
    await recordSegments(desk, 2)
    await until(() => filesThere(mount).length === 2)
    await until(() => filesHere(folder, '.rests').length === 2)
    expect(filesHere(folder, '.zhs')).toHaveLength(2)
    clock.ahead = 8 * day
    await until(() => filesHere(folder, '.zhs').length === 0)
    expect(await desk.server.check(shop)).toEqual({ segments: 2, faults: [] })
  })

  it('are known after a restart: the feed gives every row once, and new segments follow the old ones', async () => {
    const { folder, open } = house()
    const first = await open()
    const ids = await recordSegments(first, 3)
    await untilMovedAll(first, folder)
    await first.stop()
    const again = await open(0, { keys: first.keys })
    expect((await rowsOf(again.server, 3)).map((row) => [row.sequence, row.exchangeId])).toEqual(
      ids.map((id, at) => [at + 1, id]),
    )
    ids.push(...(await recordSegments(again, 1)))
    await untilMovedAll(again, folder)
    expect((await rowsOf(again.server, 4)).map((row) => row.exchangeId)).toEqual(ids)
    expect(await again.server.check(shop)).toEqual({ segments: 4, faults: [] })
    expect((await again.server.status()).damaged).toEqual([])
  })

  it('need no key on the way: what is sealed is moved before its engagement is unlocked', async () => {
    const { folder, mount, open } = house()
    const plain = await openDesk({ folder })
    const ids = await recordSegments(plain, 2)
    await plain.stop()
    const desk = await open(0, { keys: plain.keys, locked: [shop] })
    await untilMovedAll(desk, folder)
    expect(filesThere(mount)).toHaveLength(2)
    await desk.server.setKey(shop, plain.keys[shop] ?? Buffer.of())
    expect((await rowsOf(desk.server, 2)).map((row) => row.exchangeId)).toEqual(ids)
  })
})

describe('a store that is away', () => {
  it('stops no traffic: segments wait here, it is told why, and they follow in order when it is back', async () => {
    const { folder, mount, store, open } = house()
    const desk = await open()
    store.away = 'ECONNREFUSED'
    await recordSegments(desk, 4)
    await until(async () => (await storeOf(desk)).failing !== null)
    expect(await storeOf(desk)).toMatchObject({
      kind: 'folder',
      place: mount,
      waiting: 4,
      stuck: 0,
      failing: { why: 'ECONNREFUSED' },
    })
    expect((await desk.server.status()).state).toBe('recording')
    expect(filesHere(folder, '.zhs')).toHaveLength(4)
    store.away = null
    await untilMovedAll(desk, folder)
    const { seals } = await desk.server.seals(0)
    expect(store.brought).toEqual(seals.map(({ seal }) => seal.segmentId))
    expect((await storeOf(desk)).failing).toBeNull()
  })

  it('makes reading wait with a reason, never a gap in the feed', async () => {
    const { folder, store, open } = house()
    const desk = await open()
    const [id = ''] = await recordSegments(desk, 1)
    await untilMovedAll(desk, folder)
    await desk.stop()
    const again = await open(0, { keys: desk.keys })
    store.away = 'it answers 503'
    await expect(bytesOf(again.server.request(shop, id))).rejects.toMatchObject({
      rule: 'RECORDER-STORE-AWAY',
    })
    await expect(again.server.feed(0)).rejects.toMatchObject({ rule: 'RECORDER-STORE-AWAY' })
    await expect(again.server.check(shop)).rejects.toMatchObject({ rule: 'RECORDER-STORE-AWAY' })
    store.away = null
    expect((await again.server.feed(0)).gaps).toEqual([])
    expect((await bytesOf(again.server.request(shop, id))).toString()).toBe(`GET ${id}`)
  })

  it('holds a disposal open until the copies there are gone too', async () => {
    const { folder, mount, store, open } = house()
    const desk = await open()
    const [id = ''] = await recordSegments(desk, 2)
    await untilMovedAll(desk, folder)
    store.away = 'ETIMEDOUT'
    await expect(desk.server.dispose(shop)).rejects.toMatchObject({ rule: 'RECORDER-STORE-AWAY' })
    await expect(bytesOf(desk.server.request(shop, id))).rejects.toMatchObject({ code: 'not_found' })
    await desk.stop()
    const again = await open(0, { keys: desk.keys, locked: [shop] })
    expect(filesThere(mount)).toHaveLength(2)
    store.away = null
    await again.server.dispose(shop)
    expect(filesThere(mount)).toEqual([])
    await again.server.dispose(shop)
  })
})

describe('bytes that are not what was sealed', () => {
  it('in the store are never shown: reading says damaged', async () => {
    const { folder, mount, open } = house()
    const desk = await open()
    const [id = ''] = await recordSegments(desk, 1)
    await untilMovedAll(desk, folder)
    const path = join(mount, shop, filesThere(mount)[0] ?? '')
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    writeFileSync(path, bytes)
    await expect(bytesOf(desk.server.request(shop, id))).rejects.toMatchObject({ rule: 'RECORDER-DAMAGED' })
    expect((await desk.server.check(shop)).faults).toEqual([
      { segmentId: expect.any(String), fault: 'the copy in the store is not what was sealed' },
    ])
    writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(1 << 20)]))
    expect((await desk.server.check(shop)).faults).toHaveLength(1)
  })

  it('under a segment’s name keep the segment here, are told, and hold no other one up', async () => {
    const { folder, mount, store, open } = house()
    const desk = await open()
    store.away = 'not yet'
    await recordSegments(desk, 3)
    const { seals } = await desk.server.seals(0)
    const [, second] = seals.map(({ seal }) => seal.segmentId)
    mkdirSync(join(mount, shop), { recursive: true })
    writeFileSync(join(mount, shop, `${second}.zhs`), 'somebody else’s')
    store.away = null
    await until(async () => (await storeOf(desk)).stuck === 1 && filesHere(folder, '.zhs').length === 1)
    expect(filesHere(folder, '.zhs')).toEqual([`${second}.zhs`])
    expect(await desk.server.check(shop)).toEqual({ segments: 3, faults: [] })
  })

  it('here are not brought over what is whole nowhere else', async () => {
    const { folder, mount, store, open } = house()
    const desk = await open()
    store.away = 'not yet'
    await recordSegments(desk, 1)
    const path = join(folder, 'recorder/engagements', shop, filesHere(folder, '.zhs')[0] ?? '')
    const bytes = readFileSync(path)
    bytes[200] = (bytes[200] ?? 0) ^ 1
    writeFileSync(path, bytes)
    store.away = null
    await until(async () => (await storeOf(desk)).stuck === 1)
    expect(filesThere(mount)).toEqual([])
    expect(existsSync(path)).toBe(true)
  })

  it('are not what lies here when the store has lost a segment before its last copy here goes', async () => {
    const { folder, mount, clock, open } = house()
    const desk = await open(day)
    await recordSegments(desk, 1)
    await until(() => filesHere(folder, '.rests').length === 1)
    rmSync(join(mount, shop, filesThere(mount)[0] ?? ''))
    clock.ahead = 2 * day
    await until(() => filesThere(mount).length === 1 && filesHere(folder, '.zhs').length === 0)
    expect(await desk.server.check(shop)).toEqual({ segments: 1, faults: [] })
  })
})

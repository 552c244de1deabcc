import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { busNames, openBatch, sealBatch, theRecorder } from '@zhongheng/contracts/records/bus.ts'
import type { BusSettings } from '@zhongheng/contracts/records/bus-settings.ts'
import { selfSignedCertificate } from '@zhongheng/practice-target/wire/certificate.ts'
import { type RowFeed, rowsFromBus } from '@zhongheng/server/ports/row-feed.ts'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { hasNatsServer, type NatsServer, startNatsServer } from '../fixtures/nats-server.ts'
import { type Desk, type DeskOptions, freshFolder, openDesk, until } from '../fixtures/recording.ts'
import { follow, idsOf, recordSome, rowFeedContract, sequencesFrom } from '../fixtures/row-feed-contract.ts'

if (!hasNatsServer) console.log('Not run: rows over a bus (no nats-server here; Debian package nats-server)')

const key = randomBytes(32)
let nats: NatsServer
let counter = 0
/** Each test is an installation of its own on the one bus. */
const settingsOf = (name = `zh-${++counter}`): BusSettings => ({
  servers: [`127.0.0.1:${nats.port}`],
  tls: null,
  login: null,
  key,
  name,
  replicas: 1,
})

type House = { readonly desk: Desk; readonly feed: RowFeed; readonly bus: BusSettings }

const followed = (bus: BusSettings, { server }: Desk): RowFeed => {
  const feed = rowsFromBus(bus, server)
  onTestFinished(() => feed.close())
  return feed
}
const isConnected = async ({ server }: Desk): Promise<boolean> => {
  const { bus } = await server.status()
  return bus !== null && bus.failing === null
}

async function open(options: DeskOptions = {}, bus = settingsOf()): Promise<House> {
  const desk = await openDesk({ ...options, bus })
  const feed = followed(bus, desk)
  await until(() => isConnected(desk))
  return { desk, feed, bus }
}

/** The operator's look at the bus, which a hostile one has too. */
async function atTheBus(): Promise<{ connection: NatsConnection; manager: JetStreamManager }> {
  const connection = await connect({ servers: `127.0.0.1:${nats.port}` })
  onTestFinished(() => connection.close())
  return { connection, manager: await jetstreamManager(connection) }
}
const publishedTo = (desk: Desk, sequence: number): Promise<void> =>
  until(async () => ((await desk.server.status()).bus?.published ?? 0) >= sequence)

describe.skipIf(!hasNatsServer)('a real NATS server as the bus', () => {
  beforeAll(async () => {
    nats = await startNatsServer()
  })
  afterAll(() => nats.end())

  rowFeedContract('over the bus', open)

  it('carries the rows: the recorder is not asked for what the bus has', async () => {
    const { desk, feed } = await open()
    const ids = await recordSome(desk, 60)
    expect(idsOf((await follow(feed, 0, 60)).rows)).toEqual(ids)
    expect(feed.bus()).toMatchObject({ asked: 0, fromBus: 60, refused: 0, failing: null })
  })

  it('that is lost stops neither recording nor index; back, it gets what it missed, and no row comes twice', async () => {
    const { desk, feed, bus } = await open()
    const ids = await recordSome(desk, 20)
    const first = await follow(feed, 0, 20)
    await nats.kill()
    ids.push(...(await recordSome(desk, 20)))
    const second = await follow(feed, 20, 40)
    await until(async () => !(await isConnected(desk)) && feed.bus()?.failing !== null)
    await nats.back()
    await publishedTo(desk, 40)
    ids.push(...(await recordSome(desk, 20)))
    const third = await follow(feed, 40, 60)
    expect(idsOf([...first.rows, ...second.rows, ...third.rows])).toEqual(ids)
    await publishedTo(desk, 60)
    const { manager } = await atTheBus()
    const { stream, subjectOf } = busNames(bus.name)
    const last = await manager.streams.getMessage(stream, { last_by_subj: subjectOf(theRecorder) })
    expect(last && openBatch(key, theRecorder, last.data)?.next).toBe(60)
  })

  it('that lost all it kept begins anew', async () => {
    const { desk, feed } = await open()
    const ids = await recordSome(desk, 10)
    await nats.kill()
    await nats.back({ empty: true })
    await until(() => isConnected(desk))
    ids.push(...(await recordSome(desk, 10)))
    expect(idsOf((await follow(feed, 0, 20)).rows)).toEqual(ids)
  })

  it('has the rows of a recorder that was lost, and goes on with it when it joins again', async () => {
    const folder = freshFolder()
    const { desk, bus } = await open({ folder })
    const ids = await recordSome(desk, 30)
    await publishedTo(desk, 30)
    await desk.stop()
    const late = followed(bus, desk)
    expect(idsOf((await follow(late, 0, 30)).rows)).toEqual(ids)
    const again = await openDesk({ folder, keys: desk.keys, bus })
    const feed = followed(bus, again)
    ids.push(...(await recordSome(again, 5)))
    expect(idsOf((await follow(feed, 0, 35)).rows)).toEqual(ids)
    expect(feed.bus()?.asked).toBeLessThanOrEqual(35)
  })

  it('serves two servers that follow at once: each gets every row', async () => {
    const { desk, feed, bus } = await open()
    const other = followed(bus, desk)
    const ids = await recordSome(desk, 30)
    for (const one of await Promise.all([follow(feed, 0, 30), follow(other, 0, 30)]))
      expect(idsOf(one.rows)).toEqual(ids)
  })

  it('that is hostile cannot add, change, repeat, swap or hide a row', async () => {
    const { desk, bus } = await open()
    const { connection, manager } = await atTheBus()
    const names = busNames(bus.name)
    const subject = names.subjectOf(theRecorder)
    const ids = await recordSome(desk, 3)
    await publishedTo(desk, 3)
    const real = await manager.streams.getMessage(names.stream, { last_by_subj: subject })
    if (real === null) throw new Error('nothing is on the bus')
    const forged = JSON.stringify({ ...(await desk.server.feed(0)).rows[0], exchangeId: 'xch_forged', sequence: 4 })
    const batch = { after: 3, next: 4, rows: [forged], gaps: [] }
    const flipped = Buffer.from(real.data)
    flipped[60] = (flipped[60] ?? 0) ^ 1
    const stream = jetstream(connection)
    for (const message of [
      Buffer.from('hello'),
      Buffer.alloc(0),
      sealBatch(randomBytes(32), { node: theRecorder, ...batch }),
      sealBatch(key, { node: 'another', ...batch }),
      sealBatch(key, { node: theRecorder, ...batch, next: 5 }),
      flipped,
      Buffer.from(real.data).subarray(0, 50),
      // Repeated as it was, and out of its place.
      Buffer.from(real.data),
    ])
      await stream.publish(subject, message)
    ids.push(...(await recordSome(desk, 3)))
    await publishedTo(desk, 6)
    ids.push(...(await recordSome(desk, 3)))
    await publishedTo(desk, 9)
    // And one is taken out: what it held is asked of the recorder.
    const { state } = await manager.streams.info(names.stream)
    await manager.streams.deleteMessage(names.stream, state.last_seq - 1)
    const feed = followed(bus, desk)
    const { rows, gaps } = await follow(feed, 0, 9)
    expect(idsOf(rows)).toEqual(ids)
    expect(rows.map(({ sequence }) => sequence)).toEqual(sequencesFrom(1, 9))
    expect(gaps).toEqual([])
    await until(() => (feed.bus()?.refused ?? 0) >= 6)
  })

  it('PUB-CR-03: holds nothing that its keeper could read', async () => {
    const { desk, bus } = await open()
    await recordSome(desk, 3)
    await publishedTo(desk, 3)
    const { manager } = await atTheBus()
    const names = busNames(bus.name)
    const { state } = await manager.streams.info(names.stream)
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await manager.streams.getMessage(names.stream, { seq })
      const text = Buffer.from(message?.data ?? []).toString('latin1')
      for (const word of ['shop.example', 'per_lin', 'orders', 'exchangeId']) expect(text).not.toContain(word)
    }
  })

  it('that knows a newer record than the one put back from a backup forgets it', async () => {
    const bus = settingsOf()
    const newer = await open({}, bus)
    await recordSome(newer.desk, 10)
    await publishedTo(newer.desk, 10)
    await newer.desk.stop()
    const older = await openDesk({ bus })
    await until(() => isConnected(older))
    const ids = await recordSome(older, 2)
    expect(idsOf((await follow(followed(bus, older), 0, 2)).rows)).toEqual(ids)
  })

  it('without TLS is refused where the settings say TLS, and the rows take the other way', async () => {
    const bus = { ...settingsOf(), tls: {}, login: { user: 'recorder', pass: 'a-password-of-the-house' } }
    const desk = await openDesk({ bus })
    const feed = followed(bus, desk)
    const ids = await recordSome(desk, 2)
    expect(idsOf((await follow(feed, 0, 2)).rows)).toEqual(ids)
    await until(async () => (await desk.server.status()).bus?.failing !== null && feed.bus()?.failing !== null)
    expect(JSON.stringify([await desk.server.status(), feed.bus()])).not.toContain('a-password-of-the-house')
  })

  it('with TLS and a login is taken by the authority in the settings alone, and by no other', async () => {
    const folder = freshFolder()
    const { certificate, key: serverKey } = await selfSignedCertificate(['localhost'])
    const other = await selfSignedCertificate(['localhost'])
    writeFileSync(join(folder, 'cert.pem'), certificate)
    writeFileSync(join(folder, 'key.pem'), serverKey)
    const login = { user: 'recorder', pass: 'words-of-the-house' }
    const words = ['--tls', '--tlscert', join(folder, 'cert.pem'), '--tlskey', join(folder, 'key.pem')]
    const secured = await startNatsServer([...words, '--user', login.user, '--pass', login.pass])
    onTestFinished(() => secured.end())
    const bus = { ...settingsOf(), servers: [`127.0.0.1:${secured.port}`], tls: { ca: certificate }, login }
    const { desk, feed } = await open({}, bus)
    const ids = await recordSome(desk, 5)
    expect(idsOf((await follow(feed, 0, 5)).rows)).toEqual(ids)
    expect(feed.bus()).toMatchObject({ asked: 0, failing: null })
    for (const wrong of [
      { ...bus, tls: { ca: other.certificate } },
      { ...bus, tls: {} },
      { ...bus, tls: null },
      { ...bus, login: { ...login, pass: 'other-words-of-the-house' } },
    ]) {
      const refused = followed(wrong, desk)
      await until(() => refused.bus()?.failing !== null)
      expect(JSON.stringify(refused.bus())).not.toContain('words-of-the-house')
    }
  })
})

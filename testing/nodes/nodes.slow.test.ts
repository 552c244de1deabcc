import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { baseOf, nodeOfSequence, readNodes } from '@zhongheng/contracts/records/nodes.ts'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { type Program, start } from '@zhongheng/gateway/testing/program.ts'
import { startPolicyPush } from '@zhongheng/server/jobs/policy-push.ts'
import type { Stop } from '@zhongheng/server/jobs/rounds.ts'
import { scrub } from '@zhongheng/server/jobs/scrub.ts'
import { startTrafficIndex } from '@zhongheng/server/jobs/traffic-index.ts'
import { openGatewayPort } from '@zhongheng/server/ports/gateway.ts'
import { openRecorderPort } from '@zhongheng/server/ports/recorder.ts'
import { openNodes } from '@zhongheng/server/work/nodes.ts'
import type { Lease } from '@zhongheng/tools/demo/http-clients.ts'
import { nodeClient } from '@zhongheng/tools/demo/node-client.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { move, type Prepared, prepareEngagement, record } from '@zhongheng/tools/demo/prepare.ts'
import { freePort } from '@zhongheng/tools/ports.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guideBlocks } from '../journeys/guide-blocks.ts'
import { type Cast, assemble } from '../scenes/crowd-test.ts'
import { type Stage, openStage } from '../scenes/stage.ts'

/*
 * Two gateways with their recorders, as processes, under one server on a real database: Ms Lin’s engagement is at node 0, Mr Gao’s at
 * node 1, and node 1 is killed.
 */
let stage: Stage
let wei: Person
let casts: [Cast, Cast]
let engagements: [Prepared, Prepared]
let otherFolder: string
const ports: number[] = []
const programs: { [name: string]: Program } = {}
const stops: Stop[] = []
const faults: unknown[] = []

/** A command of the operator's guide with this test's folders, address and port in the place of those of its example. */
async function fromGuide(mark: string): Promise<string> {
  const block = (await guideBlocks('operating')).get(mark) ?? ''
  return block
    .replaceAll('/srv/zhongheng-1', otherFolder)
    .replaceAll('/srv/zhongheng', stage.folder)
    .replaceAll('gw1.example.com', '127.0.0.1')
    .replaceAll('7081', String(ports[1]))
}
async function begin(node: number): Promise<void> {
  const path = { PATH: process.env['PATH'] ?? '' }
  let programsOfNode = ['recorder', 'gateway']
  let environment: { readonly [name: string]: string } = { ZH_DATA: stage.folder, ZH_GATEWAY_PORT: String(ports[0]) }
  if (node === 1) {
    const guide = await fromGuide('node')
    programsOfNode = [...guide.matchAll(/^node (\w+)\/main\/main\.ts &$/gm)].map(([, name = '']) => name)
    environment = Object.fromEntries([...guide.matchAll(/(ZH_\w+)=(\S+)/g)].map(([, name, value]) => [name, value]))
  }
  expect(programsOfNode).toHaveLength(2)
  for (const name of programsOfNode) {
    const program = start(name, { ...path, ...environment })
    programs[`${name} ${node}`] = program
    await program.ready
  }
}
async function kill(node: number): Promise<void> {
  for (const name of ['gateway', 'recorder']) {
    const program = programs[`${name} ${node}`]
    program?.child.kill('SIGKILL')
    await program?.exit
  }
}

beforeAll(async () => {
  ports[0] = await freePort()
  ports[1] = await freePort(ports[0] + 1)
  stage = await openStage({ settings: { gatewayPort: ports[0] } })
  otherFolder = await mkdtemp(join(tmpdir(), 'zh-node-1-'))
  const runFolder = join(stage.folder, 'run')
  Object.assign(stage.deps, {
    gateway: openGatewayPort(socketPath(runFolder, 'gateway.sock')),
    recorder: openRecorderPort(socketPath(runFolder, recorderSockets.control)),
    nodes: openNodes(readNodes({ ZH_NODES: /ZH_NODES=(\S+)/.exec(await fromGuide('nodes'))?.[1] }), null),
  })
  await begin(0)
  await begin(1)
  const policy = await startPolicyPush(stage.deps, (fault) => faults.push(fault))
  stops.push(
    policy.stop,
    startTrafficIndex(stage.deps, (fault) => faults.push(fault)),
  )
  const first = await assemble(stage, 'a')
  casts = [first, await assemble(stage, 'b', first)]
  const prepare = (cast: Cast, title: string): Promise<Prepared> =>
    prepareEngagement(cast, stage.target, title, stage.folder, () => undefined, cast.orgIds)
  engagements = [await prepare(casts[0], '商城众测'), await prepare(casts[1], '支付众测')]
  wei = (await stage.house('organizer', '平台方', [{ login: 'wei.admin', posts: ['system_admin'] }])).people[
    'wei.admin'
  ] as Person
})
afterAll(async () => {
  await Promise.allSettled(stops.map((stop) => stop()))
  for (const { child } of Object.values(programs)) child.kill('SIGKILL')
  await stage.close()
  await rm(otherFolder, { recursive: true, force: true })
})

const leaseOf = (at: 0 | 1): Lease => engagements[at].leases.tester
const ask = (at: 0 | 1, path: string, lease = leaseOf(at)): Promise<number> =>
  nodeClient(lease, `http://${stage.target.host}:${stage.target.port}${path}`)
/** The same lease at the other node's gateway. */
const through = (lease: Lease, port: number | undefined): Lease => {
  const url = new URL(lease.proxyUrl)
  url.port = String(port)
  return { ...lease, proxyUrl: url.href }
}
async function listed(at: 0 | 1): Promise<{ sequence: number; path: string; exchangeId: string }[]> {
  const { exchanges } = await casts[at].auditor.call('GET /api/engagements/:engagementId/exchanges', {
    params: { engagementId: engagements[at].engagementId },
    query: { limit: '200', order: 'oldest', verdict: 'passed' },
  })
  return exchanges.map(({ sequence, path, exchangeId }) => ({ sequence, path, exchangeId }))
}
const marked = async (at: 0 | 1, mark: string): Promise<string[]> =>
  (await listed(at)).map(({ path }) => path).filter((path) => path.startsWith(`/${mark}`))
const paths = (mark: string, count: number): string[] => Array.from({ length: count }, (_, at) => `/${mark}-${at}`)

async function stop(at: 0 | 1): Promise<void> {
  await move(casts[at].auditor, engagements[at].engagementId, 'stop', '发现异常流量，先行暂停核实。')
}
async function resume(at: 0 | 1): Promise<void> {
  const { engagementId } = engagements[at]
  for (const side of [casts[at].auditor, casts[at].organizer])
    await record(side, engagementId, 'resume_approval', { reason: '经核实为正常测试流量，可以恢复。' })
  await move(casts[at].organizer, engagementId, 'resume')
}

/** An open tunnel to the target, as a tester's tool holds one. */
async function tunnel(at: 0 | 1): Promise<Socket> {
  const proxy = new URL(leaseOf(at).proxyUrl)
  const socket = connect(Number(proxy.port), proxy.hostname)
  const basic = Buffer.from(`${proxy.username}:${proxy.password}`).toString('base64')
  const authority = `${stage.target.host}:${stage.target.tlsPort}`
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nProxy-Authorization: Basic ${basic}\r\n\r\n`)
  socket.on('error', () => undefined)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(String(answer)).toContain('200')
  return socket
}

describe('two nodes under one server', () => {
  it('serve an engagement each, at the address that its lease names', async () => {
    expect(engagements.map((_, at) => Number(new URL(leaseOf(at as 0 | 1).proxyUrl).port))).toEqual(ports)
    for (const at of [0, 1] as const) await expect.poll(() => ask(at, '/'), { timeout: 20_000 }).toBe(200)
  })

  it('record side by side; every exchange is in the index once, and its bytes come from the node that has it', async () => {
    const [mine, others] = [paths('both', 20), paths('both', 20)]
    await Promise.all([...mine.map((path) => ask(0, path)), ...others.map((path) => ask(1, path))])
    for (const at of [0, 1] as const) {
      await expect.poll(async () => (await marked(at, 'both')).toSorted(), { timeout: 20_000 }).toEqual(mine.toSorted())
      const rows = await listed(at)
      expect(new Set(rows.map(({ sequence }) => nodeOfSequence(sequence)))).toEqual(new Set([at]))
      const page = await casts[at].auditor.call('GET /api/engagements/:engagementId/exchanges/:exchangeId', {
        params: { engagementId: engagements[at].engagementId, exchangeId: rows.at(-1)?.exchangeId ?? '' },
      })
      expect(JSON.stringify(page.request)).toContain('/both-')
    }
  })

  it('refuse each other’s testers by name of the right address, and record nothing of them', async () => {
    const before = await listed(1)
    expect(await ask(1, '/wrong-door', through(leaseOf(1), ports[0]))).toBe(403)
    expect(await ask(1, '/right-door')).toBe(await ask(0, '/right-door'))
    await expect.poll(() => marked(1, 'right-door')).toHaveLength(1)
    expect(await marked(1, 'wrong-door')).toEqual([])
    expect((await listed(1)).length).toBe(before.length + 1)
  })

  it('both fall silent by one stop order each, open connections too', async () => {
    const open = await Promise.all([tunnel(0), tunnel(1)])
    // Whether it was ended or reset is all the same to a tester.
    const closed = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    await Promise.all([stop(0), stop(1)])
    for (const socket of open) socket.resume()
    await Promise.all(closed)
    expect(await Promise.all([ask(0, '/stopped'), ask(1, '/stopped')])).toEqual([503, 503])
    await Promise.all([resume(0), resume(1)])
    for (const at of [0, 1] as const) await expect.poll(() => ask(at, '/ready')).not.toBe(503)
  })

  it('fail apart: node 1 is killed, and nobody of node 0 notices; back, its rows come without gap or repetition', async () => {
    await Promise.all(paths('before', 18).map((path) => ask(1, path)))
    const after = ask(1, '/before-last')
    await after
    await kill(1)
    expect(await ask(1, '/dead')).toBe(0)
    const statuses = await Promise.all(paths('alone', 20).map((path) => ask(0, path)))
    expect(new Set(statuses).size).toBe(1)
    await expect.poll(() => marked(0, 'alone'), { timeout: 20_000 }).toHaveLength(20)
    await begin(1)
    await expect.poll(() => ask(1, '/back'), { timeout: 30_000 }).toBe(statuses[0])
    const expected = [...paths('before', 18), '/before-last'].toSorted()
    await expect.poll(async () => (await marked(1, 'before')).toSorted(), { timeout: 30_000 }).toEqual(expected)
    const sequences = (await listed(1)).map(({ sequence }) => sequence)
    expect(new Set(sequences).size).toBe(sequences.length)
    const { rows } = await stage.deps.nodes![0]!.recorder.feed(baseOf(1), { limit: 1000 }).then((page) => page)
    const { position } = await stage.deps.database.kysely
      .selectFrom('feed_positions')
      .select('position')
      .where('name', '=', 'exchanges.1')
      .executeTakeFirstOrThrow()
    const stored = await stage.deps.database.kysely
      .selectFrom('exchanges')
      .select('sequence')
      .where('sequence', '>', String(baseOf(1)))
      .orderBy('sequence')
      .execute()
    const taken = rows.map(({ sequence }) => sequence).filter((sequence) => sequence <= Number(position))
    expect(stored.map(({ sequence }) => Number(sequence))).toEqual(taken)
  })

  it('take over from each other: an engagement moves in a moment while its node answers, and all of it stays readable', async () => {
    await wei.call('POST /api/installation/nodes/:node/departures', { params: { node: '1' }, body: { to: 0 } })
    const moved = through(leaseOf(1), ports[0])
    await expect.poll(() => ask(1, '/moved', moved), { timeout: 30_000 }).toBe(await ask(0, '/moved'))
    expect(await ask(1, '/old-door')).toBe(403)
    await expect.poll(async () => (await marked(1, 'moved')).length, { timeout: 20_000 }).toBeGreaterThan(0)
    const rows = await listed(1)
    const nodes = rows.map(({ sequence }) => nodeOfSequence(sequence))
    expect(nodes).toEqual([...nodes].toSorted((a, b) => b - a))
    expect(new Set(nodes)).toEqual(new Set([0, 1]))
    for (const { exchangeId } of [rows[0], rows.at(-1)].flatMap((row) => (row ? [row] : [])))
      await casts[1].auditor.call('GET /api/engagements/:engagementId/exchanges/:exchangeId', {
        params: { engagementId: engagements[1].engagementId, exchangeId },
      })
  })

  it('are both read by the scrub', async () => {
    await stage.deps.recorder.seal(engagements[1].engagementId)
    await stage.deps.nodes![0]!.recorder.seal(engagements[1].engagementId)
    const sealed = () =>
      stage.deps.database.kysely
        .selectFrom('segments')
        .select('first_sequence')
        .where('engagement_id', '=', engagements[1].engagementId)
        .execute()
    await expect
      .poll(async () => new Set((await sealed()).map((row) => nodeOfSequence(row.first_sequence))), { timeout: 20_000 })
      .toEqual(new Set([0, 1]))
    await stage.integrate()
    expect(await scrub(stage.deps)).toBe('whole')
  })
})

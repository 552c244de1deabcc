import type { PolicyPush } from '@zhongheng/contracts/records/policy.ts'
import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import type { Stay } from '@zhongheng/domain/engagements/nodes.ts'
import type { Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { standInGateway, standInRecorder } from '@zhongheng/testing/scenes/stand-ins.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPolicyPush } from '../../jobs/policy-push.ts'
import { rowsFromRecorder } from '../../ports/row-feed.ts'

/* Two nodes under one server, as stand-ins: what is pushed where, who is told which address, and how engagements move. */
let stage: Stage
let wei: Person
let casts: [Cast, Cast]
let ids: [string, string]
const pushes: { [node: number]: PolicyPush[] } = { 0: [], 1: [] }
const away = new Set<number>()
function gatewayOf(node: number) {
  const stand = standInGateway()
  return {
    push: async (push: PolicyPush) => {
      if (away.has(node)) return false
      pushes[node]?.push(push)
      return stand.push(push)
    },
    status: async () => (away.has(node) ? null : stand.status()),
  }
}
beforeAll(async () => {
  stage = await openStage()
  const recorder = standInRecorder()
  Object.assign(stage.deps, {
    gateway: gatewayOf(0),
    nodes: [
      {
        number: 1,
        host: 'gw1.example.com',
        port: 7081,
        dataFolder: stage.folder,
        gateway: gatewayOf(1),
        recorder,
        rows: rowsFromRecorder(recorder),
      },
    ],
  })
  const first = await assemble(stage, 'a')
  casts = [first, await assemble(stage, 'b', first)]
  ids = [await inTesting(stage, casts[0]), await inTesting(stage, casts[1])]
  wei = (await stage.house('organizer', '平台方', [{ login: 'wei.admin', posts: ['system_admin'] }])).people[
    'wei.admin'
  ] as Person
}, 120_000)
afterAll(() => stage.close())

const staysOf = async (id: string): Promise<readonly Stay[]> =>
  (
    await stage.deps.database.kysely
      .selectFrom('engagements')
      .select('nodes')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  ).nodes
const nodesNow = async (): Promise<(number | undefined)[]> =>
  Promise.all(ids.map(async (id) => (await staysOf(id)).at(-1)?.node))
const depart = (node: number, to: number, by = wei) =>
  by.call('POST /api/installation/nodes/:node/departures', { params: { node: String(node) }, body: { to } })
const last = (node: number): PolicyPush => {
  const push = pushes[node]?.at(-1)
  if (push === undefined) throw new Error(`nothing was pushed to node ${node}`)
  return push
}
const policyOf = (push: PolicyPush): Policy => JSON.parse(push.signed.payload) as Policy

describe('engagements on two nodes', () => {
  it('are shared out as the first lease of each is taken, and every tester of it is told that address', async () => {
    expect(await nodesNow()).toEqual([0, 1])
    const taken = await casts[1].tester.call('POST /api/engagements/:engagementId/leases', {
      params: { engagementId: ids[1] },
    })
    expect(taken.proxyUrl).toMatch(/@gw1\.example\.com:7081$/)
    expect(taken.curlExample).toContain('gw1.example.com:7081')
  })

  it('are in one signed snapshot for both, each with the keys of its own engagements alone', async () => {
    const push = await startPolicyPush(stage.deps, () => undefined)
    try {
      expect(last(0).signed).toEqual(last(1).signed)
      const policy = policyOf(last(0))
      expect(policy.gateways).toEqual([
        { node: 0, address: '127.0.0.1:7080' },
        { node: 1, address: 'gw1.example.com:7081' },
      ])
      expect(policy.platformAddresses).toContain('127.0.0.1:7081')
      const nodeOf = Object.fromEntries(policy.engagements.map((one) => [one.engagementId, one.node]))
      expect(nodeOf).toEqual({ [ids[0]]: 0, [ids[1]]: 1 })
      expect([Object.keys(last(0).caKeys), Object.keys(last(1).caKeys)]).toEqual([[ids[0]], [ids[1]]])
    } finally {
      await push.stop()
    }
  })

  it('are stopped at one node while the other one hangs', async () => {
    const hung = Promise.withResolvers<boolean>()
    const deps = {
      ...stage.deps,
      gateway: { push: () => hung.promise, status: () => hung.promise.then(() => null) },
    }
    const before = pushes[1]?.length ?? 0
    const starting = startPolicyPush(deps, () => undefined)
    await expect.poll(() => pushes[1]?.length ?? 0).toBeGreaterThan(before)
    // The first push to node 0 is on its way, and stays so.
    const page = await casts[1].auditor.call('GET /api/engagements/:engagementId', { params: { engagementId: ids[1] } })
    await casts[1].auditor.call('POST /api/engagements/:engagementId/moves', {
      params: { engagementId: ids[1] },
      body: { move: 'stop', version: page.version, reason: '发现异常流量，先行暂停核实。' },
    })
    await expect
      .poll(() => policyOf(last(1)).engagements.find((one) => one.engagementId === ids[1])?.state)
      .toBe('stopped')
    hung.resolve(false)
    await (await starting).stop()
  })

  it('PUB-AC-10: are moved by the organizer’s system administrator and by nobody else', async () => {
    for (const other of [casts[0].demand, casts[0].organizer2, casts[0].tester, casts[0].auditor])
      await expect(depart(1, 0, other)).rejects.toMatchObject({ status: 403, rule: 'ROLE-2' })
    for (const [node, to] of [
      [1, 1],
      [1, 7],
    ] as const)
      await expect(depart(node, to)).rejects.toMatchObject({
        status: 422,
        message: expect.stringContaining('须为另一节点'),
      })
    away.add(0)
    await expect(depart(1, 0)).rejects.toMatchObject({ status: 422, rule: 'NODE-3' })
    away.delete(0)
    expect(await nodesNow()).toEqual([0, 1])
  })

  it('are served by nobody from the move until the node that they leave has taken the new snapshot', async () => {
    const push = await startPolicyPush(stage.deps, () => undefined)
    try {
      away.add(1)
      const view = await depart(1, 0)
      expect(view.nodes).toMatchObject([
        { number: 0, engagements: 2, up: false },
        { number: 1, engagements: 0, up: false },
      ])
      await push.now()
      const servedAt = () => policyOf(last(0)).engagements.find((one) => one.engagementId === ids[1])?.node
      expect(servedAt()).toBeNull()
      expect(Object.keys(last(0).caKeys)).toEqual([ids[0]])
      const [, stay] = await staysOf(ids[1])
      expect(stay).toMatchObject({ node: 0, from: 0 })
      expect(Date.parse(stay?.begins ?? '') - Date.now()).toBeGreaterThan(60_000)
      // It is back, takes the snapshot, and has ended every connection of the engagement with it.
      away.delete(1)
      await expect.poll(servedAt, { timeout: 10_000 }).toBe(0)
      expect(Object.keys(last(0).caKeys).toSorted()).toEqual(ids.toSorted())
    } finally {
      await push.stop()
    }
  })

  it('leave an entry that everybody on it may see, and one for who audits the platform', async () => {
    const { events } = await casts[1].tester.call('GET /api/engagements/:engagementId/timeline', {
      params: { engagementId: ids[1] },
    })
    expect(events.map((event) => event.kind)).toContain('engagement.rerouted')
    const rows = await stage.deps.database.kysely
      .selectFrom('events')
      .select('leaf')
      .where('kind', '=', 'node.emptied')
      .execute()
    expect(rows.map(({ leaf }) => (JSON.parse(leaf) as { facts: object }).facts)).toEqual([
      { from: 1, to: 0, engagements: 1 },
    ])
  })

  it('come back behind what the node has recorded so far', async () => {
    await stage.deps.database.kysely
      .insertInto('feed_positions')
      .values({ name: 'exchanges.1', position: baseOf(1) + 40, seen_at: new Date() })
      .execute()
    await depart(0, 1)
    expect((await staysOf(ids[1])).map(({ node, from }) => [node, from])).toEqual([
      [1, baseOf(1)],
      [0, 0],
      [1, baseOf(1) + 40],
    ])
    expect(await nodesNow()).toEqual([1, 1])
    // Their testers read on their pages where to go now.
    for (const at of [0, 1] as const) {
      const { leases } = await casts[at].tester2.call('GET /api/engagements/:engagementId/leases', {
        params: { engagementId: ids[at] },
      })
      expect(leases.map(({ gateway }) => gateway)).toEqual(['gw1.example.com:7081'])
    }
  })
})

import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import type { Stay } from '@zhongheng/domain/engagements/nodes.ts'
import { Problem, badField, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import { positionOf } from '../../jobs/feed-position.ts'
import { servedStates } from '../../work/node-assignment.ts'
import { policyLife } from '../../jobs/policy.ts'
import { announcePolicy } from '../../work/notices.ts'
import { type Node, nodesOf, positionAt } from '../../work/nodes.ts'
import type { Work } from '../../work/work.ts'

/** A snapshot from so far in its future a gateway refuses; by so much its clock may be behind (ms). */
const clockTolerance = 60_000

/**
 * Moves every engagement of a node to another one, because it is lost or is to be taken away. Nobody serves them until the node before has
 * taken a snapshot that says so or, where it is away, until the last one that it may hold has lapsed by any clock that it accepts.
 * @throws Problem malformed for nodes that there are not; refused NODE-3 where the other one is not ready
 */
export async function moveEngagements(work: Work, from: number, to: number): Promise<void> {
  const { deps } = work
  const nodes = nodesOf(deps)
  const target = nodes.find(({ number }) => number === to)
  const numbers = nodes.map(({ number }) => number).join(', ')
  if (target === undefined || to === from)
    throw badField(
      'to',
      say(`须为另一节点：${numbers}`, `another node of ${numbers}`),
      say('从系统状态页面选择节点', 'choose one on the page of the installation'),
    )
  if (!(await isReady(target)))
    throw new Problem(
      'refused',
      say(
        `节点 ${to} 的网关或录制器没有就绪，不能接收项目`,
        `gateway or recorder of node ${to} is not ready to take engagements`,
      ),
      { rule: 'NODE-3' },
    )
  // Rows of houses that the administrator does not see; the route asked for the post.
  const moved = await work.asSystem(async (db) => {
    const rows = await db
      .selectFrom('engagements')
      .select(['id', 'nodes'])
      .where('state', 'in', [...servedStates])
      .where(sql<boolean>`coalesce((nodes -> -1 ->> 'node')::int, 0) = ${from}`)
      .orderBy('id')
      .forUpdate()
      .execute()
    const system = { ...work, db }
    const first = await positionOf(system, positionAt('exchanges', to), baseOf(to))
    const stay: Stay = {
      node: to,
      // What the other node recorded of it in an earlier stay, and the index does not have yet, is read with this one.
      from: first,
      begins: new Date(work.now.getTime() + policyLife + clockTolerance).toISOString(),
    }
    for (const { id, nodes: stays } of rows) {
      const before = stays.length > 0 ? stays : [{ node: 0, from: 0, begins: new Date(0).toISOString() }]
      await db
        .updateTable('engagements')
        .set({ nodes: JSON.stringify([...before, stay]) })
        .where('id', '=', id)
        .execute()
    }
    return rows.map(({ id }) => id)
  })
  for (const engagementId of moved)
    work.record({
      kind: 'engagement.rerouted',
      engagementId,
      subject: engagementId,
      role: work.actor.orgKind,
      audience: 'everyone',
      // Of houses that the administrator's own may have nothing to do with.
      pastOwn: true,
      facts: { from, to },
    })
  work.record({
    kind: 'node.emptied',
    engagementId: null,
    subject: null,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { from, to, engagements: moved.length },
  })
  await announcePolicy(work)
}

const isReady = async ({ gateway }: Node): Promise<boolean> => (await gateway.status())?.recorder === 'connected'

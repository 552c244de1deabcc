import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import { assignedNode, leastLoaded, type Stay } from '@zhongheng/domain/engagements/nodes.ts'
import type { Deps } from './deps.ts'
import { type Node, nodeNumbered, nodesOf } from './nodes.ts'
import { inSystemWork, type Work } from './work.ts'

/** States in which an engagement is in the gateways' policy. */
export const servedStates = ['recruiting', 'ready', 'testing', 'suspended', 'window_closed'] as const

/**
 * The node whose address a lease carries. The first lease of an engagement gives it one, that with the fewest engagements, for as long as
 * nobody moves it. One that had testers before there were several nodes stays at number 0, where they were told to go; an installation with one
 * node notes nothing.
 */
export async function nodeForLease(work: Work, engagementId: string): Promise<Node> {
  const { deps, now } = work
  const nodes = nodesOf(deps)
  if (nodes.length === 1) return nodes[0]
  // Rows of houses that the tester does not see.
  return work.asSystem(async (db) => {
    const { nodes: stays } = await db
      .selectFrom('engagements')
      .select('nodes')
      .where('id', '=', engagementId)
      .forUpdate()
      .executeTakeFirstOrThrow()
    if (stays.length > 0) return nodeNumbered(deps, assignedNode(stays))
    const others = await db
      .selectFrom('engagements')
      .select(['id', 'nodes'])
      .where('state', 'in', [...servedStates])
      .where((eb) =>
        eb.exists(eb.selectFrom('leases').select('leases.id').whereRef('leases.engagement_id', '=', 'engagements.id')),
      )
      .execute()
    // It had leases before.
    if (others.some(({ id }) => id === engagementId)) return nodes[0]
    const load = new Map<number, number>()
    for (const one of others) {
      const number = assignedNode(one.nodes)
      load.set(number, (load.get(number) ?? 0) + 1)
    }
    const number = leastLoaded(
      nodes.map((one) => one.number),
      load,
    )
    const stay: Stay = { node: number, from: baseOf(number), begins: now.toISOString() }
    await db
      .updateTable('engagements')
      .set({ nodes: JSON.stringify([stay]) })
      .where('id', '=', engagementId)
      .execute()
    return nodeNumbered(deps, number)
  })
}

/**
 * Ends the waiting of moves from a node, once it has taken a snapshot in which it does not serve these engagements any more: all their
 * connections there have ended, so another may begin at once.
 */
export const endMoves = (deps: Deps, from: number, ids: readonly string[]): Promise<void> =>
  inSystemWork(deps, async ({ db, now }) => {
    const rows = await db
      .selectFrom('engagements')
      .select(['id', 'nodes'])
      .where('id', 'in', [...ids])
      .forUpdate()
      .execute()
    for (const { id, nodes } of rows) {
      const last = nodes.at(-1)
      if (!last || nodes.at(-2)?.node !== from || Date.parse(last.begins) <= now.getTime()) continue
      const begun: Stay = { ...last, begins: now.toISOString() }
      await db
        .updateTable('engagements')
        .set({ nodes: JSON.stringify([...nodes.slice(0, -1), begun]) })
        .where('id', '=', id)
        .execute()
    }
  })

/**
 * Where an engagement is served. All its traffic goes through one node at a time, so its limits, its load and the order of its sequences are
 * kept in one place and nothing has to be agreed on between nodes.
 */
export type Stay = {
  readonly node: number
  /** Sequences of this stay are higher. */
  readonly from: number
  /** ISO 8601; until then nobody serves it, because the node before may still hold a snapshot. */
  readonly begins: string
}

/** The node that serves it, or will as soon as it may. None was ever noted before there were several: node 0. */
export const assignedNode = (stays: readonly Stay[]): number => stays.at(-1)?.node ?? 0

/** The node that serves it now; null while it moves. */
export function servingNode(stays: readonly Stay[], now: Date): number | null {
  const last = stays.at(-1)
  if (last === undefined) return 0
  return now.getTime() >= Date.parse(last.begins) ? last.node : null
}

/** Every node that may have recorded something of it. */
export const nodesEver = (stays: readonly Stay[]): readonly number[] =>
  stays.length === 0 ? [0] : [...new Set(stays.map(({ node }) => node))]

/** The node with the fewest engagements; of several the first. @param load engagements by node */
export function leastLoaded(nodes: readonly number[], load: ReadonlyMap<number, number>): number {
  const of = (node: number): number => load.get(node) ?? 0
  return nodes.reduce((best, one) => (of(one) < of(best) ? one : best), nodes[0] ?? 0)
}

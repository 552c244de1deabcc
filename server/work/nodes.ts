import type { FurtherNode } from '@zhongheng/contracts/records/nodes.ts'
import { nodeOfSequence } from '@zhongheng/contracts/records/nodes.ts'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import { assignedNode, nodesEver, type Stay } from '@zhongheng/domain/engagements/nodes.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { BusSettings } from '@zhongheng/contracts/records/bus-settings.ts'
import { type GatewayPort, openGatewayPort } from '../ports/gateway.ts'
import { openRecorderPort, type RecorderPort } from '../ports/recorder.ts'
import { type RowFeed, rowsFromBus, rowsFromRecorder } from '../ports/row-feed.ts'
import type { Deps } from './deps.ts'

/** A gateway with its recorder, as the server reaches them. */
export type Node = {
  readonly number: number
  /** Where testers reach the gateway. */
  readonly host: string
  readonly port: number
  /** `ZH_DATA` of the two, on this machine. */
  readonly dataFolder: string
  readonly gateway: GatewayPort
  readonly recorder: RecorderPort
  readonly rows: RowFeed
}

/** Reaches the nodes that the settings name besides number 0. */
export const openNodes = (nodes: readonly FurtherNode[], bus: BusSettings | null): Node[] =>
  nodes.map(({ number, host, port, dataFolder, runFolder }) => {
    const recorder = openRecorderPort(socketPath(runFolder, recorderSockets.control))
    return {
      number,
      host,
      port,
      dataFolder,
      gateway: openGatewayPort(socketPath(runFolder, 'gateway.sock')),
      recorder,
      rows: bus === null ? rowsFromRecorder(recorder) : rowsFromBus(bus, recorder, number),
    }
  })

/** All nodes of the installation: number 0, which every installation has, and those of `ZH_NODES`. */
export const nodesOf = (deps: Deps): readonly [Node, ...Node[]] => [
  {
    number: 0,
    host: deps.settings.gatewayHost,
    port: deps.settings.gatewayPort,
    dataFolder: deps.settings.dataFolder,
    gateway: deps.gateway,
    recorder: deps.recorder,
    rows: deps.rows ?? rowsFromRecorder(deps.recorder),
  },
  ...(deps.nodes ?? []),
]

/** @throws Problem unavailable NODE-2 for one that the settings do not name any more */
export function nodeNumbered(deps: Deps, number: number): Node {
  const found = nodesOf(deps).find((one) => one.number === number)
  if (found !== undefined) return found
  throw new Problem(
    'unavailable',
    say(`服务器的设置 ZH_NODES 中没有节点 ${number}`, `ZH_NODES of the server does not name node ${number}`),
    { rule: 'NODE-2' },
  )
}

/** The recorder that has an exchange or a segment, by its sequence. @throws Problem unavailable NODE-2 */
export const recorderOf = (deps: Deps, sequence: string | number): RecorderPort =>
  nodeNumbered(deps, nodeOfSequence(sequence)).recorder

/** Where an engagement is assigned. @throws Problem unavailable NODE-2 */
export const nodeServing = (deps: Deps, engagement: { readonly nodes: readonly Stay[] }): Node =>
  nodeNumbered(deps, assignedNode(engagement.nodes))

/** Every recorder that may have something of an engagement. @throws Problem unavailable NODE-2 */
export const recordersEver = (deps: Deps, engagement: { readonly nodes: readonly Stay[] }): readonly RecorderPort[] =>
  nodesEver(engagement.nodes).map((number) => nodeNumbered(deps, number).recorder)

/** The name of a position in a node's feed; those of node 0 are as they were before there were others. */
export const positionAt = (name: string, node: number): string => (node === 0 ? name : `${name}.${node}`)

import { say, type Text } from '../../shared/problem.ts'
import type { InstallationFacts, NodeFacts } from '../facts.ts'
import { fault, type Judged, type Part, number, ok, warning, worst } from '../part.ts'
import { gateway } from './gateway.ts'
import { recorder } from './recorder.ts'

/** How one node does: as its gateway and its recorder do. */
const judged = (facts: InstallationFacts, node: NodeFacts, at: number): readonly Judged[] => [
  gateway({ ...facts, gateway: node.gateway }, at),
  recorder({ ...facts, recorder: node.recorder }, at),
]

/** The other nodes together; number 0 has parts of its own. */
export function nodes(facts: InstallationFacts, at: number): Judged {
  const found = facts.nodes.flatMap((node) => judged(facts, node, at).map((one) => ({ node, one })))
  const level = worst(found.map(({ one }) => one.level))
  const bad = found.filter(({ one }) => one.level === level)
  if (level === 'ok')
    return ok(say(`另有 ${facts.nodes.length} 个节点，均正常`, `${facts.nodes.length} further nodes, all in order`))
  const what = say(
    bad.map(({ node, one }) => `节点 ${node.number}：${one.what.zh}`).join('；'),
    bad.map(({ node, one }) => `Node ${node.number}: ${one.what.en}`).join('; '),
  )
  return level === 'fault'
    ? fault(
        what,
        say(
          '在该节点的机器上查看网关与录制器；短时间内无法恢复的，把它的项目转移到另一节点。',
          'Look at gateway and recorder where they run; if it will not be back soon, move its engagements to another node.',
        ),
      )
    : warning(what, bad[0]?.one.todo ?? say('查看该节点', 'Look at that node'))
}

export const nodeFacts = ({ nodes: found }: InstallationFacts): Part['facts'] =>
  found.flatMap((node) => {
    const of = (what: Text): Text => say(`节点 ${node.number} ${what.zh}`, `Node ${node.number}: ${what.en}`)
    return [
      ...(node.gateway === null
        ? []
        : [{ name: of(say('当前连接', 'connections')), value: number(node.gateway.openConnections) }]),
      ...(node.recorder === null
        ? []
        : [
            { name: of(say('待入索引', 'not indexed')), value: number(node.recorder.lag) },
            { name: of(say('剩余空间', 'room')), value: { kind: 'bytes', bytes: node.recorder.freeBytes } as const },
          ]),
    ]
  })

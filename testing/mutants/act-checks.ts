import { parseAst } from 'vite'

/** One check inside an act, by the number that it has while the acts run. */
export type ActCheck = { readonly number: number; readonly name: string }

type Node = { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown }

/** Names of functions that refuse what is not to be: called for nothing else. */
const refusing =
  /^(admit|throttle|holdRight|passSecondPerson|keepAdministrators|keepAFactor|(check|refuse|require|must)[A-Z]\w*)$/
const asking = /^(may|mayInHouse)$/

/**
 * A source text in which each check asks `zhKeeps(number)` whether it is there: thrown refusals, calls of functions that only
 * refuse, and questions whether somebody may.
 * @param next the number of the first one
 */
export function withSwitches(file: string, source: string, next: number): { text: string; checks: ActCheck[] } {
  const checks: ActCheck[] = []
  const inserts: { at: number; text: string; opens: boolean }[] = []
  const put = (node: Node, what: string, before: (number: number) => string, after: string): void => {
    const number = next + checks.length
    const line = source.slice(0, node.start).split('\n').length
    const said = source.slice(node.start, node.end).replaceAll(/\s+/g, ' ')
    checks.push({ number, name: `${file}:${line} ${what}: ${said.slice(0, 90)}` })
    inserts.push({ at: node.start, text: before(number), opens: true }, { at: node.end, text: after, opens: false })
  }
  visit(parseAst(source, { lang: 'ts' }) as unknown as Node, (node) => {
    if (node.type === 'ThrowStatement' && isRefusal(node['argument'] as Node))
      put(node, 'not refused', (number) => `{ if (zhKeeps(${number})) `, ' }')
    if (node.type === 'ExpressionStatement' && refusing.test(calledBy(node['expression'] as Node)))
      put(node, 'not called', (number) => `{ if (zhKeeps(${number})) `, ' }')
    if (node.type === 'CallExpression' && asking.test(calledBy(node)))
      put(node, 'not asked', (number) => `(!zhKeeps(${number}) || `, ')')
  })
  let text = source
  // From the end on, so that places hold; of two at one place what closes comes first.
  const ordered = inserts.toSorted((one, other) => other.at - one.at || Number(other.opens) - Number(one.opens))
  for (const { at, text: more } of ordered) text = text.slice(0, at) + more + text.slice(at)
  return { text, checks }
}

/** A refusal that people get; an `Error` is a fault of ours, and what was caught is somebody else's. */
const isRefusal = (thrown: Node): boolean =>
  thrown.type === 'NewExpression'
    ? (thrown['callee'] as Node)['name'] === 'Problem'
    : thrown.type === 'CallExpression' || thrown.type === 'LogicalExpression'

function calledBy(node: Node): string {
  const call = node.type === 'AwaitExpression' ? (node['argument'] as Node) : node
  if (call.type !== 'CallExpression') return ''
  const callee = call['callee'] as Node
  return callee.type === 'Identifier' ? String(callee['name']) : ''
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node)
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value])
      if (typeof child === 'object' && child !== null && 'type' in child) visit(child as Node, see)
}

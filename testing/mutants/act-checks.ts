import { parseAst } from 'vite'

/** One check inside an act. */
export type ActCheck = {
  /** What it is called by while the acts run. */
  readonly number: number
  readonly file: string
  /** File, line, what is lost, and the beginning of what it says. */
  readonly name: string
  /** The same without the line, counted where a file says the same again: holds while other lines come and go. */
  readonly key: string
}

type Node = { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown }

/** Names of functions that refuse what is not to be: called for nothing else. */
const refusing =
  /^(admit|throttle|holdRight|passSecondPerson|keepAdministrators|keepAFactor|(check|refuse|require|must)[A-Z]\w*)$/
const asking = /^(may|mayInHouse)$/

/**
 * A source text in which each check asks `zhKeeps(number)` whether it is there, and calls `zhRefuses(number)` when it refuses, or
 * gives what it will refuse by to `zhWatches`: thrown refusals, calls of functions that only refuse, and questions whether somebody may.
 * @param next the number of the first one
 */
export function withSwitches(file: string, source: string, next: number): { text: string; checks: ActCheck[] } {
  const checks: ActCheck[] = []
  const inserts: { at: number; text: string; opens: boolean }[] = []
  const times = new Map<string, number>()
  const put = (
    node: Node,
    what: string,
    before: (number: number) => string,
    after: (number: number) => string,
  ): void => {
    const number = next + checks.length
    const line = source.slice(0, node.start).split('\n').length
    const said = `${what}: ${source.slice(node.start, node.end).replaceAll(/\s+/g, ' ').slice(0, 90)}`
    const time = (times.get(said) ?? 0) + 1
    times.set(said, time)
    checks.push({
      number,
      file,
      name: `${file}:${line} ${said}`,
      key: `${file} ${said}${time === 1 ? '' : ` (${time})`}`,
    })
    inserts.push(
      { at: node.start, text: before(number), opens: true },
      { at: node.end, text: after(number), opens: false },
    )
  }
  visit(parseAst(source, { lang: 'ts' }) as unknown as Node, (node) => {
    if (node.type === 'ThrowStatement' && isRefusal(node['argument'] as Node))
      put(
        node,
        'not refused',
        (number) => `{ zhRefuses(${number}); if (zhKeeps(${number})) `,
        () => ' }',
      )
    if (node.type === 'ExpressionStatement' && refusing.test(calledBy(node['expression'] as Node)))
      put(
        node,
        'not called',
        (number) => `{ if (zhKeeps(${number})) try { `,
        (number) => ` } catch (refusal) { zhRefuses(${number}); throw refusal } }`,
      )
    const given = givenBy(node)
    if (given !== null && refusing.test(calledBy(given)))
      put(
        given.type === 'AwaitExpression' ? (given['argument'] as Node) : given,
        'not called',
        (number) => `(zhKeeps(${number}) ? zhWatches(${number}, `,
        () => ') : null)',
      )
    if (node.type === 'CallExpression' && asking.test(calledBy(node)))
      put(
        node,
        'not asked',
        (number) => `(!zhKeeps(${number}) || `,
        (number) => ` || zhRefuses(${number}))`,
      )
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

/** The expression that a statement hands on: a check whose answer is somebody's, too. */
const givenBy = (node: Node): Node | null => {
  const part = handsOn[node.type]
  return part === undefined ? null : ((node[part] ?? null) as Node | null)
}
const handsOn: { readonly [type: string]: string } = {
  ReturnStatement: 'argument',
  ArrowFunctionExpression: 'body',
  VariableDeclarator: 'init',
}

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

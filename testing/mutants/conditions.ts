import { parseAst } from 'vite'

/** A source text with one condition taken out, turned round or widened. */
export type SourceMutant = { readonly name: string; readonly source: string }

type Node = { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown }
type Edit = { readonly what: string; readonly from: number; readonly to: number; readonly text: string }

/** What each comparison is turned into: its opposite, and the one that differs at the limit alone. */
const comparisons: { readonly [operator: string]: readonly string[] } = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
}
const quantifiers: { readonly [name: string]: string } = { some: 'every', every: 'some' }

/**
 * Every mutant of the conditions in a source text. @param file its name, for the names of the mutants
 * @param members words that a list of words may wrongly hold, tried in each list that holds one of them
 */
export function conditionMutants(file: string, source: string, members: readonly string[]): SourceMutant[] {
  const edits: Edit[] = []
  visit(parseAst(source, { lang: 'ts' }) as unknown as Node, (node) => edits.push(...editsOf(node, source, members)))
  return edits
    .toSorted((one, other) => one.from - other.from)
    .map(({ what, from, to, text }) => ({
      name: `${file}:${source.slice(0, from).split('\n').length} ${what}: ${source.slice(from, to).replaceAll(/\s+/g, ' ').slice(0, 80)}`,
      source: source.slice(0, from) + text + source.slice(to),
    }))
}

function visit(node: Node, see: (node: Node) => void): void {
  // Types are gone at run time.
  if (
    node.type.startsWith('TS') &&
    !['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression'].includes(node.type)
  )
    return
  see(node)
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value])
      if (typeof child === 'object' && child !== null && 'type' in child) visit(child as Node, see)
}

function editsOf(node: Node, source: string, members: readonly string[]): Edit[] {
  const part = (name: string): Node => node[name] as Node
  const text = (one: Node): string => source.slice(one.start, one.end)
  const instead = (what: string, one: Node, by: string): Edit => ({ what, from: one.start, to: one.end, text: by })
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
      return ['true', 'false', `!(${text(part('test'))})`].map((by) =>
        instead(by.startsWith('!') ? 'turned round' : `always ${by}`, part('test'), by),
      )
    case 'LogicalExpression': {
      if (node['operator'] === '??') return []
      const other = node['operator'] === '&&' ? '||' : '&&'
      const [left, right] = [text(part('left')), text(part('right'))]
      return [
        instead('without its second half', node, `(${left})`),
        instead('without its first half', node, `(${right})`),
        instead(`${other} instead`, node, `((${left}) ${other} (${right}))`),
      ]
    }
    case 'BinaryExpression':
      return (comparisons[String(node['operator'])] ?? []).map((operator) =>
        instead(`${operator} instead`, node, `(${text(part('left'))} ${operator} ${text(part('right'))})`),
      )
    case 'UnaryExpression':
      return node['operator'] === '!' ? [instead('not negated', node, `(${text(part('argument'))})`)] : []
    case 'ThrowStatement':
      return [instead('not refused', node, ';')]
    case 'Literal':
      if (typeof node['value'] === 'boolean') return [instead('the opposite', node, String(!node['value']))]
      return typeof node['value'] === 'number' ? [instead('one more', node, `(${text(node)} + 1)`)] : []
    case 'CallExpression': {
      const callee = part('callee')
      const property = callee.type === 'MemberExpression' ? (callee['property'] as Node) : undefined
      const name = property === undefined ? '' : text(property)
      const given = (node['arguments'] as Node[])[0]
      if (property !== undefined && quantifiers[name] !== undefined)
        return [instead(`${quantifiers[name]} instead of ${name}`, property, quantifiers[name])]
      return name === 'filter' && given !== undefined ? [instead('nothing left out', given, '() => true')] : []
    }
    case 'ArrayExpression': {
      const items = (node['elements'] as Node[]).map(text)
      if (!items.some((one) => members.includes(one.slice(1, -1)) || one.startsWith('...'))) return []
      const listed = (words: readonly string[]): string => `[${words.join(', ')}]`
      return [
        ...items.map((one) => instead(`without ${one}`, node, listed(items.filter((other) => other !== one)))),
        ...members
          .filter((one) => !items.includes(`'${one}'`))
          .map((one) => instead(`with ${one} too`, node, listed([...items, `'${one}'`]))),
      ]
    }
    default:
      return []
  }
}

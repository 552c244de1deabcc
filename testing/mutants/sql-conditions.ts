/*
 * Mutants of a condition as PostgreSQL writes it back (`pg_get_expr`): every operation stands in parentheses of its own, so
 * a reader of parentheses finds its parts, and a grammar of the language is not needed.
 */

/** A condition with one thing changed. */
export type SqlMutant = { readonly what: string; readonly text: string }

type Word = { readonly text: string; readonly start: number; readonly end: number }
type Group = { readonly items: readonly Item[]; readonly start: number; readonly end: number; readonly text: '(' | '[' }
type Item = Word | Group
type Edit = { readonly what: string; readonly from: number; readonly to: number; readonly by: string }

const isGroup = (item: Item | undefined): item is Group => item !== undefined && 'items' in item

/** What each comparison is turned into: its opposite, and the one that differs at the limit alone. */
const comparisons: { readonly [operator: string]: readonly string[] } = {
  '=': ['<>'],
  '<>': ['='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
}
/** Functions that put something in the place of nothing, or nothing in the place of something. */
const guards = new Set(['coalesce', 'nullif'])
const quantifiers: { readonly [name: string]: string } = { bool_or: 'bool_and', bool_and: 'bool_or' }

/** Every mutant of a condition. @param condition an expression, or a whole query of which each condition is changed */
export function sqlMutants(condition: string): SqlMutant[] {
  const edits: Edit[] = []
  const text = (from: number, to: number): string => condition.slice(from, to)
  visit(read(condition), (group) => edits.push(...editsOf(group, text)))
  const mutants = edits.map(({ what, from, to, by }) => ({
    what: `${what}: ${text(from, to).replaceAll(/\s+/g, ' ').slice(0, 120)}`,
    text: text(0, from) + by + text(to, condition.length),
  }))
  return [...new Map(mutants.map((one) => [one.text, one])).values()].filter((one) => one.text !== condition)
}

/** Operators are read as long as they are: `->>` holds no comparison. */
function read(text: string): Group {
  const words = [...text.matchAll(/'(?:[^']|'')*'|::|[-+*/<>=~!@#%^&|?]+|[A-Za-z_$][\w.$]*|\d+|\S/g)].map((found) => ({
    text: found[0],
    start: found.index,
    end: found.index + found[0].length,
  }))
  let at = 0
  const until = (close: string | undefined, start: number, open: '(' | '['): Group => {
    const items: Item[] = []
    for (;;) {
      const word = words[at++]
      if (word === undefined) {
        if (close !== undefined) throw new Error(`parentheses that do not close: ${text}`)
        return { items, start: 0, end: text.length, text: open }
      }
      if (word.text === close) return { items, start, end: word.end, text: open }
      items.push(
        word.text === '(' || word.text === '[' ? until(word.text === '(' ? ')' : ']', word.start, word.text) : word,
      )
    }
  }
  return until(undefined, 0, '(')
}

function visit(group: Group, see: (group: Group) => void): void {
  see(group)
  for (const item of group.items) if (isGroup(item)) visit(item, see)
}

type Part = { readonly start: number; readonly end: number }
const partOf = (items: readonly Item[]): Part[] =>
  items.length === 0 ? [] : [{ start: items[0]?.start ?? 0, end: items.at(-1)?.end ?? 0 }]

/** The parts between a word that stands between them; the whole where it does not. */
function split(items: readonly Item[], word: string): Part[] {
  const parts: Part[] = []
  let from = 0
  for (const [at, item] of items.entries())
    if (item.text === word) {
      parts.push(...partOf(items.slice(from, at)))
      from = at + 1
    }
  return [...parts, ...partOf(items.slice(from))]
}
const indexOf = (items: readonly Item[], ...words: readonly string[]): number =>
  items.findIndex((one) => !isGroup(one) && words.includes(one.text))
/** What follows a word, up to the next clause. */
function clause(items: readonly Item[], word: string, ...ends: readonly string[]): Part[] {
  const at = indexOf(items, word)
  if (at < 0) return []
  const rest = items.slice(at + 1)
  const end = indexOf(rest, ...ends)
  return partOf(end < 0 ? rest : rest.slice(0, end))
}

function editsOf({ items, text: open }: Group, text: (from: number, to: number) => string): Edit[] {
  const edits: Edit[] = []
  const instead = (what: string, { start, end }: Part, by: string): void =>
    void edits.push({ what, from: start, to: end, by })
  const without = (what: string, parts: readonly Part[], between: string): void => {
    const [first, last] = [parts[0], parts.at(-1)]
    if (first === undefined || last === undefined || parts.length < 2) return
    for (const one of parts)
      edits.push({
        what: `${what} ${text(one.start, one.end)} in`,
        from: first.start,
        to: last.end,
        by: parts
          .filter((other) => other !== one)
          .map((other) => text(other.start, other.end))
          .join(between),
      })
  }
  if (open === '[') {
    without('without', split(items, ','), ', ')
    return edits
  }
  const clauses = ['GROUP', 'HAVING', 'ORDER', 'LIMIT', ';']
  for (const part of [...clause(items, 'WHERE', ...clauses), ...clause(items, 'HAVING', 'ORDER', 'LIMIT', ';')])
    for (const by of ['true', 'false']) instead(`always ${by}`, part, by)
  if (indexOf(items, 'SELECT') < 0) {
    for (const [word, other, neutral] of [
      ['AND', 'OR', 'true'],
      ['OR', 'AND', 'false'],
    ] as const) {
      const parts = split(items, word)
      if (parts.length < 2) continue
      for (const part of parts) instead(`always ${neutral}`, part, neutral)
      const [whole] = partOf(items)
      if (whole !== undefined)
        instead(`${other} instead`, whole, parts.map((one) => text(one.start, one.end)).join(` ${other} `))
    }
  }
  for (const [at, item] of items.entries()) {
    const [next, after] = [items[at + 1], items[at + 2]]
    if (isGroup(item) || next === undefined) continue
    switch (item.text) {
      case 'NOT':
        instead('not negated', item, '')
        break
      case 'EXISTS':
        instead('negated', item, 'NOT EXISTS')
        break
      case 'IN':
        instead('negated', item, 'NOT IN')
        edits.push(...pairs(items[at - 1], next, text))
        break
      case 'IS':
        if (next.text === 'NULL') instead('negated', next, 'NOT NULL')
        if (next.text === 'NOT' && after?.text === 'NULL') instead('negated', next, '')
        break
      case 'WHEN': {
        const [condition] = clause(items.slice(at), 'WHEN', 'THEN')
        if (condition !== undefined) for (const by of ['true', 'false']) instead(`always ${by}`, condition, by)
        break
      }
      default: {
        const name = item.text.toLowerCase()
        if (next.text === 'ANY' && item.text === '=') instead('negated', { start: item.start, end: next.end }, '<> ALL')
        else for (const by of comparisons[item.text] ?? []) instead(`${by} instead`, item, by)
        const [first] = isGroup(next) ? split(next.items, ',') : []
        if (guards.has(name) && first !== undefined)
          instead(`without ${name}`, { start: item.start, end: next.end }, text(first.start, first.end))
        if (quantifiers[name] !== undefined) instead(`${quantifiers[name]} instead`, item, quantifiers[name])
      }
    }
  }
  return edits
}

/** `(a, b) IN (SELECT c, d FROM …)` with one of its columns not compared. */
function pairs(tuple: Item | undefined, query: Item, text: (from: number, to: number) => string): Edit[] {
  if (!isGroup(tuple) || !isGroup(query)) return []
  const [left, right] = [split(tuple.items, ','), split(query.items.slice(1, indexOf(query.items, 'FROM')), ',')]
  if (left.length < 2 || left.length !== right.length) return []
  return left.map((skipped, at) => {
    const others = (parts: readonly Part[]): string =>
      parts
        .filter((_one, number) => number !== at)
        .map((one) => text(one.start, one.end))
        .join(', ')
    const [columns] = [{ start: right[0]?.start ?? 0, end: right.at(-1)?.end ?? 0 }]
    return {
      what: `${text(skipped.start, skipped.end)} not compared`,
      from: tuple.start,
      to: query.end,
      by: `(${others(left)}) IN ${text(query.start, columns.start)}${others(right)}${text(columns.end, query.end)}`,
    }
  })
}

import type { Nodes, PhrasingContent, RootContent } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { toString as plain } from 'mdast-util-to-string'
import { gfm } from 'micromark-extension-gfm'
import type { Block, Run } from '../layout/printed.ts'
import { inert, inertLine } from './inert.ts'

/** Characters of one Markdown field that are printed; the finding's record holds the rest. */
export const markdownLimit = 200_000
/** Lists and quotes nested deeper than this are printed as plain text: a renderer's stack is finite. */
const deepest = 5

/**
 * Signs that mean something to Markdown. The parser's work grows with the square of their number, so a field with more
 * is printed letter for letter; a count, not a clock, decides, or the same model would not give the same bytes.
 */
const signs = /[*_[\]`~<>|&]|^[ \t]*(?:[-+]|\d{1,9}[.)])[ \t]/gm
const mostSigns = 4_000

type Style = { readonly bold?: true; readonly italic?: true; readonly strike?: true }

const text = (value: string, style: Style): Run[] => (value === '' ? [] : [{ kind: 'text', text: value, ...style }])

/** A link is printed as its words and its address; nothing in a report leads out of it. */
function printLink(words: readonly Run[], shown: string, address: string, style: Style): Run[] {
  const target = inertLine(address)
  return shown === target || `mailto:${shown}` === target || `http://${shown}` === target
    ? [...words]
    : [...words, ...text(` (${target})`, style)]
}

function printInline(node: PhrasingContent, style: Style, depth: number): Run[] {
  const inner = (children: readonly PhrasingContent[], more: Style = {}): Run[] =>
    depth > deepest * 4
      ? text(inertLine(children.map((child) => plain(child)).join('')), style)
      : children.flatMap((child) => printInline(child, { ...style, ...more }, depth + 1))
  switch (node.type) {
    case 'text':
      return text(inertLine(node.value), style)
    case 'inlineCode':
      return [{ kind: 'text', text: inertLine(node.value), code: true }]
    case 'strong':
      return inner(node.children, { bold: true })
    case 'emphasis':
      return inner(node.children, { italic: true })
    case 'delete':
      return inner(node.children, { strike: true })
    case 'break':
      return [{ kind: 'break' }]
    case 'link':
      return printLink(inner(node.children), inertLine(plain(node)), node.url, style)
    case 'image':
      return text(`[${inertLine(node.alt ?? '')}] (${inertLine(node.url)})`, style)
    case 'linkReference':
      return [...inner(node.children), ...text(` [${inertLine(node.label ?? node.identifier)}]`, style)]
    case 'imageReference':
      return text(`[${inertLine(node.alt ?? '')}] [${inertLine(node.label ?? node.identifier)}]`, style)
    case 'footnoteReference':
      return text(`[^${inertLine(node.label ?? node.identifier)}]`, style)
    case 'html':
      return text(inertLine(node.value), style)
    default:
      return text(inertLine(plain(node)), style)
  }
}

const inlines = (children: readonly PhrasingContent[]): Run[] => children.flatMap((child) => printInline(child, {}, 0))

const verbatim = (node: Nodes): Block[] => {
  const value = inert(plain(node)).trim()
  return value === '' ? [] : [{ kind: 'paragraph', runs: text(value.replaceAll(/\s+/g, ' '), {}) }]
}

function printBlock(node: RootContent, depth: number): Block[] {
  const blocks = (children: readonly RootContent[]): Block[] =>
    children.flatMap((child) => printBlock(child, depth + 1))
  if (depth > deepest) return verbatim(node)
  switch (node.type) {
    case 'paragraph':
      return [{ kind: 'paragraph', runs: inlines(node.children) }]
    case 'heading':
      return [{ kind: 'subheading', text: inertLine(plain(node)) }]
    case 'code':
      return [{ kind: 'code', text: inert(node.value).replaceAll('\t', '    ') }]
    case 'html':
      return [{ kind: 'code', text: inert(node.value).replaceAll('\t', '    ') }]
    case 'thematicBreak':
      return [{ kind: 'rule' }]
    case 'blockquote':
      return [{ kind: 'quote', blocks: blocks(node.children) }]
    case 'list': {
      const items = node.children.map((item) => {
        const sign: Run[] = item.checked === true ? text('[x] ', {}) : item.checked === false ? text('[ ] ', {}) : []
        const [first, ...rest] = blocks(item.children)
        if (first?.kind === 'paragraph') return [{ ...first, runs: [...sign, ...first.runs] }, ...rest]
        const lead: Block[] = sign.length > 0 ? [{ kind: 'paragraph', runs: sign }] : []
        return first === undefined ? lead : [...lead, first, ...rest]
      })
      return [{ kind: 'list', ordered: node.ordered === true, start: node.start ?? 1, items }]
    }
    case 'table': {
      const [head, ...rows] = node.children
      if (head === undefined || head.children.length > 8) return verbatim(node)
      const width = head.children.length
      return [
        {
          kind: 'table',
          columns: head.children.map((cell) => ({ title: inertLine(plain(cell)), share: 1 })),
          rows: rows.map((row) =>
            Array.from({ length: width }, (_, index) => inlines(row.children[index]?.children ?? [])),
          ),
        },
      ]
    }
    case 'definition':
      return [
        { kind: 'paragraph', runs: text(`[${inertLine(node.label ?? node.identifier)}]: ${inertLine(node.url)}`, {}) },
      ]
    case 'footnoteDefinition':
      return [
        { kind: 'paragraph', runs: text(`[^${inertLine(node.label ?? node.identifier)}]:`, {}) },
        ...blocks(node.children),
      ]
    default:
      return verbatim(node)
  }
}

function parse(source: string): Block[] {
  const verbatimText: Block[] = [{ kind: 'code', text: inert(source).replaceAll('\t', '    ') }]
  if ((source.match(signs)?.length ?? 0) > mostSigns) return verbatimText
  try {
    const tree = fromMarkdown(source, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
    return tree.children.flatMap((child) => printBlock(child, 0))
  } catch (error) {
    // Thousands of quotes in each other end the parser's stack.
    if (error instanceof RangeError) return verbatimText
    throw error
  }
}

/**
 * Markdown to a small allow-listed tree. No HTML, no image, no active link comes out; what has no printed form is
 * printed as its own text. `cut` is the sentence printed where a field is longer than `markdownLimit`.
 */
export function printMarkdown(source: string, cut: string): Block[] {
  if (source.length <= markdownLimit) return parse(source)
  return [...parse(source.slice(0, markdownLimit)), { kind: 'notice', tone: 'warn', runs: text(cut, {}) }]
}

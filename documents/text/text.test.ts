import { describe, expect, it } from 'vitest'
import type { Block, Run } from '../layout/printed.ts'
import { inert, inertLine } from './inert.ts'
import { markdownLimit, printMarkdown } from './markdown.ts'
import { printTime } from './time.ts'

const markdown = (source: string): Block[] => printMarkdown(source, 'CUT')
const runsOf = (block: Block | undefined): readonly Run[] => (block?.kind === 'paragraph' ? block.runs : [])
const said = (runs: readonly Run[]): string => runs.map((run) => (run.kind === 'text' ? run.text : '')).join('')

describe('text as data', () => {
  it('shows what would reorder, hide or break the page by its number', () => {
    expect(inert('a\u202eb\u200bc\u0000d\u0007e\ufeff')).toBe('a[U+202E]b[U+200B]c[U+0000]d[U+0007]e[U+FEFF]')
    expect(inert('half \ud83d pair')).toBe('half [U+D83D] pair')
  })

  it('keeps line ends and tabs of a block, and one line on one line', () => {
    expect(inert('a\r\nb\tc')).toBe('a\nb\tc')
    expect(inertLine('a\r\nb\tc')).toBe('a b c')
  })

  it('keeps accents and shows a pile of them by number', () => {
    expect(inert('e\u0301')).toBe('e\u0301')
    expect(inert(`Z${'\u0335'.repeat(5)}`)).toBe('Z\u0335\u0335\u0335[U+0335][U+0335]')
  })
})

describe('the Markdown of a finding', { timeout: 30_000 }, () => {
  it('becomes paragraphs, lists, tables and code', () => {
    const kinds = markdown(
      '# A\n\ntext **b**\n\n1. x\n2. y\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n```\ncode\n```\n\n> q\n\n---',
    ).map((block) => block.kind)
    expect(kinds).toEqual(['subheading', 'paragraph', 'list', 'table', 'code', 'quote', 'rule'])
  })

  it('prints HTML as its own text', () => {
    expect(markdown('<script>alert(1)</script>')).toEqual([{ kind: 'code', text: '<script>alert(1)</script>' }])
    expect(said(runsOf(markdown('a <b onclick=x>b</b>')[0]))).toBe('a <b onclick=x>b</b>')
  })

  it('prints links and images as words and addresses that lead nowhere', () => {
    const [block] = markdown('[click](javascript:alert(1)) ![pixel](http://evil.example/p.png) <http://a.example>')
    expect(said(runsOf(block))).toBe('click (javascript:alert(1)) [pixel] (http://evil.example/p.png) http://a.example')
  })

  it('keeps the text of lists and quotes nested beyond what a page can show', () => {
    const deep = `${'> '.repeat(400)}bottom`
    expect(JSON.stringify(markdown(deep))).toContain('bottom')
    const lists = Array.from({ length: 40 }, (_, level) => `${'  '.repeat(level)}- level ${level}`).join('\n')
    expect(JSON.stringify(markdown(lists))).toContain('level 39')
  })

  it('says so where a field is too long to print', () => {
    const blocks = markdown('字'.repeat(markdownLimit + 1))
    expect(blocks.at(-1)).toEqual({ kind: 'notice', tone: 'warn', runs: [{ kind: 'text', text: 'CUT' }] })
  })

  it.each([
    '['.repeat(50_000),
    '**a'.repeat(20_000),
    '1. a\n'.repeat(5_000),
    '|a'.repeat(5_000),
    `${'> '.repeat(20_000)}x`,
  ])('is printed letter for letter where it is made of signs only: %.12s…', (hostile) => {
    expect(markdown(hostile)).toEqual([{ kind: 'code', text: hostile }])
  })

  it('keeps its text where it ends the stack of the parser', () => {
    expect(JSON.stringify(markdown(`${'>'.repeat(3_900)} bottom`))).toContain('bottom')
  })
})

describe('a time', () => {
  it('is printed in its zone with the offset', () => {
    expect(printTime('2026-11-20T16:30:00.000Z', 'Asia/Shanghai')).toBe('2026-11-21 00:30:00 UTC+08:00')
    expect(printTime('2026-11-20T16:30:00.000Z', 'UTC')).toBe('2026-11-20 16:30:00 UTC+00:00')
  })

  it('is shown as recorded where it is none', () => {
    expect(printTime('soon', 'UTC')).toBe('soon')
  })
})

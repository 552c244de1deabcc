import type { Block, Run } from '../layout/printed.ts'

// East Asian text breaks between any two characters; everything else only between words.
const betweenWords = /[\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+/

/** The estimator looks at a paragraph once for each of its characters, and at a long word again for each place to break it. */
const effortOf = (text: string): number =>
  text.split(betweenWords).reduce((sum, word) => sum + word.length ** 3 / 40, 2_000 + text.length ** 2)

const textOf = (runs: readonly Run[]): string => runs.map((run) => ('text' in run ? run.text : ' ')).join('')
const sumOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + effortOf(text), 0)

/** What it costs to lay out a block. */
function effort(block: Block): number {
  switch (block.kind) {
    case 'heading':
    case 'subheading':
      return effortOf(block.text)
    case 'code':
      return sumOf(block.text.split('\n'))
    case 'paragraph':
    case 'notice':
      return effortOf(textOf(block.runs))
    case 'facts':
      return sumOf(block.rows.map((row) => textOf(row.value)))
    case 'table':
      return sumOf(block.rows.flat().map(textOf))
    case 'quote':
      return block.blocks.reduce((sum, inner) => sum + effort(inner), 0)
    case 'list':
      return block.items.flat().reduce((sum, inner) => sum + effort(inner), 0)
    case 'chart':
    case 'rule':
      return 0
  }
}

/** About three seconds of work on a slow machine; some twenty-five findings of ordinary length. */
const budget = 8_000_000

/**
 * Whether the page numbers of the contents are worked out. A longer report, or one whose text is made to be slow to
 * lay out, gets entries and links, and its numbers with the first "update table" in Word. Word's fonts are not at
 * hand here either way: an estimated number may be one off.
 */
export const worthEstimating = (body: readonly Block[]): boolean =>
  body.reduce((sum, block) => sum + effort(block), 0) <= budget

import type { Block, Run } from './printed.ts'

const lengthOf = (runs: readonly Run[]): number =>
  runs.reduce((sum, run) => sum + ('text' in run ? run.text.length : 1), 0)
const total = (cells: readonly (readonly Run[])[]): number => cells.reduce((sum, cell) => sum + lengthOf(cell), 0)

/** Rows and characters up to which a table is moved to the next page rather than cut. */
const fewRows = 9
const fewCharacters = 700

/** Marks the tables that no page break should cut, at any depth. */
export const keepTogether = (blocks: readonly Block[]): Block[] =>
  blocks.map((block): Block => {
    if (block.kind === 'quote') return { ...block, blocks: keepTogether(block.blocks) }
    if (block.kind === 'list') return { ...block, items: block.items.map(keepTogether) }
    if (block.kind !== 'table' && block.kind !== 'facts') return block
    const cells = block.kind === 'table' ? block.rows.flat() : block.rows.map((row) => row.value)
    return block.rows.length <= fewRows && total(cells) <= fewCharacters ? { ...block, together: true } : block
  })

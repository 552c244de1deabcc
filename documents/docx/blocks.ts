import {
  AlignmentType,
  type FileChild,
  HeadingLevel,
  ImageRun,
  LineRuleType,
  type IParagraphOptions,
  Paragraph,
  type ParagraphChild,
  ShadingType,
  Table,
  TableCell,
  TableLayoutType,
  TableRow,
  TextRun,
  VerticalAlign,
  WidthType,
} from 'docx'
import type { Block, Column, Run } from '../layout/printed.ts'
import { codeFont, colors, hairline, fixedLine, noLine, textWidth } from './styles.ts'

/** What the blocks of one document share: how charts are drawn, and the lists counted so far. */
export type Desk = {
  readonly picture: (block: Extract<Block, { kind: 'chart' }>) => { png: Uint8Array; width: number; height: number }
  readonly chinese: boolean
  /** Counts lists, so that each ordered list begins anew. */
  lists: number
}

type Place = { readonly level: number; readonly quoted: boolean }
const flat: Place = { level: 0, quoted: false }
const step = 420

/** Runs as Word runs. A text becomes `w:t` and nothing else: no field, no markup. */
export function printRuns(
  runs: readonly Run[],
  look: { readonly color?: string; readonly codeSize?: number } = {},
): ParagraphChild[] {
  return runs.map((run) => {
    switch (run.kind) {
      case 'text':
        return new TextRun({
          text: run.text,
          ...(look.color === undefined ? {} : { color: look.color }),
          ...(run.bold === true ? { bold: true } : {}),
          ...(run.italic === true ? { italics: true } : {}),
          ...(run.strike === true ? { strike: true } : {}),
          ...(run.code === true
            ? { font: codeFont, ...(look.codeSize === undefined ? {} : { size: look.codeSize }) }
            : {}),
        })
      case 'pill':
        return new TextRun({
          text: `\u00a0${run.text}\u00a0`,
          bold: true,
          color: 'FFFFFF',
          shading: { type: ShadingType.CLEAR, color: 'auto', fill: run.color.slice(1) },
        })
      case 'mark':
        return new TextRun({ text: `[${run.number}]`, superScript: true, color: colors.accent, size: 15 })
      case 'break':
        return new TextRun({ break: 1 })
    }
  })
}

/** Adjacent tables grow together in Word; a thin paragraph keeps them apart. */
const gap = (): Paragraph => new Paragraph({ spacing: fixedLine(160, { before: 0, after: 0 }) })

const cell = (children: Paragraph[], width: number, fill?: string): TableCell =>
  new TableCell({
    children,
    width: { size: width, type: WidthType.DXA },
    verticalAlign: VerticalAlign.TOP,
    margins: { top: 60, bottom: 60, left: 90, right: 90 },
    ...(fill === undefined ? {} : { shading: { type: ShadingType.CLEAR, color: 'auto', fill } }),
  })

const table = (widths: number[], rows: TableRow[]): FileChild[] => [
  new Table({
    layout: TableLayoutType.FIXED,
    width: { size: widths.reduce((sum, width) => sum + width, 0), type: WidthType.DXA },
    columnWidths: widths,
    borders: {
      top: hairline,
      bottom: hairline,
      left: noLine,
      right: noLine,
      insideHorizontal: hairline,
      insideVertical: noLine,
    },
    rows,
  }),
  gap(),
]

/** Width of the column of labels. */
const factLabel = 2240
/** Type of codes beside it: a digest of 64 digits takes one line. */
const factCode = 17

/** Labels and values; kept on one page where `together` says so. */
export function printFacts(
  rows: readonly { readonly label: string; readonly value: readonly Run[] }[],
  together = false,
): FileChild[] {
  const widths = [factLabel, textWidth - factLabel]
  return table(
    widths,
    rows.map((row, index) => {
      // A row that stays with the next one keeps the whole table on a page.
      const style = { style: 'Fact', keepNext: together && index < rows.length - 1 }
      return new TableRow({
        cantSplit: true,
        children: [
          cell(
            [new Paragraph({ ...style, children: [new TextRun({ text: row.label, color: colors.soft })] })],
            factLabel,
            colors.ground,
          ),
          cell(
            [new Paragraph({ ...style, children: printRuns(row.value, { codeSize: factCode }) })],
            textWidth - factLabel,
          ),
        ],
      })
    }),
  )
}

function widthsOf(columns: readonly Column[], width: number): number[] {
  const whole = columns.reduce((sum, column) => sum + column.share, 0)
  return columns.map((column) => Math.floor((column.share / whole) * width))
}

const sides = { left: AlignmentType.LEFT, right: AlignmentType.RIGHT, center: AlignmentType.CENTER }

function printTable(block: Extract<Block, { kind: 'table' }>): FileChild[] {
  const widths = widthsOf(block.columns, block.narrow === true ? Math.floor(textWidth * 0.6) : textWidth)
  const side = (index: number): (typeof sides)[keyof typeof sides] => sides[block.columns[index]?.align ?? 'left']
  const head = new TableRow({
    tableHeader: true,
    cantSplit: true,
    children: block.columns.map((column, index) =>
      cell(
        [
          new Paragraph({
            style: 'Cell',
            alignment: side(index),
            keepNext: true,
            children: [new TextRun({ text: column.title, bold: true, color: 'FFFFFF' })],
          }),
        ],
        widths[index] ?? 0,
        colors.accent,
      ),
    ),
  })
  const rows = block.rows.map(
    (row, line) =>
      new TableRow({
        cantSplit: block.together === true,
        children: row.map((runs, index) =>
          cell(
            [
              new Paragraph({
                style: 'Cell',
                alignment: side(index),
                keepNext: block.together === true && line < block.rows.length - 1,
                children: printRuns(runs),
              }),
            ],
            widths[index] ?? 0,
            line % 2 === 1 ? colors.ground : undefined,
          ),
        ),
      }),
  )
  return table(widths, [head, ...rows])
}

const tones = {
  plain: { edge: '1F3A5F', fill: 'EEF2F7' },
  warn: { edge: 'B45309', fill: 'FDF3E7' },
  good: { edge: '15803D', fill: 'EBF6EF' },
  bad: { edge: 'B91C1C', fill: 'FBECEC' },
}

function printNotice(block: Extract<Block, { kind: 'notice' }>): Paragraph {
  const { edge, fill } = tones[block.tone]
  return new Paragraph({
    children: printRuns(block.runs),
    shading: { type: ShadingType.CLEAR, color: 'auto', fill },
    border: { left: { style: 'single', size: 24, color: edge, space: 8 } },
    indent: { left: 200, right: 120 },
    spacing: { before: 160, after: 200 },
  })
}

/** One paragraph a line: Word draws neighbours of the same border as one box. */
function printCode(text: string, place: Place): Paragraph[] {
  const edge = { ...hairline, space: 5 }
  return text.split('\n').map(
    (line, index, lines) =>
      new Paragraph({
        style: 'CodeBlock',
        children: [new TextRun({ text: line })],
        shading: { type: ShadingType.CLEAR, color: 'auto', fill: colors.ground },
        border: { top: edge, bottom: edge, left: edge, right: edge },
        indent: { left: 110 + place.level * step, right: 110 },
        ...(index === lines.length - 1 ? { spacing: fixedLine(240, { after: 160 }) } : {}),
      }),
  )
}

const setting = (place: Place): IParagraphOptions => ({
  ...(place.level > 0 ? { indent: { left: place.level * step } } : {}),
  ...(place.quoted ? { border: { left: { style: 'single', size: 12, color: colors.hairline, space: 8 } } } : {}),
})

function printList(block: Extract<Block, { kind: 'list' }>, desk: Desk, place: Place): FileChild[] {
  desk.lists += 1
  const instance = desk.lists
  const level = Math.min(place.level, 8)
  const inner = { ...place, level: place.level + 1 }
  return block.items.flatMap((blocks, index) => {
    const [first, ...rest] = blocks
    const own = block.ordered && block.start !== 1
    const lead: Run[] = own ? [{ kind: 'text', text: `${block.start + index}. ` }] : []
    const runs = first?.kind === 'paragraph' ? first.runs : []
    const item = new Paragraph({
      children: printRuns([...lead, ...runs], place.quoted ? { color: colors.soft } : {}),
      spacing: { after: 60 },
      // A list that starts elsewhere than at one carries its numbers itself.
      ...(own
        ? { indent: { left: inner.level * step } }
        : {
            numbering: {
              reference: block.ordered ? 'numbers' : 'bullets',
              level,
              instance: block.ordered ? instance : 0,
            },
          }),
    })
    return [item, ...printBlocks(first?.kind === 'paragraph' ? rest : blocks, desk, inner)]
  })
}

function printBlock(block: Block, desk: Desk, place: Place): FileChild[] {
  switch (block.kind) {
    case 'heading':
      return [
        new Paragraph({
          heading: block.level === 1 ? HeadingLevel.HEADING_1 : HeadingLevel.HEADING_2,
          pageBreakBefore: block.newPage === true,
          children: [new TextRun({ text: block.text })],
        }),
        ...(block.row === undefined
          ? []
          : [
              new Paragraph({
                keepNext: true,
                spacing: { after: 160 },
                children: [new TextRun({ text: block.row, size: 16, color: colors.soft })],
              }),
            ]),
      ]
    case 'subheading':
      return [new Paragraph({ style: 'Subheading', children: [new TextRun({ text: block.text })], ...setting(place) })]
    case 'paragraph':
      return [
        new Paragraph({
          children: printRuns(block.runs, place.quoted ? { color: colors.soft } : {}),
          ...setting(place),
          ...(block.indent === true && desk.chinese ? { indent: { firstLine: 400 } } : {}),
        }),
      ]
    case 'list':
      return printList(block, desk, place)
    case 'quote':
      return printBlocks(block.blocks, desk, { level: place.level + 1, quoted: true })
    case 'code':
      return printCode(block.text, place)
    case 'rule':
      return [new Paragraph({ border: { bottom: hairline }, spacing: { after: 120 } })]
    case 'facts':
      return printFacts(block.rows, block.together)
    case 'table':
      return printTable(block)
    case 'chart': {
      const { png, width, height } = desk.picture(block)
      return [
        new Paragraph({
          alignment: AlignmentType.CENTER,
          keepNext: true,
          // A picture needs the line to grow with it.
          spacing: { before: 80, after: 0, line: 240, lineRule: LineRuleType.AUTO },
          children: [
            new ImageRun({
              type: 'png',
              data: png,
              transformation: { width, height },
              altText: { name: block.caption, title: block.caption, description: block.caption },
            }),
          ],
        }),
        new Paragraph({ style: 'Caption', children: [new TextRun({ text: block.caption })] }),
      ]
    }
    case 'notice':
      return [printNotice(block)]
  }
}

/** Blocks as paragraphs and tables, in order. */
export const printBlocks = (blocks: readonly Block[], desk: Desk, place: Place = flat): FileChild[] =>
  blocks.flatMap((block) => printBlock(block, desk, place))

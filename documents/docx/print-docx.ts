import { Resvg } from '@resvg/resvg-js'
import {
  AlignmentType,
  Document,
  type FileChild,
  Footer,
  Header,
  LevelFormat,
  Packer,
  PageBreak,
  PageNumber,
  Paragraph,
  TableOfContents,
  TabStopType,
  TextRun,
} from 'docx'
import { estimatePageNumbersWith } from 'docx/layout'
import { chartWidth, drawChart } from '../charts/draw.ts'
import type { Printed } from '../layout/printed.ts'
import { fontFiles } from '../pdf/fonts.ts'
import { type Desk, printBlocks, printFacts } from './blocks.ts'
import { worthEstimating } from './estimate.ts'
import { sameBytes } from './same-bytes.ts'
import { colors, hairline, fixedLine, styles, textWidth } from './styles.ts'

/** Pixels at 96 to the inch in which a chart stands on the page; it is drawn at twice that. */
const pictureWidth = 620

const picture: Desk['picture'] = (block) => {
  const { svg, height } = drawChart(block.chart)
  const image = new Resvg(svg, {
    fitTo: { mode: 'width', value: pictureWidth * 2 },
    background: '#ffffff',
    font: { loadSystemFonts: false, fontFiles: [...fontFiles], defaultFontFamily: 'Noto Sans SC' },
  })
  return { png: image.render().asPng(), width: pictureWidth, height: Math.round((height * pictureWidth) / chartWidth) }
}

const text = (value: string, look: { size?: number; bold?: boolean; color?: string } = {}): TextRun =>
  new TextRun({ text: value, ...look })

function cover(printed: Printed): FileChild[] {
  const { cover: front } = printed
  const draft =
    front.draft === undefined
      ? []
      : [
          new Paragraph({
            ...(front.form === 'letterhead' ? { alignment: AlignmentType.CENTER } : {}),
            spacing: fixedLine(360, { before: 120, after: 160 }),
            children: [text(front.draft, { bold: true, color: colors.alarm, size: 24 })],
          }),
        ]
  if (front.form === 'letterhead') {
    return [
      new Paragraph({
        alignment: AlignmentType.CENTER,
        spacing: fixedLine(560, { before: 120, after: 80 }),
        children: [text(front.title, { bold: true, size: 40, color: colors.accent })],
      }),
      new Paragraph({
        alignment: AlignmentType.CENTER,
        spacing: { after: 200 },
        children: [text(front.subtitle, { color: colors.soft })],
      }),
      ...draft,
      ...printFacts([...front.facts.slice(1), ...front.anchor]),
    ]
  }
  return [
    new Paragraph({
      spacing: fixedLine(800, { before: 2000, after: 160 }),
      children: [text(front.title, { bold: true, size: 60, color: colors.accent })],
    }),
    new Paragraph({
      border: { top: { style: 'single', size: 36, color: colors.accent, space: 10 } },
      spacing: fixedLine(440, { after: 200 }),
      children: [text(front.subtitle, { size: 30 })],
    }),
    ...draft,
    new Paragraph({ spacing: { before: front.draft === undefined ? 2200 : 1600 } }),
    ...printFacts(front.facts),
    new Paragraph({
      spacing: { before: 240 },
      children: [text(front.anchorTitle, { bold: true, color: colors.accent })],
    }),
    ...printFacts(front.anchor),
    new Paragraph({ children: [new PageBreak()] }),
    new Paragraph({
      spacing: fixedLine(440, { after: 200 }),
      children: [text(printed.contents ?? '', { bold: true, size: 30, color: colors.accent })],
    }),
    // Never dirty: Word would greet the reader with a question about fields of other files.
    new TableOfContents(printed.contents ?? '', { hyperlink: true, headingStyleRange: '1-2', beginDirty: false }),
  ]
}

const tabbed = [{ type: TabStopType.RIGHT, position: textWidth }]

const header = ({ header: line }: Printed): Header =>
  new Header({
    children: [
      new Paragraph({
        tabStops: tabbed,
        border: { bottom: { ...hairline, space: 4 } },
        children: [
          text(line.left, { size: 17, color: colors.soft }),
          new TextRun({ text: `\t${line.right}`, size: 17, bold: true, color: colors.alarm }),
        ],
      }),
    ],
  })

const footer = ({ footer: line, pageWords: [page, of, end], copy }: Printed): Footer =>
  new Footer({
    children: [
      new Paragraph({
        tabStops: tabbed,
        border: { top: { ...hairline, space: 4 } },
        children: [
          ...(copy === undefined ? [] : [text(copy, { size: 2, color: 'ffffff' })]),
          text(line, { size: 16, color: colors.soft }),
          new TextRun({
            children: ['\t', page, PageNumber.CURRENT, of, PageNumber.TOTAL_PAGES, end],
            size: 16,
            color: colors.soft,
          }),
        ],
      }),
    ],
  })

const levels = (format: (typeof LevelFormat)[keyof typeof LevelFormat], sign: (level: number) => string) =>
  Array.from({ length: 9 }, (_, level) => ({
    level,
    format,
    text: sign(level),
    alignment: AlignmentType.LEFT,
    style: { paragraph: { indent: { left: 420 * (level + 1), hanging: 420 } } },
  }))

/**
 * Pages as a Word file: real headings, a table of contents that is filled in already, tables with set widths, page
 * fields. The same tree gives the same bytes.
 */
export async function printDocx(printed: Printed): Promise<Uint8Array> {
  const desk: Desk = { picture, chinese: printed.language === 'zh-CN', lists: 0 }
  const file = new Document({
    title: printed.title,
    creator: printed.author,
    lastModifiedBy: printed.author,
    ...(printed.copy === undefined ? {} : { keywords: printed.copy }),
    styles: styles(printed.language),
    ...(worthEstimating(printed.body) ? { pageNumbers: estimatePageNumbersWith({ guess: true }) } : {}),
    numbering: {
      config: [
        { reference: 'numbers', levels: levels(LevelFormat.DECIMAL, (level) => `%${level + 1}.`) },
        { reference: 'bullets', levels: levels(LevelFormat.BULLET, () => '•') },
      ],
    },
    sections: [
      {
        properties: {
          page: {
            size: { width: 11906, height: 16838 },
            margin: { top: 1474, bottom: 1361, left: 1134, right: 1134, header: 680, footer: 560 },
          },
        },
        headers: { default: header(printed) },
        footers: { default: footer(printed) },
        children: [...cover(printed), ...printBlocks(printed.body, desk)],
      },
    ],
  })
  return sameBytes(await Packer.toBuffer(file), printed.createdAt)
}

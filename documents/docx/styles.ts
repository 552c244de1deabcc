import { BorderStyle, type IParagraphOptions, type IStylesOptions, LineRuleType } from 'docx'

/** Word's units: twentieths of a point; sizes of type in half points. */
export const textWidth = 9638
export const colors = {
  ink: '1F2933',
  soft: '5B6470',
  accent: '1F3A5F',
  hairline: 'CBD2D9',
  ground: 'F4F6F8',
  alarm: 'B91C1C',
}

// Fonts that Word has on every Windows and Mac; elsewhere they are replaced by ones of the same widths.
export const bodyFont = { ascii: 'Arial', hAnsi: 'Arial', cs: 'Arial', eastAsia: 'Microsoft YaHei' }
export const codeFont = { ascii: 'Courier New', hAnsi: 'Courier New', cs: 'Courier New', eastAsia: 'Microsoft YaHei' }

export const hairline = { style: BorderStyle.SINGLE, size: 4, color: colors.hairline, space: 0 }
export const noLine = { style: BorderStyle.NONE, size: 0, color: 'auto', space: 0 }

/** Fixed line heights: the pages stay the same when a reader's machine replaces the font. */
export const fixedLine = (line: number, more: { before?: number; after?: number } = {}) => ({
  line,
  lineRule: LineRuleType.EXACT,
  ...more,
})

const heading = (size: number, color: string, before: number): { run: object; paragraph: IParagraphOptions } => ({
  run: { font: bodyFont, size, bold: true, color },
  paragraph: { keepNext: true, keepLines: true, spacing: fixedLine(size * 15, { before, after: 120 }) },
})

/** Named styles, so that a reader of the file can change the look in one place. */
export const styles = (language: 'zh-CN' | 'en'): IStylesOptions => ({
  default: {
    document: {
      run: {
        font: bodyFont,
        size: 20,
        color: colors.ink,
        language: { value: language === 'en' ? 'en-GB' : 'en-US', eastAsia: 'zh-CN' },
      },
      paragraph: { spacing: fixedLine(310, { after: 120 }) },
    },
    heading1: heading(30, colors.accent, 360),
    heading2: heading(23, colors.ink, 300),
  },
  paragraphStyles: [
    {
      id: 'Subheading',
      name: 'Subheading',
      basedOn: 'Normal',
      next: 'Normal',
      run: { bold: true, size: 21, color: colors.accent },
      paragraph: { keepNext: true, spacing: fixedLine(320, { before: 220, after: 80 }) },
    },
    {
      id: 'Cell',
      name: 'Cell',
      basedOn: 'Normal',
      run: { size: 17 },
      paragraph: { spacing: fixedLine(260, { after: 0 }) },
    },
    {
      id: 'Fact',
      name: 'Fact',
      basedOn: 'Normal',
      run: { size: 19 },
      paragraph: { spacing: fixedLine(290, { after: 0 }) },
    },
    {
      id: 'CodeBlock',
      name: 'Code Block',
      basedOn: 'Normal',
      run: { font: codeFont, size: 16 },
      paragraph: { spacing: fixedLine(240, { after: 0 }) },
    },
    {
      id: 'Caption',
      name: 'caption',
      basedOn: 'Normal',
      run: { size: 17, color: colors.soft },
      paragraph: { alignment: 'center', spacing: { before: 40, after: 200 } },
    },
    {
      id: 'TOC1',
      name: 'toc 1',
      basedOn: 'Normal',
      next: 'Normal',
      run: { bold: true },
      paragraph: { spacing: { before: 120, after: 40 } },
    },
    {
      id: 'TOC2',
      name: 'toc 2',
      basedOn: 'Normal',
      next: 'Normal',
      paragraph: { indent: { left: 280 }, spacing: { after: 30 } },
    },
  ],
})

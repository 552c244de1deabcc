import type { Call } from '@zhongheng/contracts/http/index.ts'

type Answer = Call<'POST /api/engagements/:engagementId/scope/answers'>['body']['answer']
export type AnswerRows = Extract<Answer, { kind: 'rows' }>['rows']

/**
 * Lines of an answer as rows: `!` or `-` before an object excludes it, else it is what the asked line was.
 * @returns null when there is none, there are over 50, or one is longer than 500 characters
 */
export function answerRows(text: string, effect: 'in' | 'out'): AnswerRows | null {
  const rows = text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line): AnswerRows[number] => {
      const excluded = /^[!！-]\s*(\S.*)$/.exec(line)
      return excluded ? { effect: 'out', asset: excluded[1] ?? '' } : { effect, asset: line }
    })
  const fits = rows.length > 0 && rows.length <= 50 && rows.every(({ asset }) => asset.length <= 500)
  return fits ? rows : null
}

/** Rows as lines to change, the inverse of `answerRows`. */
export const linesOf = (rows: AnswerRows, effect: 'in' | 'out'): string =>
  rows.map((row) => (row.effect === effect ? row.asset : row.effect === 'out' ? `!${row.asset}` : row.asset)).join('\n')

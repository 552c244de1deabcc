import { proofs } from '@zhongheng/testing/asvs/proofs.ts'
import { chapters, requirements } from '@zhongheng/testing/asvs/requirements.ts'
import type { Row } from '@zhongheng/testing/asvs/rows.ts'
import { table } from '@zhongheng/testing/asvs/table.ts'
import type { Page } from './state-pages.ts'

const statuses = ['shown', 'partly', 'open', 'not applicable'] as const
const levels = new Map(requirements.map(({ id, level }) => [id, level]))
const chapterOf = (id: string): string => id.slice(0, id.indexOf('.'))

/** `docs/asvs.md`, made from the table in `testing/asvs`. `node tools/docs/asvs.ts` writes it; a test compares. */
export function asvsPage(): Page {
  const lines = [
    '# OWASP ASVS 5.0.0, row by row',
    '',
    'Made from `testing/asvs/table.ts` by `node tools/docs/asvs.ts`. Do not edit; a test compares this page with the table.',
    '',
    'Each requirement by its number and level, with its subject in our own words: the sentences are the standard’s own, at',
    'owasp.org. This is what we found about ourselves, not a certificate.',
    '',
    '- **shown**: the tests named beside it fail when it is no longer so.',
    '- **partly**: tests show a part; what is missing stands beside it.',
    '- **open**: it is not so, or nothing shows that it is. The reason stands beside it.',
    '- **not applicable**: there is nothing here that it could be about.',
    '',
    `| level | ${statuses.join(' | ')} | all |`,
    `| --- |${' --- |'.repeat(statuses.length + 1)}`,
    ...([1, 2, 3] as const).map((level) => countLine(`L${level}`, (row) => levels.get(row.id) === level)),
    countLine('all', () => true),
    ...Object.entries(chapters).flatMap(([chapter, about]) => [
      '',
      `## V${chapter} ${about}`,
      '',
      '| id | L | subject | status | shown by, or why not |',
      '| --- | --- | --- | --- | --- |',
      ...table.filter(({ id }) => chapterOf(id) === chapter).map(line),
    ]),
    '',
    '## Tests cited',
    '',
    ...Object.entries(proofs).map(([name, [file, fragment]]) => `- **${name}**: \`${file}\`, “${fragment}”`),
  ]
  return { path: 'docs/asvs.md', text: `${lines.join('\n')}\n` }
}

function countLine(name: string, which: (row: Row) => boolean): string {
  const rows = table.filter(which)
  const counts = statuses.map((status) => rows.filter((row) => row.status === status).length)
  return `| ${[name, ...counts, rows.length].join(' | ')} |`
}

function line(row: Row): string {
  const because = [
    ...('why' in row ? [`${row.why}.`] : []),
    ...('proofs' in row ? [row.proofs.map((name) => `*${name}*`).join(', ')] : []),
  ]
  return `| V${row.id} | ${levels.get(row.id) ?? ''} | ${row.subject} | ${row.status} | ${because.join(' Tests: ')} |`
}

import {
  bases,
  forms,
  inventory,
  notPersonal,
  personalTraces,
  purposes,
  terms,
} from '@zhongheng/domain/personal-data/inventory.ts'
import type { Page } from './state-pages.ts'

/** `docs/personal-data.md`, made from the inventory. `node tools/docs/personal-data.ts` writes it; a test compares. */
export function personalDataPage(): Page {
  const lines = [
    '# Personal data, column by column',
    '',
    'Made from `domain/personal-data/inventory.ts` by `node tools/docs/personal-data.ts`. Do not edit; a test compares this page with the',
    'inventory, and another one the inventory with the tables of a real database: a personal column without an entry fails it.',
    '',
    'Each person finds the same list with their own values under *My data*, and takes it along as a file.',
    '',
    '| column | what | for what | on what it rests | needed | kept | form |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...inventory.map(
      (one) =>
        `| ${one.table}.${one.column} | ${one.what.zh} / ${one.what.en} | ${purposes[one.purpose].en} | ${bases[one.basis].en} | ${one.needed ? 'yes' : 'no'} | ${terms[one.kept].en} | ${forms[one.form].en} |`,
    ),
    '',
    '## Where people appear by what they did',
    '',
    'By a made-up id, as part of the record of the service (GB/T 43741 5.3, 1,827 days at least). What they wrote there lies sealed under the',
    'keys of its engagement. The ledger holds the same ids and no name.',
    '',
    ...Object.entries(personalTraces).map(([table, columns]) => `- ${table}: ${columns.join(', ')}`),
    '',
    '## Columns of the account’s tables that are not personal',
    '',
    ...Object.entries(notPersonal).flatMap(([reason, columns]) => [`- ${reason}: ${columns.join(', ')}`]),
    '',
  ]
  return { path: 'docs/personal-data.md', text: lines.join('\n') }
}

import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { EngagementHandle } from '../engagements/reads.ts'

export type DecoyRow = Selectable<Database['decoys']>
/** What a decoy says, as a finding would, and why it was placed. */
export type DecoyWords = {
  readonly title: string
  readonly asset: string
  readonly description: string
  readonly steps: string
  readonly impact: string
  readonly repair: string
}

const at = (column: string, row: { id: string; text_version: number }) => ({
  table: 'decoys',
  column,
  row: row.id,
  version: row.text_version,
})

export const openTitle = ({ sealing }: Pick<EngagementHandle, 'sealing'>, row: DecoyRow) => ({
  title: sealing.open(at('sealed_title', row), row.sealed_title),
  asset: sealing.open(at('sealed_asset', row), row.sealed_asset),
})

export function openWords(engagement: Pick<EngagementHandle, 'sealing'>, row: DecoyRow): DecoyWords {
  const body = JSON.parse(engagement.sealing.open(at('sealed_body', row), row.sealed_body)) as Omit<
    DecoyWords,
    'title' | 'asset'
  >
  return { ...openTitle(engagement, row), ...body }
}

export const openNote = ({ sealing }: Pick<EngagementHandle, 'sealing'>, row: DecoyRow): string =>
  sealing.open(at('sealed_note', row), row.sealed_note)

/** Columns of the words in their version: what takes the place of others has the next number. */
export function sealWords(
  { sealing }: Pick<EngagementHandle, 'sealing'>,
  row: { id: string; text_version: number },
  { title, asset, description, steps, impact, repair }: DecoyWords,
  note: string,
) {
  return {
    text_version: row.text_version,
    sealed_title: sealing.seal(at('sealed_title', row), title),
    sealed_asset: sealing.seal(at('sealed_asset', row), asset),
    sealed_body: sealing.seal(at('sealed_body', row), JSON.stringify({ description, steps, impact, repair })),
    sealed_note: sealing.seal(at('sealed_note', row), note),
  }
}

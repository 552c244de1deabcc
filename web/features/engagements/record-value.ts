import type { RecordView } from '@zhongheng/contracts/http/engagements.ts'
import type { TFunction } from 'i18next'
import type { Bilingual } from '../../api/problem.ts'

/** A field of a record as people read it: ticks and choices in words, everything else as it was written. */
export function recordValue(
  field: RecordView['fields'][number],
  t: TFunction,
  say: (text: Bilingual) => string,
): string {
  if (field.words) return say(field.words)
  if (field.value === 'true') return t('engagement.records.yes')
  if (field.value === 'false') return t('engagement.records.no')
  return field.value
}

import type { RecordView } from '@zhongheng/contracts/http/engagements.ts'
import type { TFunction } from 'i18next'

const environments = ['prod', 'staging', 'dedicated'] as const

/** A field of a record as people read it: ticks and the few choices in words, everything else as it was written. */
export function recordValue(kind: string, field: RecordView['fields'][number], t: TFunction): string {
  if (field.value === 'true') return t('engagement.records.yes')
  if (field.value === 'false') return t('engagement.records.no')
  if (field.name === 'verdict' && field.value === 'pass') return t('engagement.records.pass')
  if (field.name === 'verdict' && field.value === 'reject') return t('engagement.records.reject')
  const environment =
    kind === 'readiness' && field.name === 'environment' ? environments.find((one) => one === field.value) : undefined
  return environment ? t(`environment.${environment}`) : field.value
}

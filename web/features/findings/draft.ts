import type { BasketItem } from '../traffic/basket.ts'
import { readBasket } from '../traffic/basket.ts'
import type { Severity } from '../../ui/states.ts'
import { severities } from '../../ui/severities.ts'

/** A finding while it is written. */
export type FindingDraft = {
  readonly title: string
  readonly asset: string
  readonly cwe: string
  readonly cvssVector: string | null
  readonly severity: Severity | undefined
  readonly description: string
  readonly steps: string
  readonly impact: string
  readonly repair: string
  readonly cites: readonly BasketItem[]
}
export const emptyDraft: FindingDraft = {
  title: '',
  asset: '',
  cwe: '',
  cvssVector: null,
  severity: undefined,
  description: '',
  steps: '',
  impact: '',
  repair: '',
  cites: [],
}

/** Where the draft of a finding is kept; `findingId` null for one that is not submitted yet. */
export const draftPlace = (engagementId: string, findingId: string | null): string =>
  `finding.${engagementId}.${findingId ?? 'new'}`

/** Reads a kept draft, field by field; null when there is none worth restoring. */
export function readDraft(kept: string | null): FindingDraft | null {
  let value: Record<string, unknown>
  try {
    const parsed: unknown = JSON.parse(kept ?? 'null')
    if (typeof parsed !== 'object' || parsed === null) return null
    value = parsed as Record<string, unknown>
  } catch {
    return null
  }
  const text = (name: keyof FindingDraft): string => (typeof value[name] === 'string' ? (value[name] as string) : '')
  const draft: FindingDraft = {
    title: text('title'),
    asset: text('asset'),
    cwe: text('cwe'),
    cvssVector: text('cvssVector') || null,
    severity: severities.find((one) => one === value['severity']),
    description: text('description'),
    steps: text('steps'),
    impact: text('impact'),
    repair: text('repair'),
    cites: readBasket(JSON.stringify(value['cites'] ?? [])),
  }
  return isWritten(draft) ? draft : null
}

/** Whether somebody wrote something; chosen evidence alone lives in the basket. */
export const isWritten = (draft: FindingDraft): boolean =>
  [draft.title, draft.description, draft.steps, draft.impact, draft.repair, draft.cwe, draft.cvssVector ?? ''].some(
    (text) => text.trim() !== '',
  )

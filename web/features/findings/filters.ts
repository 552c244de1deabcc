import { type RawSearch, oneOf, present, text } from '../../app/search.ts'
import { severities } from '../../ui/severities.ts'
import type { Severity } from '../../ui/states.ts'

export const viewNames = ['mine', 'new', 'waiting', 'confirmed', 'remediation', 'retest', 'closed', 'all'] as const
export type ViewName = (typeof viewNames)[number]

/** What the address says of the inbox: the view, its filters and the opened finding (`eng_…~fnd_…`). */
export type InboxSearch = {
  view?: ViewName
  severity?: Severity
  assignee?: (typeof assignees)[number]
  engagementId?: string
  open?: string
}
/** Findings that I take care of, or that nobody of my house does. */
export const assignees = ['me', 'nobody'] as const

const idPart = '[0-9a-z]{26}'

export const inboxSearch = (raw: RawSearch): InboxSearch =>
  present({
    view: oneOf(raw, 'view', viewNames),
    severity: oneOf(raw, 'severity', severities),
    assignee: oneOf(raw, 'assignee', assignees),
    engagementId: new RegExp(`^eng_${idPart}$`).test(text(raw, 'engagementId') ?? '')
      ? text(raw, 'engagementId')
      : undefined,
    open: openedOf(text(raw, 'open')) ? text(raw, 'open') : undefined,
  })

/** The opened finding out of the address, or null. */
export function openedOf(value: string | undefined): { engagementId: string; findingId: string } | null {
  const found = new RegExp(`^(eng_${idPart})~(fnd_${idPart})$`).exec(value ?? '')
  return found?.[1] && found[2] ? { engagementId: found[1], findingId: found[2] } : null
}
export const openText = (row: { engagementId: string; findingId: string }): string =>
  `${row.engagementId}~${row.findingId}`

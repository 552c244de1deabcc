import type { ScanPreview } from '@zhongheng/contracts/http/imports.ts'
import { drafts } from '../../../app/drafts.ts'
import { type RawSearch, present, text } from '../../../app/search.ts'
import { type FindingDraft, emptyDraft, readDraft } from '../draft.ts'

export type ScanRow = ScanPreview['rows'][number]
export type ImportedDraft = { readonly id: string; readonly draft: FindingDraft }

const start = (engagementId: string): string => `finding.${engagementId}.import-`
const idShape = /^[0-9a-f]{16}$/

/** Where a draft that came from a scanner is kept: in this browser, as what somebody writes by hand. */
export const importedPlace = (engagementId: string, id: string): string => `${start(engagementId)}${id}`

/** The chosen draft out of the address. */
export const draftSearch = (raw: RawSearch): { draft?: string } =>
  present({ draft: idShape.test(text(raw, 'draft') ?? '') ? text(raw, 'draft') : undefined })

/** A result of a scanner as the beginning of a finding: what only the tester can know is left to them. */
export const draftOf = (row: ScanRow): FindingDraft => ({
  ...emptyDraft,
  title: row.title,
  asset: row.asset ?? '',
  cwe: row.cwe ?? '',
  cvssVector: row.cvssVector,
  severity: row.severity,
  description: [row.description, ...row.places.map((place) => `- \`${place.replaceAll('`', "'")}\``)]
    .filter((one) => one !== '')
    .join('\n\n')
    .replace(/\n\n(?=- `)/g, '\n'),
  repair: row.repair,
})

/** @returns how many were kept: the browser may have no room for all */
export function keepImported(personId: string, engagementId: string, rows: readonly ScanRow[]): number {
  const full = rows.findIndex((row) => {
    const id = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    return !drafts.write(personId, importedPlace(engagementId, id), draftOf(row))
  })
  return full < 0 ? rows.length : full
}

/** Drafts of an engagement that came from a scanner, by their titles. */
export const importedDrafts = (personId: string, engagementId: string): readonly ImportedDraft[] =>
  drafts
    .under(personId, start(engagementId))
    .flatMap(({ place, text: kept }) => {
      const draft = readDraft(kept)
      return draft ? [{ id: place.slice(start(engagementId).length), draft }] : []
    })
    .toSorted((one, other) => one.draft.title.localeCompare(other.draft.title))

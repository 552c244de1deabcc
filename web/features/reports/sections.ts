import type { ReportView } from '@zhongheng/contracts/http/evidence.ts'

export type Section = ReportView['sections'][number]
/** Texts as typed, by section. */
export type Edits = Readonly<Record<string, string>>

/** What was typed and differs from what is stored: only that is sent, so that two writers of two sections do not undo each other. */
export const changedSections = (
  sections: readonly Pick<Section, 'sectionId' | 'text'>[],
  edits: Edits,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(edits).filter(([id, text]) => sections.find(({ sectionId }) => sectionId === id)?.text !== text),
  )

import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'

type Decision = FindingPage['decisions'][number]
type Comment = FindingPage['comments'][number]
export type HistoryItem =
  | { readonly kind: 'submitted'; readonly at: string }
  | { readonly kind: 'decision'; readonly at: string; readonly decision: Decision }
  | { readonly kind: 'comment'; readonly at: string; readonly comment: Comment }

/** Decisions and comments as one story, oldest first; at the same moment a decision stands before the talk about it. */
export function historyOf(page: Pick<FindingPage, 'submittedAt' | 'decisions' | 'comments'>): HistoryItem[] {
  const items: HistoryItem[] = [
    { kind: 'submitted', at: page.submittedAt },
    ...page.decisions.map((decision) => ({ kind: 'decision' as const, at: decision.at, decision })),
    ...page.comments.map((comment) => ({ kind: 'comment' as const, at: comment.at, comment })),
  ]
  return items
    .map((item, place) => ({ item, place }))
    .sort((a, b) => Date.parse(a.item.at) - Date.parse(b.item.at) || a.place - b.place)
    .map(({ item }) => item)
}

import {
  type InfiniteData,
  type UseInfiniteQueryResult,
  keepPreviousData,
  useInfiniteQuery,
} from '@tanstack/react-query'
import type { FindingRow } from '@zhongheng/contracts/http/findings.ts'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import type { InboxSearch, ViewName } from './filters.ts'

const key = 'GET /api/findings'
export type FindingList = {
  readonly rows: readonly FindingRow[]
  readonly counts: ReadonlyMap<string, number>
  readonly mayAssign: boolean
}

/** The rows of one view, page by page, with the counts of all views. Reading a list is no reading of a finding. */
export function useFindings(
  view: ViewName,
  { severity, assignee, engagementId }: Omit<InboxSearch, 'view' | 'open'>,
): UseInfiniteQueryResult<FindingList, ApiProblem> {
  const query = {
    view,
    ...(severity ? { severity } : {}),
    ...(assignee ? { assignee } : {}),
    ...(engagementId ? { engagementId } : {}),
    limit: 50,
  }
  return useInfiniteQuery<Reply<typeof key>, ApiProblem, FindingList, readonly unknown[], string | undefined>({
    queryKey: [key, 'pages', query],
    queryFn: ({ pageParam, signal }) =>
      callWith(key, { query: { ...query, ...(pageParam ? { after: pageParam } : {}) } }, { signal }),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: 20_000,
    placeholderData: keepPreviousData,
    select: ({ pages }: InfiniteData<Reply<typeof key>, string | undefined>) => ({
      rows: pages.flatMap(({ findings }) => findings),
      counts: new Map(pages[0]?.views.map((one) => [one.view, one.count])),
      mayAssign: pages[0]?.mayAssign ?? false,
    }),
  })
}

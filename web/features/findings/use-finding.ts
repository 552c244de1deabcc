import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'

const key = 'GET /api/engagements/:engagementId/findings/:findingId'

/** One finding. Each reading is an entry of the ledger: once an opening, never in the background. */
export function useFinding(engagementId: string, findingId: string): UseQueryResult<FindingPage, ApiProblem> {
  return useQuery<FindingPage, ApiProblem>({
    queryKey: [key, { engagementId, findingId }],
    queryFn: ({ signal }) => callWith(key, { params: { engagementId, findingId } }, { signal }),
    staleTime: 'static',
    gcTime: 0,
  })
}

/** Puts what an act answered on screen, in place of reading the finding again. */
export function useKeepFinding(): {
  replace: (page: FindingPage) => void
  change: (page: FindingPage, change: Partial<FindingPage>) => void
} {
  const queries = useQueryClient()
  const keyOf = ({ engagementId, findingId }: FindingPage): readonly unknown[] => [key, { engagementId, findingId }]
  return {
    replace: (page) => void queries.setQueryData(keyOf(page), page),
    change: (page, change) =>
      void queries.setQueryData(keyOf(page), (before: FindingPage | undefined) => ({ ...(before ?? page), ...change })),
  }
}

import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { useQuery } from '@tanstack/react-query'
import { callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { useLanguage } from '../../i18n/index.ts'

const key = 'GET /api/weaknesses'
export type Weakness = Reply<typeof key>['weaknesses'][number]

/** The weakness catalogue; it does not change while a page is open. */
export function useWeaknesses(): { weaknesses: readonly Weakness[]; nameOf: (cwe: string) => string } {
  const { say } = useLanguage()
  const { data } = useQuery<Reply<typeof key>, ApiProblem>({
    queryKey: [key],
    queryFn: ({ signal }) => callWith(key, {}, { signal }),
    staleTime: 'static',
  })
  const weaknesses = data?.weaknesses ?? []
  return {
    weaknesses,
    nameOf: (cwe) => {
      const found = weaknesses.find((one) => one.cwe === cwe)
      return found ? say(found.name) : ''
    },
  }
}

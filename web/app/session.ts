import type { Me } from '@zhongheng/contracts/http/people.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '../api/call.ts'

/** Who is signed in. Only for pages inside the shell, which knows before it opens. */
export function useMe(): Me {
  const { data } = useQuery({ queryKey: ['GET /api/me', {}], queryFn: () => call('GET /api/me'), staleTime: 60_000 })
  if (!data) throw new Error('a page of the shell was shown outside of it')
  return data
}

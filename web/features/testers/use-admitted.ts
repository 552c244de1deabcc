import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { useApi } from '../../api/hooks.ts'

type Enrollment = Reply<'GET /api/engagements/:engagementId/enrollments'>['enrollments'][number]

/** Those who test or have tested in an engagement, to choose among; empty until they came, and for readers who see themselves alone. */
export function useAdmitted(engagementId: string, enabled: boolean): readonly Enrollment[] {
  const { data } = useApi('GET /api/engagements/:engagementId/enrollments', { params: { engagementId } }, { enabled })
  return data?.enrollments.filter(({ state }) => state === 'admitted' || state === 'removed') ?? []
}

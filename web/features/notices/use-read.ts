import { useQueryClient } from '@tanstack/react-query'
import { useAct } from '../../api/hooks.ts'

const ours = ['GET /api/notices', 'GET /api/notices/unread']

/** Reads the notices on screen again, and nothing else. */
export function useNoticesAgain(): () => void {
  const queries = useQueryClient()
  return () =>
    void queries.invalidateQueries({
      predicate: ({ queryKey: [key] }) => typeof key === 'string' && ours.includes(key),
    })
}

/** Marks one notice as read, or all up to a moment. */
export function useRead(): { one: (noticeId: string) => void; upTo: (until: string) => void; pending: boolean } {
  const again = useNoticesAgain()
  const one = useAct('POST /api/notices/:noticeId/read', { quiet: true })
  const all = useAct('POST /api/notices/read', { quiet: true })
  return {
    one: (noticeId) => one.mutate({ params: { noticeId } }, { onSettled: again }),
    upTo: (until) => all.mutate({ body: { until } }, { onSettled: again }),
    pending: all.isPending,
  }
}

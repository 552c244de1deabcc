import type { Call, Reply } from '@zhongheng/contracts/http/index.ts'
import {
  type UseMutationResult,
  type UseQueryResult,
  keepPreviousData,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useRef } from 'react'
import { type ActKey, type InputOf, type ReadKey, callWith, newKey } from './call.ts'
import { ApiProblem } from './problem.ts'

export type ReadOptions = {
  /** False keeps the call back, e.g. until a field is filled. */
  readonly enabled?: boolean
  /** Milliseconds between refreshes while the page is looked at. */
  readonly every?: number
}

/** The query key of a read, for those who fill or drop it in the cache themselves. */
export const cacheKey = <K extends ReadKey>(key: K, ...[input]: InputOf<K>): readonly unknown[] => [key, input ?? {}]

/** Reads one endpoint: `useApi('GET /api/engagements', { query })`. Earlier data stay visible while filters change. */
export function useApi<K extends ReadKey>(
  key: K,
  ...[input, options]: object extends Call<K>
    ? [input?: Call<K>, options?: ReadOptions]
    : [input: Call<K>, options?: ReadOptions]
): UseQueryResult<Reply<K>, ApiProblem> {
  return useQuery<Reply<K>, ApiProblem>({
    queryKey: [key, input ?? {}],
    queryFn: ({ signal }) => callWith(key, (input ?? {}) as Call<K>, { signal }),
    placeholderData: keepPreviousData,
    ...(options?.enabled === undefined ? {} : { enabled: options.enabled }),
    ...(options?.every === undefined ? {} : { refetchInterval: options.every }),
  })
}

/**
 * Acts on one endpoint. After success everything on screen is read again, because one act moves states, timelines and
 * what waits; `quiet` is for acts that change nothing (a probe, a score).
 */
export function useAct<K extends ActKey>(
  key: K,
  options: { quiet?: boolean } = {},
): UseMutationResult<Reply<K>, ApiProblem, Call<K>> {
  const queries = useQueryClient()
  // Pressing again after a lost answer sends the same key, so the server cannot do the act twice.
  const unanswered = useRef<{ key: string; input: string } | null>(null)
  return useMutation<Reply<K>, ApiProblem, Call<K>>({
    mutationFn: async (input) => {
      const asText = JSON.stringify(input)
      const idempotencyKey = unanswered.current?.input === asText ? unanswered.current.key : newKey()
      unanswered.current = { key: idempotencyKey, input: asText }
      try {
        const reply = await callWith(key, input, { idempotencyKey })
        unanswered.current = null
        return reply
      } catch (error) {
        if (error instanceof ApiProblem && error.status !== 0) unanswered.current = null
        throw error
      }
    },
    onSuccess: () => (options.quiet ? undefined : queries.invalidateQueries()),
  })
}

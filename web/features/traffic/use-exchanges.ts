import { useQueryClient } from '@tanstack/react-query'
import type { Call } from '@zhongheng/contracts/http/index.ts'
import { useCallback, useEffect, useRef, useState } from 'react'
import { callWith } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import { type TrafficFilters, exchangeQuery } from './filters.ts'
import { type ExchangesReply, type Feed, firstFeed, newestOf, withNewer, withOlder } from './rows.ts'
import { type LiveState, useLive } from './use-live.ts'

const key = 'GET /api/engagements/:engagementId/exchanges'
type Query = NonNullable<Call<typeof key>['query']>

export type Exchanges = {
  readonly feed: Feed | undefined
  readonly problem: ApiProblem | null
  readonly live: LiveState
  /** Something new came while the list stood still. */
  readonly missed: boolean
  readonly loadingOlder: boolean
  readonly loadOlder: () => void
  readonly retry: () => void
}

/** A list belongs to the filters it was asked with; while other filters load, it is not shown. */
type Held = { readonly of: string; readonly feed: Feed }

/** The live list: first page, what is new as it comes, older pages as they are asked for. */
export function useExchanges(engagementId: string, filters: TrafficFilters, paused: boolean): Exchanges {
  const queries = useQueryClient()
  const [shown, setShown] = useState<Held>()
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [missed, setMissed] = useState(false)
  const [loadingOlder, setLoadingOlder] = useState(false)
  /** The same as `shown`, for answers that arrive between two renders. */
  const held = useRef<Held>(undefined)
  /** The filters on screen: an answer to earlier ones is thrown away. */
  const wanted = useRef('')
  const busy = useRef(false)
  const again = useRef(false)
  const asked = JSON.stringify(filters)
  const searching = filters.text !== undefined

  const ask = useCallback(
    // Through the query cache only so that a lost login is noticed in its one place.
    (query: Query): Promise<ExchangesReply> =>
      queries.fetchQuery({
        queryKey: [key, 'live', engagementId, asked, query],
        queryFn: ({ signal }) =>
          callWith(
            key,
            {
              params: { engagementId },
              query: { ...exchangeQuery(JSON.parse(asked) as TrafficFilters), limit: 200, ...query },
            },
            { signal },
          ),
        staleTime: 0,
        gcTime: 0,
      }),
    [queries, engagementId, asked],
  )
  const keep = useCallback(
    (feed: Feed): void => {
      if (wanted.current !== asked) return
      held.current = { of: asked, feed }
      setShown(held.current)
      setProblem(null)
    },
    [asked],
  )
  const failed = useCallback((error: unknown): void => {
    if (error instanceof ApiProblem) setProblem(error)
  }, [])

  /** Loads the first page, or what is new since the newest row held; one call at a time. */
  const refresh = useCallback(async (): Promise<void> => {
    if (busy.current) {
      again.current = true
      return
    }
    busy.current = true
    try {
      do {
        again.current = false
        const before = held.current?.of === asked ? held.current.feed : undefined
        const since = before && !searching ? newestOf(before) : undefined
        const reply = await ask(since === undefined ? {} : { since })
        const now = held.current?.of === asked ? held.current.feed : undefined
        keep(now && since !== undefined ? withNewer(now, reply) : firstFeed(reply))
        setMissed(false)
      } while (again.current && wanted.current === asked)
    } catch (error) {
      failed(error)
    } finally {
      busy.current = false
    }
  }, [ask, asked, failed, keep, searching])

  useEffect(() => {
    // Other filters begin a list of their own; a call under way for the former ones must not hold it up.
    wanted.current = asked
    busy.current = false
    const timer = setTimeout(() => void refresh())
    return () => clearTimeout(timer)
  }, [asked, refresh])
  useEffect(() => {
    if (!paused && held.current && !searching) void refresh()
  }, [paused, refresh, searching])
  const live = useLive(
    engagementId,
    () => {
      // A search opens what it finds and leaves an entry: it is asked for by a person, not by news.
      if (paused || searching) setMissed(true)
      else void refresh()
    },
    problem?.status !== 403,
  )

  const feed = shown?.of === asked ? shown.feed : undefined
  const loadOlder = (): void => {
    if (loadingOlder || !feed || feed.next === null) return
    setLoadingOlder(true)
    ask({ after: feed.next, limit: 1000 })
      .then((reply) => {
        if (held.current?.of === asked) keep(withOlder(held.current.feed, reply))
      }, failed)
      .finally(() => setLoadingOlder(false))
  }
  return { feed, problem, live, missed, loadingOlder, loadOlder, retry: () => void refresh() }
}

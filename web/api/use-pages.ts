import { type InfiniteData, type Query, type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import type { ApiProblem } from './problem.ts'

/** A list that comes a page at a time. */
export type Pages<Page, Item> = {
  /** Everything read so far; undefined until the first page is here. */
  readonly items: readonly Item[] | undefined
  readonly first: Page | undefined
  readonly error: ApiProblem | null
  readonly retry: () => void
  /** Undefined where nothing more is to come. */
  readonly more: { readonly loading: boolean; readonly load: () => void } | undefined
}

type Options<Page> = {
  /** Milliseconds after which the pages are read again, as long as there is something to wait for. */
  readonly again?: (pages: readonly Page[]) => number | false
}

/**
 * Reads a list page by page.
 * @param key names it, with every filter @param get reads the page after a mark, or the first @param itemsOf what of a page is the list
 */
export function usePages<Page extends { readonly next?: string | null | undefined }, Item>(
  key: QueryKey,
  get: (after: { readonly after?: string }, options: { readonly signal: AbortSignal }) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
  { again }: Options<Page> = {},
): Pages<Page, Item> {
  const found = useInfiniteQuery<Page, ApiProblem, Page[], QueryKey, string | undefined>({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => get(pageParam === undefined ? {} : { after: pageParam }, { signal }),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    select: ({ pages }) => pages,
    ...(again
      ? {
          refetchInterval: (query: Query<Page, ApiProblem, InfiniteData<Page, string | undefined>>) =>
            again(query.state.data?.pages ?? []),
        }
      : {}),
  })
  return {
    items: found.data?.flatMap(itemsOf),
    first: found.data?.[0],
    error: found.error,
    retry: () => void found.refetch(),
    more: found.hasNextPage ? { loading: found.isFetchingNextPage, load: () => void found.fetchNextPage() } : undefined,
  }
}

import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiProblem } from '../api/problem.ts'

/**
 * The cache of everything read from the server.
 * @param signedOut called when a call answers that the login has ended
 */
export function makeQueries(signedOut: () => void): QueryClient {
  const onError = (error: Error): void => {
    if (error instanceof ApiProblem && error.status === 401) signedOut()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // A refusal stays a refusal; only an answer that never came is asked for again.
        retry: (failures, error) => failures < 2 && error instanceof ApiProblem && error.status === 0,
        retryDelay: 800,
      },
    },
  })
}

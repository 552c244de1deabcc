import { useEffect, useState } from 'react'

const tokenHere = (): string | null => new URLSearchParams(location.hash.slice(1)).get('token')

/** The token of a one-time link; null without one. It stands in the fragment, which no server, log or Referer sees. */
export function useLinkToken(): string | null {
  const [token] = useState(tokenHere)
  // Out of the address at once: no history and no neighbour shall see it.
  useEffect(() => history.replaceState(history.state, '', location.pathname), [])
  return token
}

import { createRouter } from '@tanstack/react-router'
import { call } from '../api/call.ts'
import { ApiProblem } from '../api/problem.ts'
import { ErrorPage } from './ErrorPage.tsx'
import { NotFoundPage } from './NotFoundPage.tsx'
import { makeQueries } from './queries.ts'
import { routeTree } from './routes.tsx'
import { openPaths } from './open-paths.ts'

/**
 * The login ended while a page was open: sign in again and come back. A call that was on its way while the cookie changed
 * hands is refused too, so it is asked once more before anybody is sent away.
 */
async function signedOut(): Promise<void> {
  const still = await call('GET /api/me').then(
    () => true,
    (error: unknown) => !(error instanceof ApiProblem && error.status === 401),
  )
  const { pathname, href } = router.state.location
  if (!still && !openPaths.includes(pathname)) void router.navigate({ to: '/sign-in', search: { to: href } })
}

export const queries = makeQueries(() => void signedOut())

export const router = createRouter({
  routeTree,
  context: { queries },
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: ErrorPage,
  defaultNotFoundComponent: NotFoundPage,
  // Plain `?state=testing`: every value is text, and each page reads its own (see search.ts).
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const params = new URLSearchParams()
    for (const [name, value] of Object.entries(search)) {
      if (typeof value === 'string' && value !== '') params.set(name, value)
    }
    return params.size > 0 ? `?${params}` : ''
  },
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

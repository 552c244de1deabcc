import type { Feature } from '../../http/registry.ts'
import { factorRoutes } from './factor-routes.ts'
import { oidcRoutes } from './oidc-routes.ts'
import { passkeyRoutes } from './passkey-routes.ts'
import { passwordRoutes } from './password-routes.ts'
import { personalDataRoutes } from './personal-data-routes.ts'
import { recoveryRoutes } from './recovery-routes.ts'
import { securityRoutes } from './security-routes.ts'
import { signInRoutes } from './sign-in-routes.ts'

/** Signing in, and everything that opens an account. */
export const accountRoutes: Feature = (deps) =>
  [
    signInRoutes,
    passwordRoutes,
    factorRoutes,
    passkeyRoutes,
    oidcRoutes,
    securityRoutes,
    recoveryRoutes,
    personalDataRoutes,
  ].flatMap((feature) => [...feature(deps)])

import { isIP } from 'node:net'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import {
  type Configuration,
  type CustomFetch,
  ClientSecretPost,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
} from 'openid-client'
import { openText, seal } from '../sealing/seal.ts'
import type { Deps } from '../work/deps.ts'
import type { Work } from '../work/work.ts'

/** A house's provider as sign-in needs it. */
export type Provider = {
  readonly orgId: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly strongValues: readonly string[]
}
/** What must be remembered between going to the provider and coming back. */
export type OidcMemory = {
  readonly orgId: string
  readonly nonce: string
  readonly verifier: string
  readonly secret: string
}

/** Who the provider says it is. `email` only where the provider verified it; `strong` where it vouches for two factors. */
export type Vouched = {
  readonly issuer: string
  readonly subject: string
  readonly email: string | null
  readonly strong: boolean
}

const place = (orgId: string) => ({ table: 'oidc_providers', column: 'sealed_client_secret', row: orgId })
export const sealClientSecret = (work: Work, orgId: string, secret: string): Buffer =>
  seal(work.deps.keys.house('oidc'), place(orgId), secret)

export const redirectAddress = (deps: Deps): string => `${deps.settings.publicUrl}/sign-in/return`

/** The provider of a house, opened. Runs as the system: nobody is signed in yet. */
export async function findProvider(work: Work, orgId: string): Promise<Provider | null> {
  const row = await work.db
    .selectFrom('oidc_providers')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('enabled', '=', true)
    .executeTakeFirst()
  if (!row) return null
  return {
    orgId,
    issuer: row.issuer,
    clientId: row.client_id,
    clientSecret: openText(work.deps.keys.house('oidc'), place(orgId), row.sealed_client_secret),
    strongValues: row.strong_values,
  }
}

/** Plain http is for a provider on this machine; anything else goes over https. @throws Problem malformed OIDC-4 */
export function checkIssuer(issuer: string): void {
  if (new URL(issuer).protocol === 'https:' || isOnThisMachine(issuer)) return
  throw new Problem('malformed', say('单点登录服务须使用 https', 'the provider must be reached over https'), {
    rule: 'OIDC-4',
    fields: [
      {
        field: 'body.issuer',
        limit: say('https 地址', 'an https address'),
        fix: say('改用 https', 'use https'),
      },
    ],
  })
}
function isOnThisMachine(address: string): boolean {
  const { hostname } = new URL(address)
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}

/** Where to send the browser: code flow with PKCE, state and nonce. @throws Problem unavailable OIDC-5, EGRESS-1 to 5 */
export async function addressAtProvider(
  deps: Deps,
  provider: Provider,
  ticketFor: (memory: { nonce: string; verifier: string }) => string,
): Promise<string> {
  const config = await configurationOf(deps, provider)
  const [nonce, verifier] = [randomNonce(), randomPKCECodeVerifier()]
  return buildAuthorizationUrl(config, {
    redirect_uri: redirectAddress(deps),
    scope: 'openid email',
    state: ticketFor({ nonce, verifier }),
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(provider.strongValues.length > 0 ? { acr_values: provider.strongValues.join(' ') } : {}),
  }).href
}

/**
 * Exchanges the code and checks what comes back: signature, issuer, audience, times, nonce, state. @returns null when any
 * of it does not hold @throws Problem when the provider cannot be reached
 */
export async function vouchedBy(
  deps: Deps,
  provider: Provider,
  memory: OidcMemory,
  given: { code: string; state: string; iss?: string | undefined },
): Promise<Vouched | null> {
  const config = await configurationOf(deps, provider)
  const back = new URL(redirectAddress(deps))
  for (const [name, value] of Object.entries(given)) if (value !== undefined) back.searchParams.set(name, value)
  try {
    const tokens = await authorizationCodeGrant(config, back, {
      pkceCodeVerifier: memory.verifier,
      expectedNonce: memory.nonce,
      expectedState: given.state,
      idTokenExpected: true,
    })
    const claims = tokens.claims()
    if (!claims) return null
    const told =
      claims['email'] === undefined && config.serverMetadata().userinfo_endpoint !== undefined
        ? await fetchUserInfo(config, tokens.access_token, claims.sub)
        : claims
    const email =
      told['email_verified'] === true && typeof told['email'] === 'string' ? told['email'].toLowerCase() : null
    const methods = [claims['acr'], ...(Array.isArray(claims['amr']) ? claims['amr'] : [])]
    return {
      issuer: claims.iss,
      subject: claims.sub,
      email,
      strong: provider.strongValues.some((value) => methods.includes(value)),
    }
  } catch (error) {
    refusedOnTheWay(error)
    // The library's own words may hold what the provider sent; the person is told that it did not hold, and no more.
    return null
  }
}

/** What the provider says of itself. @throws Problem unavailable OIDC-5 */
async function configurationOf(deps: Deps, provider: Provider): Promise<Configuration> {
  try {
    return await discovery(
      new URL(provider.issuer),
      provider.clientId,
      undefined,
      ClientSecretPost(provider.clientSecret),
      {
        [customFetch]: fetchThrough(deps),
        timeout: 10,
        execute: isOnThisMachine(provider.issuer) ? [allowInsecureRequests] : [],
      },
    )
  } catch (error) {
    refusedOnTheWay(error)
    throw new Problem('unavailable', say('单点登录服务暂不可用', 'the sign-in provider does not answer as it should'), {
      rule: 'OIDC-5',
      cause: error,
    })
  }
}

/** The library wraps what its fetch threw; a refusal of the way out is told as it is. */
function refusedOnTheWay(error: unknown): void {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof Problem) throw cause
}

/** Every call to a provider takes the one way out: the administrator's list, no redirects, bounded in time and size. */
const fetchThrough =
  (deps: Deps): CustomFetch =>
  async (url, { method, headers, body }) => {
    const answer = await deps.egress.send(
      {
        url,
        method: method === 'POST' ? 'POST' : 'GET',
        headers,
        ...(body === undefined || body === null ? {} : { body: bodyText(body) }),
        maxBytes: 256 * 1024,
      },
      { by: 'list', rows: deps.settings.egressAllow },
    )
    const kept = new Headers()
    for (const [name, value] of Object.entries(answer.headers))
      for (const one of [value].flat()) if (one !== undefined) kept.append(name, one)
    const empty = answer.status === 204 || answer.status === 304
    return new Response(empty ? null : new Uint8Array(answer.body), { status: answer.status, headers: kept })
  }

function bodyText(body: unknown): string {
  if (typeof body === 'string') return body
  if (body instanceof URLSearchParams) return body.toString()
  throw new Error('a provider is sent forms only')
}

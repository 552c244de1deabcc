import type { HeldLease } from '@zhongheng/domain/authorizations/judge.ts'
import type { Text } from '@zhongheng/domain/shared/problem.ts'

/** The name under which the gateway itself answers its testers. It is never resolved. */
export const homeName = 'heng.gateway'

export type HomeFacts = {
  /** The lease of the asker; null when none was shown. */
  readonly held: HeldLease | null
  /** How the asker came: through the proxy settings, through an intercepted TLS tunnel, or directly to the port. */
  readonly by: 'proxy' | 'tls' | 'direct'
  /** PEM of the CA behind the certificate that the gateway itself shows; null until the platform named one. */
  readonly installation: string | null
  /** `host:port` at which the gateway listens, as the asker sees it. */
  readonly proxyAddress: string
  /** Why nothing passes for anybody at this moment; null while the gateway works. */
  readonly stoppage: Text | null
  /** ISO 8601, UTC. */
  readonly now: string
}

export type Language = 'zh' | 'en'

/** The page's language: the one asked for in the address, else the one the browser prefers of the two, else Chinese. */
export function languageOf(query: string, acceptLanguage: string | undefined): Language {
  const asked = new URLSearchParams(query).get('lang')
  if (asked === 'zh' || asked === 'en') return asked
  const preferred = /\b(zh|en)\b/i.exec(acceptLanguage ?? '')?.[1]?.toLowerCase()
  return preferred === 'en' ? 'en' : 'zh'
}

import { X509Certificate } from 'node:crypto'
import type { HeldLease } from '@zhongheng/domain/authorizations/judge.ts'
import { valueOf } from '../framing/fields.ts'
import type { RequestHead } from '../framing/request-head.ts'
import { answerBytes, pagePolicy } from '../refusal-page.ts'
import { type HomeFacts, homeName, languageOf } from './facts.ts'
import { pacForAll, pacForScope } from './pac.ts'
import { appleProfile } from './profile.ts'
import { welcome } from './welcome.ts'

type Page = {
  readonly type: string
  readonly body: string | Buffer
  readonly headers?: { readonly [name: string]: string }
  readonly policy?: string
}

/** Pages for everybody who reaches the gateway; undefined: there is none of this name. */
const openPages: { readonly [path: string]: (facts: HomeFacts, head: RequestHead, query: string) => Page | undefined } =
  {
    '/': (facts, head, query) => ({
      type: 'text/html; charset=utf-8',
      body: welcome(facts, languageOf(query, valueOf(head.fields, 'accept-language'))),
      policy: `${pagePolicy}; img-src http://${homeName} https://${homeName}`,
    }),
    '/proxy.pac': ({ proxyAddress }) => ({ type: 'application/x-ns-proxy-autoconfig', body: pacForAll(proxyAddress) }),
    '/check': (facts) => ({ type: 'application/json', body: `${JSON.stringify(check(facts), null, 2)}\n` }),
    '/tick.svg': () => ({ type: 'image/svg+xml', body: tick }),
    '/gateway-ca.crt': ({ installation }) =>
      installation === null
        ? undefined
        : { type: 'application/x-x509-ca-cert', body: new X509Certificate(installation).raw },
    '/gateway-ca.pem': ({ installation }) =>
      installation === null ? undefined : { type: 'application/x-pem-file', body: installation },
  }

/** Pages for somebody who has shown a lease. */
const ownPages: { readonly [path: string]: (held: HeldLease, facts: HomeFacts) => Page } = {
  '/ca.crt': ({ engagement }) => ({
    type: 'application/x-x509-ca-cert',
    body: new X509Certificate(engagement.caCertificate).raw,
    headers: saved(engagement.engagementId, 'crt'),
  }),
  '/ca.pem': ({ engagement }) => ({
    type: 'application/x-pem-file',
    body: engagement.caCertificate,
    headers: saved(engagement.engagementId, 'pem'),
  }),
  '/ca.mobileconfig': ({ engagement }) => ({
    type: 'application/x-apple-aspen-config',
    body: appleProfile(engagement.caCertificate, engagement.title),
    headers: saved(engagement.engagementId, 'mobileconfig'),
  }),
  '/scope.pac': ({ engagement }, { proxyAddress }) => ({
    type: 'application/x-ns-proxy-autoconfig',
    body: pacForScope(proxyAddress, engagement.scope),
    headers: saved(engagement.engagementId, 'pac'),
  }),
  '/lease': (held) => ({ type: 'application/json', body: `${JSON.stringify(leaseFacts(held), null, 2)}\n` }),
}

/** Answers a request to the gateway's own pages; which ones there are stands in the two tables above. */
export function homePage(head: RequestHead, path: string, facts: HomeFacts): Buffer {
  const keepAlive = head.keepAlive && head.body.kind === 'none'
  const withBody = head.method !== 'HEAD'
  const plain = (status: number, body: string, headers: { readonly [name: string]: string } = {}): Buffer =>
    answerBytes({ status, type: 'text/plain; charset=utf-8', body, headers, withBody, keepAlive })
  if (head.method !== 'GET' && head.method !== 'HEAD') {
    return plain(405, '仅支持 GET。GET only.\n', { Allow: 'GET, HEAD' })
  }
  const [name = '/', query = ''] = path.split('?', 2)
  const isOwn = Object.hasOwn(ownPages, name)
  if ((isOwn || name === '/sign-in') && facts.held === null) {
    return plain(401, '需要代理账号和密钥。The proxy name and secret are needed.\n', {
      'WWW-Authenticate': 'Basic realm="Zhongheng", charset="UTF-8"',
    })
  }
  if (name === '/sign-in') return plain(303, '', { Location: '/' })
  const page =
    facts.held !== null && isOwn
      ? ownPages[name]?.(facts.held, facts)
      : Object.hasOwn(openPages, name)
        ? openPages[name]?.(facts, head, query)
        : undefined
  if (page === undefined) return plain(404, '没有这一页。No such page.\n')
  return answerBytes({ status: 200, headers: {}, ...page, withBody, keepAlive })
}

const saved = (engagementId: string, ending: string): { readonly [name: string]: string } => ({
  'Content-Disposition': `attachment; filename="zhongheng-${engagementId}.${ending}"`,
})

const tick =
  '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16"><path d="M2 8.5l4 4 8-9" fill="none" stroke="#12805c" stroke-width="2.5"/></svg>'

const leaseFacts = ({ engagement, lease }: HeldLease): { readonly [name: string]: unknown } => ({
  engagement: {
    id: engagement.engagementId,
    title: engagement.title,
    state: engagement.state,
    opensAt: engagement.opensAt,
    closesAt: engagement.closesAt,
  },
  lease: {
    id: lease.leaseId,
    state: lease.state,
    opensAt: lease.opensAt,
    closesAt: lease.closesAt,
    limits: lease.limits,
  },
  caFingerprint256: new X509Certificate(engagement.caCertificate).fingerprint256,
})

const check = (facts: HomeFacts): { readonly [name: string]: unknown } => ({
  throughProxy: facts.by !== 'direct',
  accountAccepted: facts.held !== null,
  /** Seen only by a client that accepted the gateway's certificate. */
  caTrusted: facts.by === 'tls' ? true : `open https://${homeName}/check`,
  traffic: facts.stoppage === null ? 'passes' : 'held',
  ...(facts.stoppage === null ? {} : { reason: facts.stoppage }),
  now: facts.now,
})

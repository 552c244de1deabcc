import { X509Certificate } from 'node:crypto'
import type { HeldLease } from '@zhongheng/domain/authorizations/judge.ts'
import type { RequestHead } from './framing/request-head.ts'
import { answerBytes, escapeHtml, htmlPage } from './refusal-page.ts'

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
  readonly ready: boolean
  readonly now: string
}

/** Answers a request to the gateway's own pages: `/`, `/ca.crt`, `/ca.pem`, `/gateway-ca.crt`, `/gateway-ca.pem`, `/proxy.pac`, `/lease`, `/check`. */
export function homePage(head: RequestHead, path: string, facts: HomeFacts): Buffer {
  const keepAlive = head.keepAlive && head.body.kind === 'none'
  const reply = (
    status: number,
    type: string,
    body: string | Buffer,
    headers: { readonly [name: string]: string } = {},
  ): Buffer => answerBytes({ status, type, body, headers, withBody: head.method !== 'HEAD', keepAlive })
  if (head.method !== 'GET' && head.method !== 'HEAD')
    return reply(405, 'text/plain; charset=utf-8', '仅支持 GET。GET only.\n', { Allow: 'GET, HEAD' })
  switch (path.split('?')[0]) {
    case '/':
      return reply(200, 'text/html; charset=utf-8', welcome(facts))
    case '/proxy.pac':
      return reply(200, 'application/x-ns-proxy-autoconfig', pacFile(facts.proxyAddress))
    case '/check':
      return reply(200, 'application/json', `${JSON.stringify(check(facts), null, 2)}\n`)
    case '/gateway-ca.crt':
    case '/gateway-ca.pem':
      return facts.installation === null
        ? reply(404, 'text/plain; charset=utf-8', '没有这一页。No such page.\n')
        : path.startsWith('/gateway-ca.pem')
          ? reply(200, 'application/x-pem-file', facts.installation)
          : reply(200, 'application/x-x509-ca-cert', new X509Certificate(facts.installation).raw)
    case '/ca.crt':
    case '/ca.pem':
    case '/lease':
      break
    default:
      return reply(404, 'text/plain; charset=utf-8', '没有这一页。No such page.\n')
  }
  if (facts.held === null) {
    return reply(401, 'text/plain; charset=utf-8', '需要代理账号和密钥。The proxy name and secret are needed.\n', {
      'WWW-Authenticate': 'Basic realm="Zhongheng", charset="UTF-8"',
    })
  }
  const { engagement } = facts.held
  if (path.startsWith('/lease'))
    return reply(200, 'application/json', `${JSON.stringify(leaseFacts(facts.held), null, 2)}\n`)
  const file = { 'Content-Disposition': `attachment; filename="zhongheng-${engagement.engagementId}.crt"` }
  if (path.startsWith('/ca.pem')) return reply(200, 'application/x-pem-file', engagement.caCertificate, file)
  return reply(200, 'application/x-x509-ca-cert', new X509Certificate(engagement.caCertificate).raw, file)
}

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
  caTrusted: facts.by === 'tls' ? true : 'open https://heng.gateway/check',
  traffic: facts.ready ? 'passes' : 'held',
  now: facts.now,
})

const pacFile = (proxyAddress: string): string =>
  `function FindProxyForURL(url, host) {\n  return ${JSON.stringify(`PROXY ${proxyAddress}`)};\n}\n`

function welcome(facts: HomeFacts): string {
  const { held } = facts
  const rows: (readonly [string, string])[] = [
    ['代理 HTTP proxy', `http://${facts.proxyAddress}`],
    ['SOCKS5', `socks5h://${facts.proxyAddress}`],
    ...(facts.installation === null ? [] : [['TLS', `https://${facts.proxyAddress}`] as const]),
    ['流量 traffic', facts.ready ? '可转发 passes' : '暂停 held'],
  ]
  if (held !== null) {
    rows.push(
      ['项目 engagement', held.engagement.title],
      ['状态 state', held.engagement.state],
      ['租约 lease', `${held.lease.proxyName} · ${held.lease.state}`],
      ['有效期 window', `${held.lease.opensAt} – ${held.lease.closesAt}`],
      ['限制 limits', `${held.lease.limits.requestsPerSecond}/s · ${held.lease.limits.concurrency}`],
    )
  }
  const list = rows
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd><code>${escapeHtml(value)}</code></dd>`)
    .join('')
  return htmlPage(
    '众衡测试网关 Zhongheng test gateway',
    `<h1>众衡测试网关</h1><p>此代理只转发授权范围内的请求，并完整记录。请安装本项目的 CA 证书，然后打开 <a href="https://${homeName}/check">https://${homeName}/check</a> 自检。</p><p lang="en">This proxy passes only what your authorization covers and records all of it. Install the CA certificate of the engagement, then open the self-test over https.</p><dl>${list}</dl><p><a href="/ca.crt">CA 证书 certificate (DER)</a> · <a href="/ca.pem">PEM</a>${facts.installation === null ? '' : ' · <a href="/gateway-ca.crt">网关自身的 CA the gateway’s own CA (https proxy)</a>'} · <a href="/proxy.pac">PAC</a> · <a href="/lease">租约 lease</a> · <a href="/check">自检 self-test</a></p>`,
  )
}

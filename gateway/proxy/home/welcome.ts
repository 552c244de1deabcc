import { X509Certificate } from 'node:crypto'
import type { EngagementPolicy, LeasePolicy } from '@zhongheng/domain/authorizations/policy.ts'
import type { CompiledRule } from '@zhongheng/domain/authorizations/scope/compile.ts'
import type { Text } from '@zhongheng/domain/shared/problem.ts'
import { escapeHtml as e, htmlPage } from '../refusal-page.ts'
import { type HomeFacts, homeName, type Language } from './facts.ts'
import { proxySteps, type Steps, trustSteps } from './steps.ts'

/** Scope rows printed before "and so many more"; the platform's own pages show them all. */
const rowsShown = 200

const words = {
  title: { zh: '众衡测试网关', en: 'Zhongheng test gateway' },
  lead: {
    zh: '此代理只转发授权范围内的请求，并完整记录双向内容。',
    en: 'This proxy passes only what your authorization covers, and records both directions in full.',
  },
  other: { zh: 'English', en: '中文' },
  now: { zh: '当前状态', en: 'State now' },
  test: { zh: '自检', en: 'Self-test' },
  testLead: {
    zh: '下面三项都有对勾，即可开始。',
    en: 'With a tick on all three you can begin.',
  },
  account: { zh: '代理账号已接受', en: 'Proxy account accepted' },
  through: { zh: '浏览器经此代理访问', en: 'The browser comes through this proxy' },
  trusted: { zh: 'CA 证书已受信任', en: 'The CA certificate is trusted' },
  no: { zh: '尚未', en: 'not yet' },
  raw: { zh: '机器可读结果', en: 'the same for programs' },
  ca: { zh: '安装本项目的 CA 证书', en: 'Install the CA certificate of this engagement' },
  caLead: {
    zh: '只装在用于本项目的设备或浏览器上；项目结束后删除。安装前请核对指纹与平台上所示一致。',
    en: 'Install it only where you work on this engagement and remove it afterwards. Compare the fingerprint with the one on the platform first.',
  },
  proxy: { zh: '设置代理', en: 'Set the proxy' },
  scope: { zh: '授权范围', en: 'Scope' },
  scopeLead: {
    zh: '此处为网关正在执行的规则；以平台上的授权书为准。',
    en: 'These are the rules that the gateway applies; the letter on the platform is what counts.',
  },
  inside: { zh: '可测', en: 'in scope' },
  outside: { zh: '不可测', en: 'out of scope' },
  tunnel: { zh: '不解密', en: 'tunnel kept closed' },
  rawTunnel: { zh: '任意协议', en: 'any protocol' },
  signIn: {
    zh: '登录代理账号，查看租约、范围与证书',
    en: 'Sign in with your proxy account to see lease, scope and certificate',
  },
  traffic: { zh: '流量', en: 'Traffic' },
  passes: { zh: '可转发', en: 'passes' },
  httpProxy: { zh: 'HTTP 代理', en: 'HTTP proxy' },
  tlsProxy: { zh: 'TLS 代理', en: 'TLS to the proxy' },
  engagement: { zh: '项目', en: 'Engagement' },
  reason: { zh: '停测原因', en: 'Reason of the stop' },
  lease: { zh: '租约', en: 'Lease' },
  window: { zh: '有效期（UTC）', en: 'Window (UTC)' },
  limits: { zh: '限制', en: 'Limits' },
  fingerprint: { zh: 'CA 指纹 SHA-256', en: 'CA fingerprint SHA-256' },
  der: { zh: 'DER 证书', en: 'DER certificate' },
  pem: { zh: 'PEM 证书', en: 'PEM certificate' },
  profile: { zh: 'Apple 描述文件', en: 'Apple profile' },
  ownCa: { zh: '网关自身的 CA（TLS 代理用）', en: 'the gateway’s own CA (for TLS to the proxy)' },
  pacAll: { zh: 'PAC：全部经网关', en: 'PAC: everything through the gateway' },
  pacScope: { zh: 'PAC：仅范围内主机', en: 'PAC: hosts of the scope only' },
} as const satisfies { readonly [key: string]: Text }

const states: { readonly [K in EngagementPolicy['state'] | LeasePolicy['state']]: Text } = {
  testing: { zh: '测试中', en: 'testing' },
  stopped: { zh: '已停测', en: 'stopped' },
  not_started: { zh: '尚未开始', en: 'not started' },
  over: { zh: '已结束', en: 'over' },
  active: { zh: '有效', en: 'active' },
  suspended: { zh: '已暂停', en: 'suspended' },
  revoked: { zh: '已撤销', en: 'revoked' },
}

/** The page of the gateway's own name: state, self-test, certificate, proxy settings, scope. Runs no script. */
export function welcome(facts: HomeFacts, language: Language): string {
  const t = (key: keyof typeof words): string => e(words[key][language])
  const { held } = facts
  const sections = [
    section(t('now'), stateList(facts, language)),
    section(t('test'), `<p>${t('testLead')}</p>${selfTest(facts, language)}`),
    ...(held === null
      ? [`<p><a class="act" href="/sign-in">${t('signIn')}</a></p>`]
      : [section(t('ca'), certificate(held.engagement, language))]),
    section(t('proxy'), proxySettings(facts, language)),
    ...(held === null ? [] : [section(t('scope'), `<p>${t('scopeLead')}</p>${scopeTable(held.engagement, language)}`)]),
  ]
  const other = language === 'zh' ? 'en' : 'zh'
  return htmlPage(
    words.title[language],
    `<p class="switch"><a href="/?lang=${other}" lang="${other}">${t('other')}</a></p><h1>${t('title')}</h1><p>${t('lead')}</p>${sections.join('')}`,
    language,
  )
}

const section = (title: string, body: string): string => `<section><h2>${title}</h2>${body}</section>`

const list = (rows: readonly (readonly [name: string, html: string])[]): string =>
  `<dl>${rows.map(([name, html]) => `<dt>${name}</dt><dd>${html}</dd>`).join('')}</dl>`

function stateList(facts: HomeFacts, language: Language): string {
  const t = (key: keyof typeof words): string => e(words[key][language])
  const { held, stoppage } = facts
  const rows: (readonly [string, string])[] = [
    [
      t('traffic'),
      stoppage === null ? `<b class="good">${t('passes')}</b>` : `<b class="bad">${e(stoppage[language])}</b>`,
    ],
  ]
  if (held !== null) {
    const { engagement, lease } = held
    const state = (value: keyof typeof states, good: boolean): string =>
      `<b class="${good ? 'good' : 'bad'}">${e(states[value][language])}</b>`
    rows.push([t('engagement'), `${e(engagement.title)} · ${state(engagement.state, engagement.state === 'testing')}`])
    if (engagement.stopReason !== undefined) rows.push([t('reason'), e(engagement.stopReason)])
    rows.push(
      [t('lease'), `<code>${e(lease.proxyName)}</code> · ${state(lease.state, lease.state === 'active')}`],
      [t('window'), `${minute(lease.opensAt)} – ${minute(lease.closesAt)}`],
      [
        t('limits'),
        language === 'zh'
          ? `每秒 ${lease.limits.requestsPerSecond} 个请求，同时 ${lease.limits.concurrency} 个`
          : `${lease.limits.requestsPerSecond} requests a second, ${lease.limits.concurrency} at a time`,
      ],
    )
  }
  return list(rows)
}

const minute = (iso: string): string => e(iso.slice(0, 16).replace('T', ' '))

/** Ticks that need no script: two are pictures which only load where proxy and certificate are right. */
function selfTest(facts: HomeFacts, language: Language): string {
  const t = (key: keyof typeof words): string => e(words[key][language])
  const mark = (good: boolean): string => (good ? '<b class="good">✓</b>' : `<b class="bad">✗ ${t('no')}</b>`)
  const picture = (scheme: string): string =>
    `<img src="${scheme}://${homeName}/tick.svg" alt="✗ ${t('no')}" width="16" height="16">`
  return `${list([
    [t('account'), facts.held === null ? mark(false) : mark(true)],
    [t('through'), facts.by === 'direct' ? picture('http') : mark(true)],
    [t('trusted'), facts.by === 'tls' ? mark(true) : picture('https')],
  ])}<p><a href="https://${homeName}/check">https://${homeName}/check</a> · ${t('raw')}</p>`
}

function certificate(engagement: EngagementPolicy, language: Language): string {
  const t = (key: keyof typeof words): string => e(words[key][language])
  const { fingerprint256 } = new X509Certificate(engagement.caCertificate)
  return `<p>${t('caLead')}</p>${list([[t('fingerprint'), `<code>${e(fingerprint256)}</code>`]])}<p><a class="act" href="/ca.crt">${t('der')}</a> <a class="act" href="/ca.pem">${t('pem')}</a> <a class="act" href="/ca.mobileconfig">${t('profile')}</a></p>${stepsOf(trustSteps(`zhongheng-${engagement.engagementId}`), language)}`
}

function proxySettings(facts: HomeFacts, language: Language): string {
  const t = (key: keyof typeof words): string => e(words[key][language])
  const address = (scheme: string): string => `<code>${e(`${scheme}://${facts.proxyAddress}`)}</code>`
  const at = facts.proxyAddress.lastIndexOf(':')
  const steps = proxySteps(
    facts.proxyAddress.slice(0, at),
    facts.proxyAddress.slice(at + 1),
    facts.held?.lease.proxyName ?? 'NAME',
  )
  const own = facts.installation === null ? [] : [[t('tlsProxy'), address('https')] as const]
  return `${list([[t('httpProxy'), address('http')], ['SOCKS5', address('socks5h')], ...own])}<p><a href="/proxy.pac">${t('pacAll')}</a>${facts.held === null ? '' : ` · <a href="/scope.pac">${t('pacScope')}</a>`}${facts.installation === null ? '' : ` · <a href="/gateway-ca.crt">${t('ownCa')}</a>`}</p>${stepsOf(steps, language)}`
}

const stepsOf = (all: readonly Steps[], language: Language): string =>
  all
    .map(
      ({ name, steps }) =>
        `<details><summary>${e(name[language])}</summary>${steps
          .map(({ text, code }) => `<p>${e(text[language])}</p>${code === undefined ? '' : `<pre>${e(code)}</pre>`}`)
          .join('')}</details>`,
    )
    .join('')

function scopeTable({ scope }: EngagementPolicy, language: Language): string {
  const t = (key: keyof typeof words): string => e(words[key][language])
  const rows = new Map<string, CompiledRule>()
  for (const rule of scope.rules) rows.set(rule.rowId, rows.get(rule.rowId) ?? rule)
  const ordered = [...rows.values()].toSorted((a, b) => Number(a.effect === 'out') - Number(b.effect === 'out'))
  const handling = (rule: CompiledRule): string =>
    rule.handling === undefined ? '' : ` · ${t(rule.handling === 'tunnel' ? 'tunnel' : 'rawTunnel')}`
  const lines = ordered
    .slice(0, rowsShown)
    .map(
      (rule) =>
        `<tr><td><b class="${rule.effect === 'out' ? 'bad' : 'good'}">${t(rule.effect === 'out' ? 'outside' : 'inside')}</b>${handling(rule)}</td><td><code>${e(rule.asset)}</code></td></tr>`,
    )
  const more = ordered.length - lines.length
  const rest =
    more > 0 ? `<p>${language === 'zh' ? `另有 ${more} 行，见平台。` : `${more} more rows: see the platform.`}</p>` : ''
  return `<table>${lines.join('')}</table>${rest}`
}

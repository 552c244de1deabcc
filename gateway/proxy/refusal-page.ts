import { createHash } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Refusal } from './refusals.ts'

const style = [
  'body{font:16px/1.6 system-ui,sans-serif;margin:0;background:#f6f7f9;color:#1c2430}',
  'main{max-width:42rem;margin:8vh auto;padding:0 1.25rem}',
  'h1{font-size:1.35rem;margin:0 0 .25rem}h2{font-size:1rem;margin:2rem 0 .25rem}',
  'dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{color:#5b6675}dd{margin:0;overflow-wrap:anywhere}',
  'code,pre{font-family:ui-monospace,monospace}a{color:#0b5d54}.good{color:#12735a}.bad{color:#b3261e}',
  'section{background:#fff;border:1px solid #dde2e0;border-radius:10px;padding:1rem 1.25rem;margin:1rem 0}section h2{margin:0 0 .5rem}',
  'pre{background:#eef1f0;border-radius:6px;padding:.5rem .75rem;margin:.25rem 0 .75rem;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem}',
  'details{border-top:1px solid #dde2e0;padding:.4rem 0}summary{cursor:pointer;font-weight:600}details p{margin:.4rem 0}',
  'table{border-collapse:collapse;width:100%}td{padding:.25rem .75rem .25rem 0;vertical-align:top;overflow-wrap:anywhere}td:first-child{white-space:nowrap}',
  '.switch{float:right;margin:.2rem 0}.act{display:inline-block;border:1px solid #0b5d54;border-radius:6px;padding:.2rem .75rem;margin:.2rem .4rem .2rem 0;text-decoration:none}img{vertical-align:middle}',
  '@media(max-width:36rem){main{margin:1.5rem auto}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}',
  '@media(prefers-color-scheme:dark){body{background:#0e1413;color:#e6e9ee}section{background:#161d1c;border-color:#2a3331}pre{background:#0e1413}details{border-color:#2a3331}dt{color:#9aa6b4}a{color:#5fc3b5}.act{border-color:#5fc3b5}.good{color:#5fc3b5}.bad{color:#ff8a80}}',
].join('')
const styleHash = createHash('sha256').update(style).digest('base64')
/** Pages of the gateway run nothing and load nothing. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const entities: { readonly [char: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? char)

/** @param body HTML, already escaped where it holds foreign text */
export const htmlPage = (title: string, body: string, language: 'zh' | 'en' = 'zh'): string =>
  `<!doctype html><html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>${body}</main></body></html>\n`

export type AnswerOptions = {
  readonly status: number
  readonly type: string
  readonly body: string | Buffer
  readonly headers?: { readonly [name: string]: string }
  /** The Content-Security-Policy where a page may load a little more than nothing. */
  readonly policy?: string
  /** False leaves the body out (HEAD) but keeps its length. */
  readonly withBody: boolean
  readonly keepAlive: boolean
}

/** Headers of an answer that the gateway itself gives, in any version of HTTP. @param length of its body in bytes */
const answerHeaders = (options: AnswerOptions, length: number): readonly (readonly [string, string])[] => [
  ['Content-Type', options.type],
  ['Content-Length', String(length)],
  ['Cache-Control', 'no-store'],
  ['Content-Security-Policy', options.policy ?? pagePolicy],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ...Object.entries(options.headers ?? {}),
]

/** The bytes of an answer that the gateway itself gives. */
export function answerBytes(options: AnswerOptions): Buffer {
  const body = Buffer.from(options.body)
  const lines = [
    `HTTP/1.1 ${options.status} ${STATUS_CODES[options.status] ?? 'Refused'}`,
    ...answerHeaders(options, body.length).map(([name, value]) => `${name}: ${value}`),
    `Connection: ${options.keepAlive ? 'keep-alive' : 'close'}`,
  ]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return options.withBody ? Buffer.concat([head, body]) : head
}

export type RefusalContext = {
  /** The request's Accept header. */
  readonly accept: string
  /** What was asked for, to be shown. */
  readonly asked: string
  readonly exchangeId: string
  readonly at: string
  readonly method: string
  readonly keepAlive: boolean
}

/** The refusal as the tester's tool likes it: HTML for browsers, JSON where asked for, else plain text. */
export const refusalBytes = (refusal: Refusal, context: RefusalContext): Buffer =>
  answerBytes(refusalOptions(refusal, context))

/** The same for HTTP/2: without a status line and without anything about the connection. */
export function refusalParts(
  refusal: Refusal,
  context: Omit<RefusalContext, 'keepAlive'>,
): { readonly status: number; readonly headers: readonly (readonly [string, string])[]; readonly body: Buffer } {
  const options = refusalOptions(refusal, { ...context, keepAlive: true })
  const body = Buffer.from(options.body)
  return {
    status: options.status,
    headers: answerHeaders(options, body.length),
    body: options.withBody ? body : Buffer.alloc(0),
  }
}

function refusalOptions(refusal: Refusal, context: RefusalContext): AnswerOptions {
  const [type, body] = context.accept.includes('text/html')
    ? ['text/html; charset=utf-8', refusalHtml(refusal, context)]
    : context.accept.includes('json')
      ? ['application/json; charset=utf-8', refusalJson(refusal, context)]
      : ['text/plain; charset=utf-8', refusalText(refusal, context)]
  const headers: { [name: string]: string } = { 'X-Zhongheng-Refusal': refusal.rule }
  if (refusal.status === 407) headers['Proxy-Authenticate'] = 'Basic realm="Zhongheng", charset="UTF-8"'
  if (refusal.waitMs !== undefined) headers['Retry-After'] = String(Math.max(1, Math.ceil(refusal.waitMs / 1000)))
  return {
    status: refusal.status,
    type,
    body,
    headers,
    withBody: context.method !== 'HEAD',
    keepAlive: context.keepAlive,
  }
}

function facts(refusal: Refusal, context: RefusalContext): readonly (readonly [string, string])[] {
  const known: readonly (readonly [string, string | undefined])[] = [
    ['规则 rule', refusal.rule],
    ['项目 engagement', refusal.engagementTitle],
    ['请求 request', context.asked],
    ['范围条目 scope row', refusal.row === undefined ? undefined : `${refusal.row.asset} (${refusal.row.rowId})`],
    ['等待 wait', refusal.waitMs === undefined ? undefined : `${refusal.waitMs} ms`],
    ['时间 time', context.at],
    ['编号 reference', context.exchangeId],
  ]
  return known.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value] as const]))
}

/** English that begins a sentence; elsewhere the same words stand within one. */
const capital = (english: string): string => english.charAt(0).toUpperCase() + english.slice(1)

function refusalHtml(refusal: Refusal, context: RefusalContext): string {
  const rows = facts(refusal, context).map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd><code>${escapeHtml(value)}</code></dd>`,
  )
  return htmlPage(
    `众衡 · ${refusal.rule}`,
    `<h1>测试网关未转发此请求</h1><p>${escapeHtml(refusal.text.zh)}</p><p>${escapeHtml(refusal.help.zh)}。</p><h2 lang="en">The test gateway did not pass this request on</h2><p lang="en">${escapeHtml(capital(refusal.text.en))}</p><p lang="en">${escapeHtml(capital(refusal.help.en))}.</p><dl>${rows.join('')}</dl>`,
  )
}

function refusalText(refusal: Refusal, context: RefusalContext): string {
  return [
    `众衡测试网关未转发此请求：${refusal.text.zh}。${refusal.help.zh}。`,
    `The Zhongheng test gateway did not pass this request on: ${refusal.text.en}. ${capital(refusal.help.en)}.`,
    ...facts(refusal, context).map(([name, value]) => `${name}: ${value}`),
    '',
  ].join('\n')
}

function refusalJson(refusal: Refusal, context: RefusalContext): string {
  const { code, rule, text, help, engagementTitle, row, waitMs } = refusal
  // Ids are told only to somebody whose secret was right: the title comes with that.
  const engagementId = engagementTitle === undefined ? undefined : refusal.engagementId
  const { asked, at, exchangeId } = context
  return `${JSON.stringify({ code, rule, text, help, engagementId, engagementTitle, row, waitMs, asked, at, exchangeId })}\n`
}

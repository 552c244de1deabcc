import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { FastifyRequest } from 'fastify'
import { filesPath } from './files-origin.ts'

const loopback = ['127.0.0.1', 'localhost', '[::1]']

/**
 * Answers only under our own names: that of the public address, the address listened on, and loopback. A page on another name that
 * resolves to us (DNS rebinding) gets nothing, and no answer can be made to hold a name that a request brought. Links are made of the
 * public address whatever a request says; forwarded names are never read.
 * @returns what throws Problem misdirected HOST-1, unreadable HOST-2 for several Host lines
 */
export function hostGuard(settings: {
  readonly publicUrl: string
  readonly filesUrl: string | null
  readonly host: string
}): (request: FastifyRequest) => void {
  const files = settings.filesUrl === null ? null : new URL(settings.filesUrl).hostname
  const ours = new Set([...loopback, new URL(settings.publicUrl).hostname, settings.host.toLowerCase()])
  return (request) => {
    const lines = request.raw.rawHeaders.filter((line, at) => at % 2 === 0 && line.toLowerCase() === 'host').length
    if (lines > 1)
      throw new Problem('unreadable', say('请求含多个 Host', 'the request has several Host lines'), { rule: 'HOST-2' })
    const named = [request.headers.host ?? '']
    // The absolute form names its target a second time.
    if (/^[a-z]+:/i.test(request.url)) named.push(URL.canParse(request.url) ? new URL(request.url).host : '')
    // Probes of a load balancer ask by address; the answer says nothing of us.
    if (request.url === '/healthz' && lines === 1) return
    const bare = named.map((one) => one.toLowerCase().replace(/:\d{1,5}$/, ''))
    // Two origins: downloads under the one name, everything else under the others, and neither under both.
    const isDownload = request.url.startsWith(filesPath)
    if (isDownload ? bare.every((one) => one === files) : bare.every((one) => ours.has(one))) return
    throw new Problem(
      'misdirected',
      say('请使用本平台的地址访问（ZH_PUBLIC_URL）', 'ask under this platform’s own address (ZH_PUBLIC_URL)'),
      { rule: 'HOST-1' },
    )
  }
}

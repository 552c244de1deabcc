import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { FastifyRequest } from 'fastify'

/**
 * Refuses what another site makes a browser send. A changing call needs a header that no form can set; where the
 * browser says from where it comes, that must be here. Cookies are not the only ambient right, so sign-in is guarded too.
 * @throws Problem forbidden CSRF-1, CSRF-2, CSRF-3
 */
export function refuseOtherSites(request: FastifyRequest, publicUrl: string): void {
  if (request.headers['x-zhongheng'] !== '1')
    throw new Problem('forbidden', say('缺少请求头 X-Zhongheng: 1', 'the header X-Zhongheng: 1 is missing'), {
      rule: 'CSRF-1',
    })
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new Problem('forbidden', say('请求来自其他网站', 'the request comes from another site'), { rule: 'CSRF-2' })
  const { origin } = request.headers
  if (origin !== undefined && !isOurs(origin, request.headers.host, publicUrl))
    throw new Problem('forbidden', say('请求来自其他网站', 'the request comes from another site'), { rule: 'CSRF-3' })
}

/** The public address, or the very host that was called: people may reach one installation by two names. */
function isOurs(origin: string, host: string | undefined, publicUrl: string): boolean {
  if (!URL.canParse(origin)) return false
  return origin === new URL(publicUrl).origin || (host !== undefined && new URL(origin).host === host)
}

import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import Fastify, { type FastifyReply } from 'fastify'
import { guard, refuseGarbage } from '../http/guard.ts'
import { hostGuard } from '../http/host.ts'
import { problemBody, statusOf } from '../http/problems.ts'
import { type Gathered, gatherShares } from '../sealing/gather-shares.ts'
import type { Openers } from '../sealing/keepers.ts'
import { KeyError } from '../signing/checkpoint-signer.ts'
import type { Settings } from './settings.ts'

/** Tries that one address has within a minute, right or wrong. A wrong share costs us a hash and nothing more. */
const mostInAMinute = 30
const mostAddresses = 10_000

/**
 * Serves the sealed platform until enough holders have brought their shares: a page and a route for them, health, and 503
 * for everything else. Shares stay in memory, are never written and never repeated.
 * @returns the unlocking key, when the port is free again
 */
export const askHolders =
  (
    settings: Pick<Settings, 'host' | 'port' | 'publicUrl' | 'trustedProxies'>,
    ready: (port: number) => void,
  ): Openers['shares'] =>
  async (set, isRight) => {
    const gathering = gatherShares(set, isRight)
    const done = Promise.withResolvers<void>()
    const mayTry = throttle()
    const take = (share: string, address: string): Gathered => {
      if (!mayTry(address))
        throw new Problem('too_many', say('尝试过多，请一分钟后再试', 'too many tries; come again in a minute'), {
          rule: 'SEAL-4',
        })
      const state = gathering.take(share)
      if (gathering.key()) setImmediate(done.resolve)
      return state
    }
    const app = Fastify({
      logger: false,
      bodyLimit: 4096,
      requestTimeout: 10_000,
      trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
      clientErrorHandler: refuseGarbage,
    })
    app.removeAllContentTypeParsers()
    for (const type of ['application/json', 'application/x-www-form-urlencoded'])
      app.addContentTypeParser(type, { parseAs: 'string' }, (_request, text, parsed) => parsed(null, text))
    const checkHost = hostGuard({ ...settings, filesUrl: null })
    app.addHook('onRequest', async (request, reply) => {
      guard(reply, settings.publicUrl)
      checkHost(request)
    })
    app.setErrorHandler((error, request, reply) => {
      const problem = asProblem(error)
      const chinese = /^zh/i.test(String(request.headers['accept-language'] ?? ''))
      return reply.code(statusOf[problem.code]).send(problemBody(problem, chinese))
    })
    const page = (reply: FastifyReply, status: number, words = '') =>
      reply
        .code(status)
        .header('content-security-policy', pagePolicy)
        .type('text/html; charset=utf-8')
        .send(html(gathering.state(), words))
    app.setNotFoundHandler((request, reply) => {
      // Whoever opens the platform in a browser finds out what to do.
      if (request.method === 'GET' && /\btext\/html\b/.test(request.headers.accept ?? '')) return page(reply, 503)
      throw new Problem(
        'unavailable',
        say(
          `平台处于封存状态：需要 ${set.needed} 份密钥份额（共 ${set.of} 份）解封，见 /unseal`,
          `the platform is sealed: ${set.needed} of ${set.of} shares open it, see /unseal`,
        ),
        { rule: 'SEAL-3' },
      )
    })
    app.get('/healthz', async (_request, reply) => reply.code(503).send({ ready: false, sealed: gathering.state() }))
    app.get('/unseal', async (_request, reply) => page(reply, 200))
    app.post('/unseal', async (request, reply) => {
      const text = typeof request.body === 'string' ? request.body : ''
      if (request.headers['content-type']?.startsWith('application/json')) return take(shareIn(text), request.ip)
      try {
        take(new URLSearchParams(text).get('share') ?? '', request.ip)
        return page(reply, 200)
      } catch (error) {
        const { code, text: why } = asProblem(error)
        return page(reply, statusOf[code], `${why.zh} · ${why.en}`)
      }
    })
    await app.listen({ host: settings.host, port: settings.port })
    const address = app.server.address()
    ready(typeof address === 'object' && address ? address.port : settings.port)
    await done.promise
    await app.close()
    const key = gathering.key()
    if (!key) throw new Error('the shares are not there')
    return key
  }

function shareIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null && 'share' in body && typeof body.share === 'string')
      return body.share
  } catch {
    // Answered below, without what was given.
  }
  throw new Problem('unreadable', say('请求体应为 {"share": "zhs1-…"}', 'the body must be {"share": "zhs1-…"}'), {
    rule: 'INPUT-3',
  })
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof KeyError) return new Problem('malformed', error.text, { rule: 'SEAL-5' })
  return new Problem('unreadable', say('请求无法读取', 'the request cannot be read'), { rule: 'INPUT-3' })
}

/** Counts by address, forgotten each minute; bounded, whoever comes. */
function throttle(): (address: string) => boolean {
  let minute = 0
  let tries = new Map<string, number>()
  return (address) => {
    const now = Math.floor(performance.now() / 60_000)
    if (now !== minute) tries = new Map()
    minute = now
    const before = tries.get(address) ?? 0
    if (before >= mostInAMinute || (before === 0 && tries.size >= mostAddresses)) return false
    tries.set(address, before + 1)
    return true
  }
}

/** The form may be sent to ourselves, and nothing else may happen on the page. */
const pagePolicy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

/** A page without script or style: it must work when nothing else does. Its words hold nothing that a request brought. */
const html = ({ given, needed }: Gathered, words: string): string => `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>解封 · Unseal</title></head><body>
<h1>众衡：平台已封存 · Zhongheng is sealed</h1>
<p>${
  given >= needed
    ? '已解封，平台正在启动。 · Unsealed; the platform starts now.'
    : `已收到 ${given} / ${needed} 份。请份额持有人依次输入各自的份额。 · ${given} of ${needed} shares are in. Each holder enters their own share.`
}</p>
${words === '' ? '' : `<p role="alert"><strong>${words}</strong></p>`}
<form method="post" action="/unseal"><p><label>份额 · Share<br>
<input type="password" name="share" size="60" maxlength="400" autocomplete="off" required></label></p>
<p><button type="submit">提交 · Send</button></p></form>
<p>份额只保存在内存中，不会被记录。 · Shares stay in memory and are not logged.</p>
</body></html>
`

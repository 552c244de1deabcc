import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import cookie from '@fastify/cookie'
import fastifyStatic from '@fastify/static'
import type { Actor } from '@zhongheng/domain/access/actor.ts'
import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { isOverBudget } from '@zhongheng/domain/audit/reading-budget.ts'
import { Problem, type Text, say } from '@zhongheng/domain/shared/problem.ts'
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Deps } from '../work/deps.ts'
import { recordNamed } from '../work/decoy-openings.ts'
import { type Work, inSystemWork, inWork } from '../work/work.ts'
import { cookiesOf } from './cookies.ts'
import { refuseOtherSites } from './cross-site.ts'
import { serveFiles } from './files-origin.ts'
import { guard, refuseExpectation, refuseGarbage } from './guard.ts'
import { keyOf, remember, replay } from './idempotency.ts'
import { checkText, parseNothing, parsePart, pick, readJson } from './input.ts'
import { readRange } from './ranges.ts'
import { liveBoardOf } from './live-board.ts'
import { openApi } from './openapi.ts'
import { hostGuard } from './host.ts'
import { isPageAddress } from './page-address.ts'
import { notFound, plainName, problemBody, statusOf, wrongType } from './problems.ts'
import { holdRight } from './still-held.ts'
import { type Caller, type FileReply, type Later, type Route, checkedRoutes } from './registry.ts'
import { endSlowBody, longestRequest } from './slow-bodies.ts'
import { checkEntry, checkStepUp, whoCalls } from './who.ts'

const bodyLimit = 4 * 1024 * 1024
const jsonType = /^application\/json[\t ]*(?:;[\t ]*charset="?utf-8"?[\t ]*)?$/i
const mostBytes = say(`文件最多 ${attachmentLimits.bytes} 字节`, `a file has at most ${attachmentLimits.bytes} bytes`)

/** The HTTP edge: log-in state, input, access, one unit of work, answer. Rules live elsewhere. */
export async function buildApp(
  deps: Deps,
  allRoutes: readonly Route[],
  options: { log?: boolean } = {},
): Promise<FastifyInstance> {
  const routes = checkedRoutes(allRoutes)
  const app = Fastify({
    logger: options.log ? { level: 'info', redact: ['req.headers.cookie', 'req.headers.authorization'] } : false,
    bodyLimit,
    logController: new LogController({ disableRequestLogging: true }),
    // Without this every visitor behind a reverse proxy would share one address, and one throttle.
    trustProxy: deps.settings.trustedProxies.length > 0 ? [...deps.settings.trustedProxies] : false,
    // Heads and bodies that drip are ended; looked for every five seconds.
    requestTimeout: longestRequest,
    // Requests without a Host line are refused by our own guard: Node’s refusal would lack our headers.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 5_000, requireHostHeader: false },
    // A HEAD of a stream would open it with nobody to read; nothing here is worth asking for its headers alone.
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: false },
    // What the router refuses by itself passes no hook: it gets the same headers and the same form of refusal.
    frameworkErrors: (error, request, reply) => {
      guard(reply, deps.settings.publicUrl)
      void sendFault(error, request, reply)
    },
    clientErrorHandler: refuseGarbage,
  })
  app.server.on('checkExpectation', refuseExpectation)
  await app.register(cookie)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    try {
      // Read as UTF-8 whatever it says: who says otherwise is read by others otherwise (RFC 8259 8.1).
      if (!jsonType.test(request.headers['content-type'] ?? '')) throw wrongType()
      done(null, text === '' ? undefined : readJson(text as string))
    } catch (error) {
      done(error as Problem)
    }
  })

  // A file is read by its handler, piece by piece; routes that take none refuse the type below.
  app.addContentTypeParser('application/octet-stream', (request, payload, done) =>
    Number(request.headers['content-length'] ?? 0) > attachmentLimits.bytes
      ? done(tooLarge(mostBytes, say('压缩或拆分文件', 'compress it or split it')))
      : done(null, payload),
  )

  const checkHost = hostGuard(deps.settings)
  app.addHook('onRequest', async (request, reply) => {
    guard(reply, deps.settings.publicUrl)
    endSlowBody(request)
    checkHost(request)
    // A body that unfolds while it is read has no size that could be limited before.
    if (![undefined, 'identity'].includes(request.headers['content-encoding']))
      throw new Problem('unsupported_type', say('不接受压缩的请求体', 'compressed bodies are not accepted'), {
        rule: 'INPUT-7',
      })
  })
  // One line a request, of fields that cannot hold what people wrote.
  app.addHook('onResponse', async (request, reply) => {
    request.log.info({
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    })
  })
  app.addHook('preClose', () => liveBoardOf(deps).close())
  app.setErrorHandler((error, request, reply) => sendFault(error, request, reply))

  app.get('/healthz', { exposeHeadRoute: true }, async (_request, reply) => {
    const up = await inSystemWork(deps, async (work) => work.now).then(
      () => true,
      () => false,
    )
    return reply.code(up ? 200 : 503).send({ ready: up })
  })
  const description = openApi(routes)
  app.get('/api/openapi.json', async (_request, reply) => reply.type('application/json').send(description))

  serveFiles(app, deps)
  for (const one of routes) {
    app.route({
      method: one.method as 'GET',
      url: one.path,
      config: { takesFile: one.endpoint.takes !== undefined },
      ...(one.bodyLimit === undefined ? {} : { bodyLimit: one.bodyLimit }),
      handler: (request, reply) => serve(deps, one, request, reply),
    })
  }
  await serveWeb(app, deps)
  return app
}

async function serve(deps: Deps, one: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const unsafe = one.method !== 'GET'
  // A program that brings its token by itself has no browser that another site could use.
  if (unsafe && request.headers.authorization === undefined) refuseOtherSites(request, deps.settings.publicUrl)
  const cookies = cookiesOf(deps.settings.publicUrl)
  const who = await whoCalls(deps, request, cookies.loginIn(request), !one.byItself)
  const caller: Caller = {
    agent: String(request.headers['user-agent'] ?? '').slice(0, 200),
    address: request.ip,
    devices: cookies.devicesIn(request),
    login: who?.login ?? null,
    chinese: speaksChinese(request, who),
    stillLives: () => who?.stillLives() ?? Promise.resolve(false),
  }
  const orRecorded = async <T>(task: () => T | Promise<T>): Promise<T> => {
    try {
      return await task()
    } catch (error) {
      if (who) await recordRefusal(deps, who.actor, one, { on: {}, named: [] }, error)
      throw error
    }
  }
  if (one.access !== 'public') await orRecorded(() => checkEntry(who, one))
  const params = parsePart('params', one.endpoint.params, request.params ?? {})
  for (const [name, text] of Object.entries((request.query ?? {}) as object))
    for (const piece of [text].flat()) checkText(String(piece), `query.${plainName(name)}`)
  const query = parsePart('query', one.endpoint.query, request.query ?? {})
  const isFile = request.body instanceof Readable
  if (isFile && one.endpoint.takes === undefined) throw wrongType()
  if (one.endpoint.body && request.body === undefined)
    throw new Problem('unreadable', say('缺少请求体', 'the body is missing'), {
      rule: 'INPUT-3',
      fields: [
        {
          field: 'body',
          limit: say('需要 JSON 对象', 'a JSON object'),
          fix: say('见接口说明', 'see the API description'),
        },
      ],
    })
  const body = one.endpoint.body
    ? parsePart('body', one.endpoint.body, request.body)
    : isFile
      ? undefined
      : parseNothing(request.body)

  if (who && one.endpoint.stepUp) await orRecorded(async () => checkStepUp(who, one, body, await moment(deps)))
  await one.before?.(caller, body as never)
  const idempotencyKey = unsafe && one.method === 'POST' && who ? keyOf(request) : null
  const on: Record<string, unknown> = {}
  const run = async (work: Work): Promise<{ status: number; value: unknown }> => {
    const earlier = idempotencyKey ? await replay(work, one, idempotencyKey, [params, query, request.body]) : null
    for (const [field, reference] of Object.entries(one.references)) {
      const value = pick({ params, query, body }, field)
      if (value === undefined || value === null) continue
      const context = { params: params as Record<string, unknown>, on }
      on[field] = Array.isArray(value)
        ? await inOrder(value as string[], (id) => reference.load(work, id, context))
        : await reference.load(work, value as string, context)
    }
    // Only now: whoever lost what the request names gets no more of it by asking the same again.
    if (earlier) return earlier
    const value = await one.handle({
      work,
      params: params as never,
      query: query as never,
      body: body as never,
      file: (isFile ? request.body : undefined) as never,
      on,
      caller,
      setLogin: (begun) => {
        cookies.setLogin(reply, begun?.token ?? null)
        if (begun?.device) cookies.setDevice(reply, request, begun.device)
      },
    })
    // What reveals or changes does so by a right that holds at its commit; acts on the own account end logins themselves.
    if (who && one.access !== 'public' && (isLater(value) || one.endpoint.file || unsafe) && !ownAccount(one))
      await holdRight(work, who)
    const status = one.endpoint.status ?? 200
    if (idempotencyKey && !isLater(value) && one.endpoint.reply)
      await remember(work, one, idempotencyKey, [params, query, request.body], status, value)
    return { status, value }
  }
  const actor: Actor | null = who?.actor ?? null
  const { status, value } =
    actor && one.access !== 'public'
      ? await inWork(deps, actor, run).catch(async (error: unknown) => {
          const named = Object.keys(one.references).flatMap((field) => [pick({ params, query, body }, field)].flat())
          await recordRefusal(deps, actor, one, { on, named: named.filter((id) => typeof id === 'string') }, error)
          throw error
        })
      : await inSystemWork(deps, run)
  const final: unknown = isLater(value) ? await value.later() : value
  if (one.endpoint.file) return sendFile(reply, one.endpoint.file, final as FileReply)
  if (!one.endpoint.reply) return reply.code(204).send()
  // Strict on the way out as well: a field that is not in the contract is a leak in the making.
  return reply.code(status).send(one.endpoint.reply.parse(final))
}

const ownAccount = (one: Route): boolean => /^\/api\/(account|sign-|step-up)/.test(one.path)

/** Database time, for a decision before the transaction of the act begins. */
const moment = (deps: Deps): Promise<Date> => inSystemWork(deps, async (work) => work.now)

/**
 * A refusal is an event too (GBT43741-PS-05): it is written after the refused transaction was rolled back.
 * @param given.on objects that were found; @param given.named ids that the request named
 */
async function recordRefusal(
  deps: Deps,
  actor: Actor,
  one: Route,
  { on, named }: { readonly on: Record<string, unknown>; readonly named: readonly string[] },
  error: unknown,
): Promise<void> {
  if (!(error instanceof Problem)) return
  const overBudget = isOverBudget(error)
  if (!overBudget && !['forbidden', 'not_found', 'wrong_state', 'refused'].includes(error.code)) return
  const engagementId = (on['params.engagementId'] as { id?: string } | undefined)?.id ?? null
  await inWork(deps, actor, async (work) => {
    work.record({
      kind: overBudget
        ? 'reading.refused'
        : error.code === 'not_found' || error.code === 'forbidden'
          ? 'access.denied'
          : 'request.refused',
      engagementId,
      subject: (on['params.approvalId'] as { id?: string } | undefined)?.id ?? null,
      role: actor.orgKind,
      // That somebody ran into a budget is what the parties look for; other refusals are the house's own.
      audience: overBudget ? 'parties' : 'house',
      facts: { route: one.key, code: error.code, rule: error.rule ?? error.code },
    })
    // Also where it was refused for its state: what a decoy shows as its state is known to whoever saw a list.
    await recordNamed(work, named)
  })
}

const isLater = (value: unknown): value is Later<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  'later' in value &&
  typeof (value as Later<unknown>).later === 'function'

async function inOrder<T>(ids: readonly string[], load: (id: string) => Promise<T>): Promise<T[]> {
  const found: T[] = []
  for (const id of ids) found.push(await load(id))
  return found
}

function speaksChinese(request: FastifyRequest, who: { readonly locale: string } | null): boolean {
  const wish = request.headers['accept-language']
  if (wish) return !/^en\b/i.test(String(wish).trim())
  return who ? who.locale === 'zh-CN' : true
}

function sendFile(reply: FastifyReply, type: string, file: FileReply): FastifyReply {
  const { range, 'if-range': ifRange } = reply.request.headers
  reply.header('content-type', file.type ?? type)
  if (file.immutable) reply.header('cache-control', 'public, max-age=31536000, immutable')
  if (file.name) {
    const plain = file.name.replace(/[^\w.-]/g, '_')
    reply.header(
      'content-disposition',
      `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    )
  }
  if (file.ranges) {
    const { size, etag } = file.ranges
    reply.header('accept-ranges', 'bytes').header('etag', `"${etag}"`)
    const part = ifRange === undefined || ifRange === `"${etag}"` ? readRange(range, size) : 'whole'
    if (part === 'none') return reply.code(416).header('content-range', `bytes */${size}`).send(file.ranges.read(0, -1))
    if (part !== 'whole') {
      reply.code(206).header('content-range', `bytes ${part.first}-${part.last}/${size}`)
      return reply.header('content-length', part.last - part.first + 1).send(file.ranges.read(part.first, part.last))
    }
    reply.header('content-length', size)
  }
  return reply.send(
    file.bytes instanceof Readable
      ? file.bytes
      : Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength),
  )
}

function sendFault(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error)
  if (!problem) {
    request.log.error({ err: error }, 'unexpected fault')
    const text = say('系统内部错误，已记录；请稍后重试', 'an internal fault was logged; try again later')
    return reply
      .code(500)
      .type('application/problem+json')
      .send({ type: 'about:blank', title: 'fault', status: 500, code: 'fault', detail: text.en, text, fields: [] })
  }
  if (problem.rule === 'READY-2') request.log.error({ err: error }, 'a disk refuses')
  if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter))
  return reply
    .code(statusOf[problem.code])
    .type('application/problem+json')
    .send(problemBody(problem, speaksChinese(request, null)))
}

/** What pg says, without a code, of a connection that went while it was used or did not come in time. */
const lostConnection =
  /^(Connection terminated|Client (was closed|has encountered a connection error)|timeout exceeded when trying to connect)/

const tooLarge = (limit: Text, fix: Text): Problem =>
  new Problem('too_large', say('请求体过大', 'the body is too large'), {
    rule: 'INPUT-6',
    fields: [{ field: 'body', limit, fix }],
  })

/** Knows the refusals that libraries make for us; anything else is a fault of ours. */
function toProblem(error: unknown): Problem | null {
  if (error instanceof Problem) return error
  const code = (error as { code?: unknown }).code
  const status = (error as { statusCode?: unknown }).statusCode
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return tooLarge(
      say('一般最多 4 MiB', 'at most 4 MiB, less where the call says so'),
      say('分次提交', 'send less at once'),
    )
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' || status === 415) return wrongType()
  // 23505: two at the same moment, where each saw that nothing was there yet.
  if (code === '40P01' || code === '40001' || code === '23505')
    return new Problem('conflict', say('有人同时修改，请重试', 'somebody changed it at the same moment; try again'), {
      rule: 'VERSION-1',
    })
  // No connection, a restart, no room, a disk that fails, a statement that took too long: it is not known to be done, so it may be tried again.
  if (
    typeof code === 'string'
      ? /^(ECONN(REFUSED|RESET)|EPIPE|ETIMEDOUT|57P0[123]|57014|53\d{3}|58030|08\d{3})$/.test(code)
      : error instanceof Error && lostConnection.test(error.message)
  )
    return new Problem('unavailable', say('数据库暂不可用', 'the database is not available now'), { rule: 'READY-1' })
  // A disk of our own that is full or cannot be written: nothing was kept, and it goes when there is room again.
  if (typeof code === 'string' && /^(ENOSPC|EDQUOT|EROFS|EIO)$/.test(code))
    return new Problem(
      'unavailable',
      say(
        '平台的磁盘已满或不可写，内容未保存；请通知管理员，稍后重试',
        'a disk of the platform is full or cannot be written, nothing was kept; tell the administrator and try again later',
      ),
      { rule: 'READY-2' },
    )
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') return notFound()
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new Problem('unreadable', say('请求有误', 'the request is wrong'), { rule: 'INPUT-1' })
  return null
}

async function serveWeb(app: FastifyInstance, deps: Deps): Promise<void> {
  const folder = deps.settings.webFolder
  app.setNotFoundHandler(async (request, reply) => {
    const index = join(folder, 'index.html')
    if (request.method !== 'GET' || !isPageAddress(request.url) || !existsSync(index)) throw notFound()
    const nonce = randomBytes(18).toString('base64')
    reply.header(
      'content-security-policy',
      `default-src 'none'; script-src 'self' 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types default`,
    )
    return reply.type('text/html; charset=utf-8').send(readFileSync(index, 'utf8').replaceAll('__NONCE__', nonce))
  })
  // The verifier's two files are kept and used elsewhere; none of them is a page of ours.
  if (existsSync(join(folder, 'verifier')))
    await app.register(fastifyStatic, {
      root: join(folder, 'verifier'),
      prefix: '/verifier/',
      decorateReply: false,
      setHeaders: (response, path) => {
        response.header('content-disposition', `attachment; filename="${basename(path)}"`)
      },
    })
  if (existsSync(join(folder, 'assets')))
    await app.register(fastifyStatic, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      decorateReply: false,
      cacheControl: false,
      // The build leaves .br and .gz beside each asset.
      preCompressed: true,
      setHeaders: (response) => {
        // Names carry a hash of the content.
        response.header('cache-control', 'public, max-age=31536000, immutable')
      },
    })
}

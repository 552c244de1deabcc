import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { publicFiles, readShopFile } from './files.ts'
import { label } from './label.ts'
import {
  adminPage,
  downloadsPage,
  homePage,
  loginPage,
  notePage,
  ordersPage,
  productPage,
  searchPage,
} from './pages.ts'
import type { Shop } from './state.ts'

const largestBody = 65_536
const longestWait = 10_000
const largestDownload = 256

type Asked = {
  readonly shop: Shop
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  /** The number in the path, where the route has one. */
  readonly number: number
}
type Route = {
  readonly method: 'GET' | 'POST'
  readonly path: RegExp
  readonly run: (asked: Asked) => void | Promise<void>
}

const routes: readonly Route[] = [
  { method: 'GET', path: /^\/$/, run: home },
  { method: 'GET', path: /^\/search$/, run: search },
  { method: 'GET', path: /^\/products\/(\d{1,6})$/, run: product },
  { method: 'POST', path: /^\/products\/(\d{1,6})\/reviews$/, run: review },
  { method: 'GET', path: /^\/login$/, run: ({ response }) => html(response, 200, loginPage(false)) },
  { method: 'POST', path: /^\/login$/, run: login },
  { method: 'GET', path: /^\/orders$/, run: myOrders },
  { method: 'GET', path: /^\/downloads$/, run: ({ response }) => html(response, 200, downloadsPage(publicFiles())) },
  { method: 'GET', path: /^\/files$/, run: file },
  { method: 'GET', path: /^\/go$/, run: go },
  { method: 'GET', path: /^\/slow$/, run: slow },
  { method: 'GET', path: /^\/big$/, run: big },
  {
    method: 'GET',
    path: /^\/admin\/?$/,
    run: ({ shop, response }) => html(response, 200, adminPage(shop.rows.totals())),
  },
  {
    method: 'GET',
    path: /^\/robots\.txt$/,
    run: ({ response }) => text(response, 200, 'User-agent: *\nDisallow: /\n'),
  },
  { method: 'GET', path: /^\/api\/health$/, run: ({ response }) => json(response, 200, { ok: true }) },
  { method: 'GET', path: /^\/api\/products$/, run: productsJson },
  { method: 'GET', path: /^\/api\/orders$/, run: ordersJson },
  { method: 'GET', path: /^\/api\/orders\/(\d{1,9})$/, run: orderJson },
  { method: 'POST', path: /^\/__reset$/, run: reset },
  { method: 'POST', path: /^\/__owner-file$/, run: putOwnerFile },
  {
    method: 'GET',
    path: /^\/\.well-known\/zhongheng-challenge\.txt$/,
    run: ({ shop, response }) => text(response, shop.ownerFile ? 200 : 404, shop.ownerFile),
  },
]

/** Answers one request of the shop. Never rejects: a broken connection ends here. */
export async function answer(shop: Shop, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(label.headers)) response.setHeader(name, value)
  response.on('error', () => response.destroy())
  try {
    const url = URL.parse(request.url ?? '/', 'http://shop')
    if (url === null) return html(response, 400, notePage('地址有误 Bad address', '请检查地址。Check the address.'))
    const here = routes.filter((one) => one.path.test(url.pathname))
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const route = here.find((one) => one.method === method)
    if (route) {
      const number = Number(route.path.exec(url.pathname)?.[1] ?? 0)
      await route.run({ shop, request, response, query: url.searchParams, number })
    } else if (here.length > 0) {
      response.setHeader('allow', here.map((one) => one.method).join(', '))
      html(response, 405, notePage('方法不对 Wrong method', '此地址不接受该方法。This address takes another method.'))
    } else {
      html(response, 404, notePage('没有此页 No such page', '本店没有此页。The shop has no such page.'))
    }
  } catch (error) {
    if (response.headersSent || response.destroyed) response.destroy()
    else if (error instanceof BadBody) {
      response.setHeader('connection', 'close')
      json(response, error.status, { error: error.message })
      request.resume()
    } else if (!request.complete) response.destroy()
    else {
      process.stderr.write(`practice-target: ${error instanceof Error ? (error.stack ?? error.message) : 'fault'}\n`)
      html(response, 500, notePage('靶场故障 Fault', '请重置靶场。Reset the practice target.'))
    }
  }
}

function home({ shop, request, response }: Asked): void {
  html(response, 200, homePage(shop.rows.productsOnSale(), shop.customerOf(request.headers.cookie)))
}

/** FLAW (CWE-209 beside CWE-89 and CWE-79): tells the engine's error to whoever asks. */
function search({ shop, response, query }: Asked): void {
  const words = query.get('q')
  if (words === null) return html(response, 200, searchPage('', undefined))
  try {
    html(response, 200, searchPage(words, shop.rows.searchProducts(words)))
  } catch (error) {
    html(response, 500, searchPage(words, undefined, engineError(error)))
  }
}

function productsJson({ shop, response, query }: Asked): void {
  try {
    json(response, 200, { products: shop.rows.searchProducts(query.get('q') ?? '') })
  } catch (error) {
    json(response, 500, { error: engineError(error) })
  }
}

const engineError = (error: unknown): string =>
  `[SQLITE_ERROR] SQLite error: ${error instanceof Error ? error.message : String(error)}`

function product({ shop, request, response, number }: Asked): void {
  const found = shop.rows.product(number)
  if (!found) return html(response, 404, notePage('没有此商品 No such item', '请返回首页。Go back to the goods.'))
  html(response, 200, productPage(found, shop.rows.reviewsOf(number), shop.customerOf(request.headers.cookie)))
}

async function review({ shop, request, response, number }: Asked): Promise<void> {
  const body = await readBody(request)
  const words = body.get('body') ?? ''
  if (!shop.rows.product(number)) return json(response, 404, { error: '没有此商品 no such item' })
  if (words === '' || words.length > 4000) return json(response, 400, { error: 'body: 1–4000 字 characters' })
  if (!shop.rows.addReview(number, (body.get('author') ?? '匿名').slice(0, 100), words)) {
    return json(response, 409, { error: '评价已满，请重置靶场 reviews are full, reset the practice target' })
  }
  redirect(response, `/products/${number}`)
}

async function login({ shop, request, response }: Asked): Promise<void> {
  const body = await readBody(request)
  const customer = shop.rows.customerBy(body.get('login') ?? '', body.get('password') ?? '')
  if (!customer) return html(response, 401, loginPage(true))
  response.setHeader('set-cookie', `shop_session=${shop.begin(customer)}; Path=/; HttpOnly; SameSite=Lax`)
  redirect(response, '/orders')
}

function myOrders({ shop, request, response }: Asked): void {
  const customer = shop.customerOf(request.headers.cookie)
  if (!customer) return redirect(response, '/login')
  html(response, 200, ordersPage(shop.rows.ordersOf(customer.id), customer))
}

function ordersJson({ shop, request, response }: Asked): void {
  const customer = shop.customerOf(request.headers.cookie)
  if (!customer) return json(response, 401, { error: '请先登录 sign in first' })
  json(response, 200, { orders: shop.rows.ordersOf(customer.id) })
}

/** FLAW (CWE-639, CWE-306): neither who asks nor whose order it is matters; the number is enough. */
function orderJson({ shop, response, number }: Asked): void {
  const order = shop.rows.order(number)
  if (!order) return json(response, 404, { error: '没有此订单 no such order' })
  json(response, 200, { order })
}

function file({ response, query }: Asked): void {
  const found = readShopFile(query.get('name') ?? '')
  if (!found) return text(response, 404, '没有此文件 no such file\n')
  text(response, 200, found.text)
}

/** FLAW (CWE-601): sends the visitor wherever the address says. */
function go({ response, query }: Asked): void {
  const to = query.get('to') ?? '/'
  // Node refuses control characters in a header; the flaw is the target, not the header.
  redirect(response, /^[\x21-\x7e]+$/.test(to) ? to : encodeURI(to.toWellFormed()), 302)
}

/** FLAW (CWE-770): anybody may keep a connection waiting, up to ten seconds; three where `ms` is not given. */
async function slow({ response, query }: Asked): Promise<void> {
  const asked = Number(query.get('ms') ?? 3000)
  const waited = Number.isFinite(asked) ? Math.min(Math.max(Math.trunc(asked), 0), longestWait) : 3000
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  await wait(waited, undefined, { signal: gone.signal }).catch(() => undefined)
  json(response, 200, { waitedMs: waited })
}

/** A download of `mb` mebibytes (1 to 256), each byte the same on every run. */
function big({ request, response, query }: Asked): void {
  const asked = Number(query.get('mb') ?? 1)
  if (!Number.isInteger(asked) || asked < 1 || asked > largestDownload) {
    return json(response, 400, { error: `mb: 1–${largestDownload}` })
  }
  const block = Buffer.alloc(65_536, 'practice target 靶场 ')
  let left = asked * 16
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': String(asked * 1_048_576),
    'content-disposition': 'attachment; filename="practice.bin"',
  })
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  const pump = (): void => {
    while (left > 0) {
      left -= 1
      if (!response.write(block)) {
        response.once('drain', pump)
        return
      }
    }
    response.end()
  }
  pump()
}

const isLocal = (request: IncomingMessage): boolean =>
  /^(127\.|::1$|::ffff:127\.)/.test(request.socket.remoteAddress ?? '')

/** The shop's owner puts the text that proves ownership where a verifier fetches it. Form or JSON: `{ "text": … }`. */
async function putOwnerFile({ shop, request, response }: Asked): Promise<void> {
  if (!isLocal(request)) return json(response, 403, { error: '仅限本机 loopback only' })
  shop.ownerFile = ((await readBody(request)).get('text') ?? '').slice(0, 200)
  json(response, 200, { kept: true })
}

function reset({ shop, request, response }: Asked): void {
  if (!isLocal(request)) return json(response, 403, { error: '仅限本机 loopback only' })
  shop.reset()
  json(response, 200, { reset: true })
}

class BadBody extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Reads a form or a flat JSON object of at most 64 KiB. @throws BadBody with the status to answer */
async function readBody(request: IncomingMessage): Promise<Map<string, string>> {
  const chunks: Buffer[] = []
  let size = 0
  // Left early, the iterator would end the connection before the refusal is sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody) throw new BadBody(413, '内容超过 64 KiB / body is over 64 KiB')
    chunks.push(chunk)
  }
  const written = Buffer.concat(chunks).toString('utf8')
  const kind = (request.headers['content-type'] ?? '').split(';')[0]?.trim()
  if (kind === 'application/x-www-form-urlencoded') return new Map(new URLSearchParams(written))
  if (kind !== 'application/json') throw new BadBody(415, '请用表单或 JSON / send a form or JSON')
  try {
    const value: unknown = JSON.parse(written)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('not an object')
    return new Map(Object.entries(value).filter((one): one is [string, string] => typeof one[1] === 'string'))
  } catch {
    throw new BadBody(400, 'JSON 有误 / not a JSON object')
  }
}

function redirect(response: ServerResponse, to: string, status = 303): void {
  response.writeHead(status, { location: to, 'content-length': '0' })
  response.end()
}
function send(response: ServerResponse, status: number, type: string, body: string): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, { 'content-type': type, 'content-length': String(bytes.length) })
  response.end(bytes)
}
const html = (response: ServerResponse, status: number, body: string): void =>
  send(response, status, 'text/html; charset=utf-8', body)
const text = (response: ServerResponse, status: number, body: string): void =>
  send(response, status, 'text/plain; charset=utf-8', body)
const json = (response: ServerResponse, status: number, value: object): void =>
  send(response, status, 'application/json', JSON.stringify(value))

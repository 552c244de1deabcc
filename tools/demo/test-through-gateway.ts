import { setTimeout as wait } from 'node:timers/promises'
import type { Company } from './cast.ts'
import { writeFile } from 'node:fs/promises'
import { type Lease, runClient, visit } from './http-clients.ts'
import type { Person } from './person.ts'
import type { Prepared, Target, Tell } from './prepare.ts'
import { move, record } from './prepare.ts'

export type Clients = { readonly curl: string | null; readonly sqlmap: string | null; readonly ffuf: string | null }
export type ExchangeId = string

/** The exchanges that findings will cite, by what they show. */
export type Shown = { readonly [what: string]: ExchangeId }

/**
 * Testing through the real gateway with real clients: ordinary browsing, the flaws, what the scope refuses, a stop order in
 * the middle. @returns the exchange that shows each flaw
 */
export async function testThroughGateway(
  company: Company,
  prepared: Prepared,
  target: Target,
  clients: Clients,
  tell: Tell,
): Promise<Shown> {
  const { engagementId, leases } = prepared
  const shop = `http://${target.host}:${target.port}`
  const secure = `https://${target.host}:${target.tlsPort}`
  const by = (lease: Lease, url: string) => visit(clients.curl, lease, url)
  await untilOpen(() => by(leases.tester, `${shop}/`))

  tell('测试者浏览商城（HTTP 与 HTTPS）', 'testers browse the shop over HTTP and HTTPS')
  for (const path of [
    '/',
    '/products/1',
    '/products/2',
    '/search?q=tea',
    '/downloads',
    '/robots.txt',
    '/login',
    '/api/products',
    '/api/health',
  ])
    await by(leases.tester, shop + path)
  for (const path of ['/', '/products/3', '/orders']) await by(leases.tester2, secure + path)

  tell('越界请求被网关拒绝', 'requests outside the scope are refused')
  await by(leases.tester, `${shop}/admin`)
  await by(leases.tester, `http://pay.${target.host}:${target.port}/`)
  await by(leases.tester, 'http://www.example.com/')
  await by(leases.tester2, 'http://127.0.0.1:22/')
  await by(leases.tester2, 'http://169.254.169.254/latest/meta-data/')

  tell(
    '发现漏洞：SQL 注入、越权、跨站、目录穿越、开放重定向',
    'flaws: SQL injection, IDOR, XSS, path walk, open redirect',
  )
  const union = encodeURIComponent("zz' union select id, login, password, 1, phone from customers -- ")
  await by(leases.tester, `${shop}/search?q=${union}`)
  await by(leases.tester2, `${shop}/api/orders/1001`)
  await by(leases.tester2, `${shop}/api/orders/1002`)
  await by(leases.tester2, `${shop}/search?q=${encodeURIComponent('<script>alert(1)</script>')}`)
  await by(leases.tester, `${shop}/files?name=${encodeURIComponent('../private/backup.txt')}`)
  await by(leases.tester2, `${secure}/go?to=${encodeURIComponent('https://other.example/')}`)

  if (clients.sqlmap) {
    tell('sqlmap 经网关验证注入', 'sqlmap confirms the injection through the gateway')
    const proxy = new URL(leases.tester.proxyUrl)
    const run = await runClient(
      clients.sqlmap,
      [
        '-u',
        `${shop}/search?q=tea`,
        '--proxy',
        `http://${proxy.host}`,
        `--proxy-cred=${proxy.username}:${proxy.password}`,
        '--batch',
        '--technique=U',
        '--dbms=sqlite',
        '--level=2',
        '--tables',
        '--flush-session',
        '--disable-coloring',
      ],
      60,
    )
    const proven = run.stdout.includes("is 'Generic UNION query")
    tell(
      proven ? 'sqlmap：参数 q 可注入' : 'sqlmap：未能确认',
      proven ? 'sqlmap: q is injectable' : 'sqlmap: not confirmed',
    )
  }
  if (clients.ffuf) {
    tell('ffuf 经网关探测路径', 'ffuf looks for paths through the gateway')
    const words = `${leases.tester2.caFile}.words`
    await writeFile(
      words,
      [
        'admin',
        'api',
        'backup',
        'cart',
        'checkout',
        'config',
        'downloads',
        'help',
        'login',
        'orders',
        'private',
        'products',
        'robots.txt',
        'search',
        'static',
        'test',
        'upload',
        'user',
      ].join('\n'),
    )
    await runClient(
      clients.ffuf,
      [
        '-u',
        `${shop}/FUZZ`,
        '-w',
        words,
        '-x',
        leases.tester2.proxyUrl,
        '-t',
        '2',
        '-p',
        '0.05',
        '-mc',
        '200,301,302,403,404',
        '-s',
      ],
      30,
    )
  }

  tell('审计方下达停止令，随后恢复', 'the auditor orders a stop; then testing resumes')
  await stopAndResume(company, engagementId, () => by(leases.tester, `${shop}/products/1`))
  await indexed(company.auditor, engagementId)
  return pickShown(company, engagementId)
}

/** A little ordinary traffic, allowed and refused. */
export async function browse({ leases }: Prepared, target: Target, curl: string | null): Promise<void> {
  const shop = `http://${target.host}:${target.port}`
  await untilOpen(() => visit(curl, leases.tester, `${shop}/`))
  for (const path of ['/products/1', '/search?q=tea', '/api/products', '/admin'])
    await visit(curl, leases.tester, shop + path)
  for (const path of ['/', '/products/2'])
    await visit(curl, leases.tester2, `https://${target.host}:${target.tlsPort}${path}`)
}

/** A fresh lease reaches the gateway within a second; wait until it does. */
async function untilOpen(attempt: () => Promise<number>): Promise<void> {
  for (let n = 0; n < 40; n++) {
    if ((await attempt()) === 200) return
    await wait(250)
  }
  throw new Error('the gateway lets nothing through: see its log')
}

async function stopAndResume(company: Company, engagementId: string, attempt: () => Promise<number>): Promise<void> {
  const { auditor, organizer } = company
  await move(auditor, engagementId, 'stop', '发现可能影响业务的请求模式，先暂停核实。')
  for (let n = 0; n < 20 && (await attempt()) === 200; n++) await wait(50)
  await record(auditor, engagementId, 'resume_approval', { reason: '经核实为正常测试流量，可以恢复。' })
  await record(organizer, engagementId, 'resume_approval', { reason: '已提醒测试者控制速率，同意恢复。' })
  await move(organizer, engagementId, 'resume')
  await untilOpen(attempt)
}

/** Waits until the index has caught up with what was sent. */
async function indexed(reader: Person, engagementId: string): Promise<void> {
  let last = -1
  for (let n = 0; n < 40; n++) {
    const { counts } = await reader.call('GET /api/engagements/:engagementId', { params: { engagementId } })
    const now = counts.exchanges + counts.refusals
    if (now > 0 && now === last) return
    last = now
    await wait(700)
  }
}

async function pickShown({ tester, tester2 }: Company, engagementId: string): Promise<Shown> {
  const find = async (person: Person, search: string): Promise<string> => {
    const { exchanges } = await person.call('GET /api/engagements/:engagementId/exchanges', {
      params: { engagementId },
      query: { search, verdict: 'passed', limit: 200 },
    })
    // The oldest one: the hand-made request, not one of a scanner's variations.
    const row = exchanges.at(-1)
    if (!row) throw new Error(`no recorded exchange for ${search}`)
    return row.exchangeId
  }
  return {
    sql: await find(tester, 'union'),
    order: await find(tester2, '/api/orders/1001'),
    order2: await find(tester2, '/api/orders/1002'),
    xss: await find(tester2, 'script'),
    walk: await find(tester, '/files'),
    redirect: await find(tester2, '/go'),
    plain: await find(tester, '/downloads'),
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Company, signInAll } from '@zhongheng/tools/demo/cast.ts'
import { type Lease, findProgram, visit } from '@zhongheng/tools/demo/http-clients.ts'
import { move, record, takeLease } from '@zhongheng/tools/demo/prepare.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningPlatform, startPlatform } from './platform.ts'

/* Server, gateway, recorder, database and practice target as real processes; real clients. */
let platform: RunningPlatform
let company: Company
let lease: Lease
let shop: string
const curl = findProgram('curl')
beforeAll(async () => {
  platform = await startPlatform({ webPages: false })
  company = await signInAll(platform.stage.base, platform.stage.dataFolder)
  lease = await takeLease(company.tester, platform.engagementId, join(platform.stage.workFolder, 'journey-ca.pem'))
  shop = `http://${platform.stage.target.host}:${platform.stage.target.port}`
  await eventually(async () => (await visit(curl, lease, `${shop}/`)) === 200)
})
afterAll(() => platform.stop())

async function eventually(check: () => Promise<boolean>, seconds = 20): Promise<void> {
  const until = performance.now() + seconds * 1000
  // A server that is being started again refuses connections: that is "not yet" as well.
  let last: unknown
  for (;;) {
    const so = await check().catch((error: unknown) => {
      last = error
      return false
    })
    if (so) return
    if (performance.now() > until) throw new Error(`still not so after ${seconds} s`, { cause: last })
    await wait(100)
  }
}
const params = () => ({ engagementId: platform.engagementId })
const recorded = async (search: string) =>
  (
    await company.auditor.call('GET /api/engagements/:engagementId/exchanges', {
      params: params(),
      query: { search, limit: 200 },
    })
  ).exchanges

describe('traffic', () => {
  it('is listed for the auditor, readable in full, and the reading is an event', async () => {
    expect(await visit(curl, lease, `${shop}/products/1?mark=listed`)).toBe(200)
    await eventually(async () => (await recorded('mark=listed')).length === 1)
    const row = (await recorded('mark=listed'))[0]
    const page = await company.auditor.call('GET /api/engagements/:engagementId/exchanges/:exchangeId', {
      params: { ...params(), exchangeId: row?.exchangeId ?? '' },
    })
    expect(page.request.head).toMatch(/^GET \/products\/1\?mark=listed HTTP\/1\.1\r\n/)
    expect(page.response.head).toMatch(/^HTTP\/1\.1 200/)
    expect(page.response.body).toContain('靶场')
  })
  it('of one tester is hidden from the other', async () => {
    const row = (await recorded('mark=listed'))[0]
    const response = await company.tester2.fetch('GET /api/engagements/:engagementId/exchanges/:exchangeId', {
      params: { ...params(), exchangeId: row?.exchangeId },
    })
    expect(response.status).toBe(404)
  })
  it('through intercepted TLS carries the engagement’s own certificate authority', async () => {
    expect(
      await visit(
        curl,
        lease,
        `https://${platform.stage.target.host}:${platform.stage.target.tlsPort}/products/2?mark=tls`,
      ),
    ).toBe(200)
    await eventually(async () => (await recorded('mark=tls')).length === 1)
    expect((await recorded('mark=tls'))[0]).toMatchObject({ scheme: 'https', outcome: 'complete' })
  })
  it('to a host one label beside the scope is refused and recorded as a refusal', async () => {
    expect(
      await visit(curl, lease, `http://x${platform.stage.target.host}:${platform.stage.target.port}/?mark=beside`),
    ).toBe(403)
    await eventually(async () => (await recorded('mark=beside')).length === 1)
    expect((await recorded('mark=beside'))[0]).toMatchObject({ kind: 'refusal', refusal: { rule: 'SCOPE-1' } })
  })
  it('with another account’s secret is refused', async () => {
    const other = new URL(lease.proxyUrl)
    other.username = 't-0000000000'
    expect(await visit(curl, { ...lease, proxyUrl: other.href }, `${shop}/`)).toBe(407)
  })
})

describe('a stop order', () => {
  it('silences the wire and both sides’ approval opens it again', async () => {
    await move(company.auditor, platform.engagementId, 'stop', '核实一处异常请求，先行暂停。')
    await eventually(async () => (await visit(curl, lease, `${shop}/`)) === 503, 5)
    await record(company.auditor, platform.engagementId, 'resume_approval', {
      reason: '核实完毕，未见异常，可以恢复。',
    })
    await record(company.organizer, platform.engagementId, 'resume_approval', {
      reason: '已提醒测试者，同意恢复测试。',
    })
    await move(company.organizer, platform.engagementId, 'resume')
    await eventually(async () => (await visit(curl, lease, `${shop}/`)) === 200)
  })
})

describe('kill -9', () => {
  it.each(['gateway', 'recorder', 'server'])(
    'of the %s in the middle of traffic loses no exchange that was answered',
    async (name) => {
      const answered: string[] = []
      let going = true
      const traffic = Promise.all(
        [1, 2].map(async (client) => {
          for (let n = 0; going && n < 2000; n++) {
            const mark = `mark=${name}-${client}-${n}-end`
            if ((await visit(curl, lease, `${shop}/api/health?${mark}`)) === 200) answered.push(mark)
            // A refused connection comes back at once: a little patience keeps the loop bounded while the process is away.
            else await wait(50)
          }
        }),
      )
      await eventually(async () => answered.length > 5)
      const before = answered.length
      process.kill(pidOf(name), 'SIGKILL')
      // It comes back by itself, and traffic with it.
      await eventually(async () => answered.length > before + 5, 40)
      going = false
      await traffic
      const seen = new Set<string>()
      await eventually(async () => {
        for (let after: string | undefined; ; ) {
          const page = await company.auditor.call('GET /api/engagements/:engagementId/exchanges', {
            params: params(),
            query: { search: `mark=${name}-`, limit: 200, ...(after ? { after } : {}) },
          })
          for (const row of page.exchanges) seen.add(row.path.split('?')[1] ?? '')
          if (!page.next) break
          after = page.next
        }
        return answered.every((mark) => seen.has(mark))
      }, 30).catch(() => undefined)
      expect(
        answered.filter((mark) => !seen.has(mark)),
        logOf('server'),
      ).toEqual([])
    },
  )
})

describe('a lease', () => {
  it('that was revoked lets nothing through any more', async () => {
    const { leases } = await company.organizer.call('GET /api/engagements/:engagementId/leases', { params: params() })
    const own = leases.find((one) => one.state === 'active' && lease.proxyUrl.includes(one.proxyName))
    await company.organizer.call('POST /api/engagements/:engagementId/leases/:leaseId/state', {
      params: { ...params(), leaseId: own?.leaseId ?? '' },
      body: { state: 'revoked', reason: '测试收回' },
    })
    await eventually(async () => [403, 407].includes(await visit(curl, lease, `${shop}/`)), 5)
  })
})

/** The launcher notes its children in the lock file of the data folder; names come from their command lines. */
function pidOf(name: string): number {
  const lock = JSON.parse(readFileSync(join(platform.stage.dataFolder, 'lock'), 'utf8')) as { children?: number[] }
  const pid = lock.children?.find((one) =>
    readFileSync(`/proc/${one}/cmdline`, 'utf8').includes(`${name}/main/main.ts`),
  )
  if (!pid) throw new Error(`no process of ${name} in ${JSON.stringify(lock)}`)
  return pid
}

/** The end of a program's log, so that a failure explains itself. */
const logOf = (name: string): string =>
  readFileSync(join(platform.stage.dataFolder, 'logs', `${name}.log`), 'utf8').slice(-3000)

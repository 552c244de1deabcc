import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import type { AlertReceiverList } from '@zhongheng/contracts/http/alert-receivers.ts'
import type { Call } from '@zhongheng/contracts/http/index.ts'
import { PatternsOfUse } from '@zhongheng/domain/conduct/patterns-of-use.ts'
import { readAllowList } from '@zhongheng/domain/egress/destination.ts'
import { type Cast, assemble, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Deps } from '../work/deps.ts'
import { deliverAlerts } from './alert-deliveries.ts'
import { watchConduct } from './conduct.ts'

/* Alerts told to systems outside: real listeners on loopback, and what they got read by other means than ours. */
let stage: Stage
let cast: Cast
let engagementId: string
const ends: (() => void)[] = []
const heard: { headers: Record<string, unknown>; body: string }[] = []
let answer = 200
const hook = createServer((request, response) => {
  let body = ''
  request.on('data', (part: Buffer) => (body += part.toString()))
  request.on('end', () => {
    heard.push({ headers: request.headers, body })
    response.writeHead(answer).end('thanks')
  })
})
const listening = (server: {
  listen: (port: number, host: string, done: () => void) => unknown
  address: () => unknown
}) =>
  new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
let hookAt = ''

beforeAll(async () => {
  hookAt = `http://127.0.0.1:${await listening(hook)}/alerts`
  ends.push(() => hook.close())
  stage = await openStage({ settings: { egressAllow: readAllowList('127.0.0.1 soc.example') } })
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
})
afterAll(async () => {
  for (const end of ends) end()
  await stage.close()
})

const identityCard = '11010519491231002X'
const patterns = new PatternsOfUse()
/** The tester gets an identity card number in an answer; the detectors have looked. */
async function alertHappens(host = 'shop.practice.test'): Promise<string> {
  const id = await recordedExchange(stage, engagementId, cast.tester)
  const bytes = {
    request: `GET /a?token=geheim HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    response: `HTTP/1.1 200 OK\r\n\r\n{"id":"${identityCard}"}`,
  }
  const side = (name: keyof typeof bytes) => async () => Readable.from([Buffer.from(bytes[name])])
  const deps: Deps = {
    ...stage.deps,
    recorder: { ...stage.deps.recorder, request: side('request'), response: side('response') },
  }
  while ((await watchConduct(deps, patterns)) > 0);
  return id
}
const later = (minutes: number): Deps => ({
  ...stage.deps,
  clock: { now: () => new Date(Date.now() + minutes * 60_000) },
})
const params = () => ({ engagementId })
type Body = Call<'POST /api/engagements/:engagementId/alert-receivers'>['body']
const webhook = (more: Partial<Body> = {}): Body => ({
  name: '值班',
  channel: 'webhook',
  form: 'ocsf',
  jurisdiction: 'CN',
  address: hookAt,
  ...more,
})
const add = (body: Body) =>
  cast.organizer.call('POST /api/engagements/:engagementId/alert-receivers', { params: params(), body })
const list = (person = cast.auditor): Promise<AlertReceiverList> =>
  person.call('GET /api/engagements/:engagementId/alert-receivers', { params: params() })
const remove = (receiverId: string) =>
  cast.organizer.call('DELETE /api/engagements/:engagementId/alert-receivers/:receiverId', {
    params: { engagementId, receiverId },
  })
const settleOpen = async () => {
  const { alerts } = await cast.organizer.call('GET /api/engagements/:engagementId/alerts', {
    params: params(),
    query: { state: 'open' },
  })
  for (const { alertId } of alerts)
    await cast.organizer.call('POST /api/engagements/:engagementId/alerts/:alertId/decision', {
      params: { engagementId, alertId },
      body: { act: 'settle', outcome: 'false_alarm', reason: '练习靶场的假数据' },
    })
}
const newest = (all: AlertReceiverList) => all.receivers.at(-1)?.receiverId ?? ''
/** RFC 5424 taken apart by its own grammar. */
const header =
  /^<(?<pri>\d{1,3})>1 (?<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) (?<host>\S+) zhongheng - (?<id>\S+) - (?<json>\{.*\})$/

describe('a webhook', () => {
  let secret = ''
  it('gets each alert once, in OCSF, signed by a key that is shown once; openssl makes the same signature', async () => {
    const added = await add(webhook())
    secret = added.secret ?? ''
    expect((await list(cast.organizer)).secret).toBeNull()
    const exchangeId = await alertHappens()
    while ((await deliverAlerts(stage.deps)) > 0);
    expect(heard).toHaveLength(1)
    const { headers, body } = heard[0] ?? { headers: {}, body: '' }
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64').toString('hex')
    const mac = execFileSync('openssl', ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${key}`, '-binary'], {
      input: signed,
    })
    expect(headers['webhook-signature']).toBe(`v1,${mac.toString('base64')}`)
    const event = JSON.parse(body) as Record<string, unknown>
    expect(event).toMatchObject({ class_uid: 2004, type_uid: 200401, severity_id: 4, status_id: 1, is_alert: true })
    expect(JSON.stringify(event)).toContain(exchangeId)
    expect((await list()).receivers[0]).toMatchObject({ waiting: 0, givenUp: 0, lastFailure: null })
    expect((await list()).receivers[0]?.lastSentAt).not.toBeNull()
  })

  it('holds nothing that was seen, no host, name or title, in either form', async () => {
    await settleOpen()
    await add(webhook({ name: '国标', form: 'gbt44886' }))
    await alertHappens()
    while ((await deliverAlerts(stage.deps)) > 0);
    const { name } = await cast.tester.call('GET /api/me', {})
    const { title } = await cast.organizer.call('GET /api/engagements/:engagementId', { params: params() })
    const bodies = heard.map(({ body }) => body)
    expect(bodies.some((body) => body.includes('zhongheng-gbt44886-alert/1'))).toBe(true)
    expect(bodies.map((body) => (JSON.parse(body) as { status?: string }).status)).toContain('Suppressed')
    const all = bodies.map((body) => JSON.stringify(JSON.parse(body))).join('\n')
    for (const hidden of [identityCard.slice(0, 12), 'geheim', 'practice', name, title, '练习靶场'])
      expect(all, hidden).not.toContain(hidden)
    await remove(newest(await list()))
  })

  it('is tried again after a failure with the same bytes and id, and given up after a day, which the timeline says', async () => {
    answer = 503
    const from = heard.length
    await settleOpen()
    for (let minutes = 0; minutes < 60 * 40; minutes += 60 * 4) await deliverAlerts(later(minutes + minutes / 60))
    const [waits] = (await list()).receivers
    expect(waits).toMatchObject({ waiting: 1, lastFailure: { en: 'the receiver answered 503' } })
    for (let hours = 60; hours < 120; hours += 9) await deliverAlerts(later(hours * 60))
    expect((await list()).receivers[0]).toMatchObject({ waiting: 0, givenUp: 1 })
    const tries = heard.slice(from)
    expect(tries).toHaveLength(11)
    expect(new Set(tries.map(({ body }) => body)).size).toBe(1)
    expect(new Set(tries.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    const { events } = await cast.auditor.call('GET /api/engagements/:engagementId/timeline', { params: params() })
    expect(events.map(({ kind }) => kind)).toContain('alert_receiver.failed')
    answer = 200
  })

  it('that was removed gets nothing any more, also of what waited', async () => {
    const from = heard.length
    const receiverId = (await list()).receivers[0]?.receiverId ?? ''
    const path = { params: { engagementId, receiverId } }
    await cast.organizer.call('POST /api/engagements/:engagementId/alert-receivers/:receiverId/test', path)
    await remove(receiverId)
    expect(await deliverAlerts(stage.deps)).toBe(0)
    expect(heard).toHaveLength(from)
  })
})

const noSocat = spawnSync('which', ['socat']).status !== 0
describe('syslog', () => {
  const tested = async (body: Body) => {
    const receiverId = newest(await add(body))
    await cast.organizer.call('POST /api/engagements/:engagementId/alert-receivers/:receiverId/test', {
      params: { engagementId, receiverId },
    })
    while ((await deliverAlerts(stage.deps)) > 0);
    return receiverId
  }

  it.skipIf(noSocat)(
    'over TCP counts octets (RFC 6587): socat takes one frame, and its length is what it says',
    async () => {
      const port = await freePort()
      const socat = spawn('socat', ['-u', `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr`, 'STDOUT'])
      let text = ''
      socat.stdout.on('data', (part: Buffer) => (text += part.toString('latin1')))
      const over = new Promise((resolve) => socat.on('close', resolve))
      ends.push(() => socat.kill())
      await accepts(port, socat)
      const receiverId = await tested({
        name: 'socat',
        channel: 'syslog_tcp',
        form: 'ocsf',
        jurisdiction: 'CN',
        address: `127.0.0.1:${port}`,
      })
      await over
      const [, count, line = ''] = /^(\d+) (.*)$/s.exec(text) ?? []
      expect(line).toHaveLength(Number(count))
      const parts = header.exec(line)?.groups
      expect(parts).toMatchObject({ pri: '118', id: 'alert.test', host: '127.0.0.1' })
      expect(JSON.parse(parts?.['json'] ?? '')).toMatchObject({ finding_info: { types: ['test'] }, is_alert: false })
      await remove(receiverId)
    },
  )

  it('over TLS trusts the authority that was given, and no other', async () => {
    const { certificate, key } = selfSigned()
    let text = ''
    const server = createTlsServer({ cert: certificate, key }, (socket) => {
      socket.on('data', (part: Buffer) => (text += part.toString('latin1')))
      socket.on('end', () => socket.end())
    })
    server.on('tlsClientError', () => undefined)
    const port = await listening(server)
    ends.push(() => server.close())
    const body: Body = {
      name: 'TLS',
      channel: 'syslog_tls',
      form: 'gbt44886',
      jurisdiction: 'CN',
      address: `127.0.0.1:${port}`,
    }
    const stranger = await tested(body)
    expect(text).toBe('')
    expect((await list()).receivers.find((one) => one.receiverId === stranger)?.lastFailure?.en).toContain('SIGNED')
    await remove(stranger)
    const trusted = await tested({ ...body, authority: certificate })
    expect(JSON.parse(header.exec(text.slice(text.indexOf(' ') + 1))?.groups?.['json'] ?? '')).toMatchObject({
      form: 'zhongheng-gbt44886-alert/1',
      type: 'test',
      level: 1,
    })
    await remove(trusted)
  })

  it('over UDP is one datagram', async () => {
    const socket = createSocket('udp4')
    const came = new Promise<Buffer>((resolve) => socket.once('message', resolve))
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    ends.push(() => socket.close())
    const receiverId = await tested({
      name: 'UDP',
      channel: 'syslog_udp',
      form: 'ocsf',
      jurisdiction: 'CN',
      address: `127.0.0.1:${socket.address().port}`,
    })
    expect(header.exec((await came).toString('latin1'))?.groups).toMatchObject({ id: 'alert.test' })
    await remove(receiverId)
  })

  it('that nobody listens to waits for its next try, and what comes later waits with it', async () => {
    const address = `127.0.0.1:${await freePort()}`
    const receiverId = await tested({ name: '关机', channel: 'syslog_tcp', form: 'ocsf', jurisdiction: 'CN', address })
    await cast.organizer.call('POST /api/engagements/:engagementId/alert-receivers/:receiverId/test', {
      params: { engagementId, receiverId },
    })
    await deliverAlerts(later(1))
    const [one] = (await list()).receivers
    expect(one).toMatchObject({ waiting: 2, givenUp: 0, lastSentAt: null })
    expect(one?.lastFailure?.en).toContain('ECONNREFUSED')
    expect(new Date(one?.nextTryAt ?? 0).getTime()).toBeGreaterThan(Date.now() + 60_000)
    await remove(receiverId)
  })
})

describe('who decides where alerts go', () => {
  const refused = async (body: Body, person = cast.organizer) => {
    const response = await person.fetch('POST /api/engagements/:engagementId/alert-receivers', {
      params: params(),
      body,
    })
    return `${response.status} ${((await response.json()) as { rule?: string }).rule ?? ''}`
  }
  it('the organizer; the auditor reads, and testers and the demand side do not', async () => {
    expect(await refused(webhook(), cast.auditor)).toBe('403 ROLE-1')
    expect(await refused(webhook(), cast.tester)).toBe('403 ROLE-1')
    for (const person of [cast.tester, cast.demand])
      expect(
        (await person.fetch('GET /api/engagements/:engagementId/alert-receivers', { params: params() })).status,
      ).toBe(403)
    expect(await list()).toMatchObject({ mayManage: false })
  })
  it.each([
    ['EGRESS-2', 'webhook', 'https://elsewhere.example/'],
    ['EGRESS-3', 'webhook', 'http://169.254.169.254/latest'],
    ['EGRESS-3', 'syslog_udp', '10.0.0.1:514'],
    ['EGRESS-1', 'webhook', 'file:///etc/passwd'],
    ['EGRESS-1', 'syslog_tcp', '127.0.0.1'],
    ['EGRESS-1', 'syslog_tcp', 'a@127.0.0.1:514'],
    ['RECEIVER-2', 'webhook', 'http://soc.example/in'],
  ] as const)('PUB-SS-01 %s: %s to %s is refused before it is kept', async (rule, channel, address) => {
    expect(await refused(webhook({ channel, address }))).toContain(rule)
  })
  it('an authority that is no certificate is refused, and so is one where there is no TLS', async () => {
    expect(await refused(webhook({ authority: 'hello' }))).toMatch(/^422/)
    expect(await refused(webhook({ channel: 'syslog_udp', address: '127.0.0.1:514', authority: 'x' }))).toMatch(/^422/)
  })
  it('an engagement has at most ten', async () => {
    const had = (await list()).receivers.length
    for (let at = had; at < 10; at++) await add(webhook({ name: `第 ${at} 个` }))
    expect(await refused(webhook())).toContain('RECEIVER-1')
  })
})

async function freePort(): Promise<number> {
  const server = createTcpServer()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Socat says nothing when it listens; the kernel does. */
async function accepts(port: number, child: { exitCode: number | null }): Promise<void> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  while (
    child.exitCode === null &&
    !execFileSync('cat', ['/proc/net/tcp']).toString().includes(`0100007F:${hex} 00000000:0000 0A`)
  )
    await new Promise((resolve) => setTimeout(resolve, 10))
}

function selfSigned(): { certificate: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'zh-siem-'))
  ends.push(() => rmSync(folder, { recursive: true }))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const wanted = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=siem'
  const forHost = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate]
  execFileSync('openssl', ['req', ...wanted.split(' '), ...forHost])
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') }
}

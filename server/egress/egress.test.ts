import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { readAllowList } from '@zhongheng/domain/egress/destination.ts'
import { Problem } from '@zhongheng/domain/shared/problem.ts'
import { startNameServer } from '@zhongheng/testing/names/name-server.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Egress, openEgress } from './egress.ts'

/** Everything that reached this machine; each test looks at what was added. */
const heard: string[] = []
let port = 0
let egress: Egress
let names: Awaited<ReturnType<typeof startNameServer>>
let looks = 0
const server = createServer((request, response) => {
  heard.push(`${request.method} ${request.headers.host} ${request.url}`)
  if (request.url === '/moved') response.writeHead(302, { location: `http://127.0.0.1:${port}/inside` }).end('secret')
  else if (request.url === '/preserved') response.writeHead(307, { location: 'file:///etc/passwd' }).end()
  else if (request.url === '/round') response.writeHead(301, { location: '/round' }).end()
  else if (request.url === '/big') response.end('x'.repeat(200_000))
  else if (request.url === '/never') response.write('a')
  else if (request.url === '/silent') return
  else {
    let text = ''
    request.on('data', (part: Buffer) => (text += part.toString()))
    request.on('end', () => response.end(`got ${text}`))
  }
})
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  names = await startNameServer({
    'inside.example': { a: ['127.0.0.1'] },
    'mixed.example': { a: ['192.0.2.1', '127.0.0.1'] },
    'six.example': { aaaa: ['::1'] },
    'mapped.example': { aaaa: ['::ffff:7f00:1'] },
    'nat64.example': { aaaa: ['64:ff9b::7f00:1'] },
    'metadata.example': { a: ['169.254.169.254'] },
    'rebinding.example': () => ({ a: [looks++ === 0 ? '192.0.2.1' : '127.0.0.1'] }),
  })
  egress = openEgress({ dnsServers: [names.address], pins: { 'hooks.example': { address: '127.0.0.1', port } } })
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  names.close()
})
const list = (text: string) => ({ by: 'list' as const, rows: readAllowList(text) })
const ruleOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'sent',
    (error: unknown) => (error instanceof Problem ? error.rule : Promise.reject(error as Error)),
  )

describe('the one way out', () => {
  it('sends a request to a listed name and takes its answer whole', async () => {
    const answer = await egress.send(
      { method: 'POST', url: 'http://hooks.example/in', body: '{"众":"衡"}', headers: { host: 'evil.example' } },
      list('hooks.example'),
    )
    expect(answer).toMatchObject({ status: 200, address: '127.0.0.1' })
    expect(answer.body.toString()).toBe('got {"众":"衡"}')
    expect(heard.at(-1), 'the name that was judged is the name that is asked').toBe('POST hooks.example /in')
  })
  it.each(['inside', 'mixed', 'six', 'mapped', 'nat64', 'metadata'])(
    'PUB-SS-01 dials nothing for %s.example: the second wall is at the connection, though the list permits the name',
    async (name) => {
      const before = heard.length
      expect(await ruleOf(egress.send({ url: `http://${name}.example:${port}/` }, list('*.example')))).toBe('EGRESS-3')
      expect(await ruleOf(egress.connect(`${name}.example`, port, list('*.example')))).toBe('EGRESS-3')
      expect(heard).toHaveLength(before)
    },
  )
  it('PUB-SS-01 dials the address that it judged: a name that changes its mind between two looks is judged at each', async () => {
    looks = 0
    const attempt = () =>
      egress.send({ url: `http://rebinding.example:${port}/`, timeoutMs: 300 }, list('rebinding.example'))
    expect(await ruleOf(attempt()), 'the first, public address does not answer').toBe('EGRESS-5')
    expect(await ruleOf(attempt())).toBe('EGRESS-3')
    expect(names.asked.filter((name) => name === 'rebinding.example').length).toBeGreaterThanOrEqual(2)
  })
  it.each(['/moved', '/preserved', '/round'])('PUB-SS-03 follows no redirect (%s)', async (path) => {
    const before = heard.length
    const answer = await egress.send({ url: `http://hooks.example${path}` }, list('hooks.example'))
    expect(answer.status).toBeGreaterThanOrEqual(300)
    expect(heard).toHaveLength(before + 1)
  })
  it('gives up on an answer that is too large, that never ends or never begins', async () => {
    const get = (path: string) =>
      ruleOf(egress.send({ url: `http://hooks.example${path}`, timeoutMs: 300 }, list('hooks.example')))
    expect([await get('/big'), await get('/never'), await get('/silent')]).toEqual(['EGRESS-5', 'EGRESS-5', 'EGRESS-5'])
  })
  it('says that a name does not resolve, and that a port is closed', async () => {
    expect(await ruleOf(egress.send({ url: 'http://none.example/' }, list('none.example')))).toBe('EGRESS-4')
    const closed = createTcpServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const at = (closed.address() as AddressInfo).port
    await new Promise((resolve) => closed.close(resolve))
    expect(await ruleOf(egress.connect('127.0.0.1', at, list(`127.0.0.1:${at}`)))).toBe('EGRESS-5')
  })
  it('reaches a service inside the house where the list names its address and port', async () => {
    const answer = await egress.send({ url: `http://127.0.0.1:${port}/in` }, list(`127.0.0.1:${port}`))
    expect(answer.status).toBe(200)
    expect(await ruleOf(egress.send({ url: `http://127.0.0.1:${port}/in` }, list('127.0.0.1:1')))).toBe('EGRESS-3')
  })
})

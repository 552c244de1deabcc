import { X509Certificate } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Scene } from '../../testing/scene.ts'

/* Ms Li asks the gateway for its own pages: directly at the port, with the name and secret of her lease. */
let scene: Scene
beforeAll(async () => {
  scene = await Scene.open({
    inside: ['shop.example:*', '*.api.example', '192.0.2.0/28'],
    outside: ['pay.api.example'],
  })
})
afterAll(() => scene.close())

async function ask(path: string, fields = '', as: 'li' | 'nobody' = 'li'): Promise<{ head: string; body: string }> {
  const client = scene.client()
  const shown = as === 'li' ? `Authorization: Basic ${scene.basic}\r\n` : ''
  client.send(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${shown}${fields}Connection: close\r\n\r\n`)
  const answer = await client.end()
  const at = answer.indexOf('\r\n\r\n')
  return { head: answer.slice(0, at), body: Buffer.from(answer.slice(at + 4), 'latin1').toString('utf8') }
}

/** What a browser decides with a proxy file; shExpMatch is given as browsers give it. */
function decide(pac: string, host: string): string {
  const shExpMatch = (text: string, glob: string): boolean =>
    new RegExp(`^${glob.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`).test(text)
  return String(runInNewContext(`${pac};FindProxyForURL("https://" + host + "/", host)`, { shExpMatch, host }))
}

describe('the page of the gateway’s own name', () => {
  it('speaks the language of the browser, or the one chosen', async () => {
    expect((await ask('/', 'Accept-Language: en-GB,en;q=0.9,zh;q=0.1\r\n')).body).toContain('<h2>Set the proxy</h2>')
    expect((await ask('/', 'Accept-Language: fr\r\n')).body).toContain('<h2>设置代理</h2>')
    expect((await ask('/?lang=en', 'Accept-Language: zh-CN\r\n')).body).toContain('lang="en"')
  })

  it('shows lease, scope and fingerprint to their tester and to nobody else', async () => {
    const { fingerprint256 } = new X509Certificate(scene.authority.certificate)
    const hers = (await ask('/?lang=en')).body
    for (const shown of [fingerprint256, '*.api.example', 'pay.api.example', '网上商店众测', '<code>li</code>'])
      expect(hers).toContain(shown)
    const theirs = (await ask('/?lang=en', '', 'nobody')).body
    for (const hidden of [fingerprint256, 'api.example', '网上商店众测', 'li_', '<code>li</code>'])
      expect(theirs).not.toContain(hidden)
    for (const path of ['/ca.mobileconfig', '/scope.pac', '/sign-in'])
      expect((await ask(path, '', 'nobody')).head).toContain('401 Unauthorized')
    expect((await ask('/sign-in')).head).toContain('303 See Other')
  })

  it('runs no script and loads nothing but the two ticks', async () => {
    const { head, body } = await ask('/')
    expect(head).toContain("default-src 'none'")
    expect(head).toContain('img-src http://heng.gateway https://heng.gateway')
    expect(body).not.toMatch(/<script|\son\w+=/i)
  })

  it('says that an engagement is stopped and why, with the reason as text', async () => {
    scene.push({ engagement: { state: 'stopped', stopReason: '<b>审计方</b>令停' } })
    expect((await ask('/')).body).toContain('&lt;b&gt;审计方&lt;/b&gt;令停')
    scene.push({ engagement: { state: 'testing' } })
  })

  it('says why nothing passes for anybody', async () => {
    scene.time.wallOffset += 3_600_000
    const { body } = await ask('/', '', 'nobody')
    scene.time.wallOffset -= 3_600_000
    expect(body).not.toContain('<b class="good">可转发</b>')
    expect(body).toMatch(/时钟|策略/)
  })
})

describe('files for the tester’s machine', () => {
  it('hold the same authority for Apple devices, under the same identifiers every time', async () => {
    const { head, body } = await ask('/ca.mobileconfig')
    expect(head).toContain('application/x-apple-aspen-config')
    const data = /<data>([^<]+)<\/data>/.exec(body)?.[1] ?? ''
    expect(Buffer.from(data, 'base64')).toEqual(new X509Certificate(scene.authority.certificate).raw)
    const ids = [...body.matchAll(/<key>PayloadUUID<\/key><string>([0-9a-f-]{36})<\/string>/g)].map((m) => m[1])
    expect(new Set(ids).size).toBe(2)
    expect((await ask('/ca.mobileconfig')).body).toBe(body)
  })

  it('send everything to the gateway, or the hosts of the scope only', async () => {
    const proxy = `PROXY 127.0.0.1:${scene.gateway.port}`
    const all = (await ask('/proxy.pac', '', 'nobody')).body
    expect(decide(all, 'anything.example')).toBe(proxy)
    const scoped = (await ask('/scope.pac')).body
    for (const host of ['shop.example', 'SHOP.example', 'v2.api.example', '192.0.2.3', '2001:db8::1', 'heng.gateway'])
      expect([host, decide(scoped, host)]).toEqual([host, proxy])
    for (const host of ['mail.example', 'notshop.example', 'shop.example.evil.example', 'api.example.evil'])
      expect([host, decide(scoped, host)]).toEqual([host, 'DIRECT'])
  })
})

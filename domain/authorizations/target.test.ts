import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatTarget, parseAbsoluteTarget, parseConnectTarget, parseHostTarget, sameOrigin } from './target.ts'

const ruleOf = (text: string): string => {
  const reading = parseAbsoluteTarget(text)
  return reading.ok ? formatTarget(reading.target) : reading.rule
}

describe('reading where a request goes', () => {
  it.each([
    ['https://shop.example.com/cart?x=1', 'https://shop.example.com/cart'],
    ['HTTPS://Shop.EXAMPLE.com./', 'https://shop.example.com/'],
    ['http://shop.example.com:8080', 'http://shop.example.com:8080/'],
    ['http://shop.example.com:80?q', 'http://shop.example.com/'],
    ['wss://shop.example.com/live', 'https://shop.example.com/live'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://例子.测试/', 'https://xn--fsqu00a.xn--0zwm56d/'],
    ['https://93.184.216.34/', 'https://93.184.216.34/'],
    ['https://[2001:DB8::1]:8443/', 'https://[2001:db8::1]:8443/'],
    ['https://my_host.example.com/', 'https://my_host.example.com/'],
  ])('%s goes to %s', (text, read) => {
    expect(ruleOf(text)).toBe(read)
  })

  it.each([
    ['shop.example.com', 'TARGET-1'],
    ['ftp://shop.example.com/', 'TARGET-1'],
    ['https:///path', 'TARGET-1'],
    ['https://allowed.example@denied.example/', 'TARGET-2'],
    ['https://allowed.example:x@denied.example/', 'TARGET-2'],
    ['https://denied.example\\.allowed.example/', 'TARGET-3'],
    ['https://denied.example\\@allowed.example/', 'TARGET-2'],
    ['https://shop.exam\tple.com/', 'TARGET-3'],
    ['https://shop.example.com/\r\nHost: x', 'TARGET-3'],
    ['https://2130706433/', 'TARGET-4'],
    ['https://0177.0.0.1/', 'TARGET-4'],
    ['https://0x7f.1/', 'TARGET-4'],
    ['https://0x7f000001/', 'TARGET-4'],
    ['https://127.1/', 'TARGET-4'],
    ['https://127.0.0.1./', 'TARGET-4'],
    ['https://127.0.0.01/', 'TARGET-4'],
    ['https://256.1.1.1/', 'TARGET-4'],
    ['https://1.2.3.4.5/', 'TARGET-4'],
    ['https://example.com.0x7f/', 'TARGET-4'],
    ['https://[::ffff:127.0.0.1]/', 'TARGET-4'],
    ['https://[::ffff:7f00:1]/', 'TARGET-4'],
    ['https://[::7f00:1]/', 'TARGET-4'],
    ['https://[0:0:0:0:0:0:0:1]/', 'TARGET-4'],
    ['https://[fe80::1%25eth0]/', 'TARGET-4'],
    ['https://[target.example]/', 'TARGET-4'],
    ['https://１２７.０.０.１/', 'TARGET-7'],
    ['https://shop。example.com/', 'TARGET-7'],
    ['https://ｅxample.com/', 'TARGET-7'],
    ['https://exa\u00admple.com/', 'TARGET-7'],
    ['https://a..example/', 'TARGET-5'],
    ['https://.example/', 'TARGET-5'],
    ['https://example.com../', 'TARGET-5'],
    ['https://target.example%2eevil.invalid/', 'TARGET-5'],
    [`https://${'a'.repeat(64)}.example/`, 'TARGET-5'],
    [`https://${'a.'.repeat(130)}example/`, 'TARGET-5'],
    ['https://shop.example.com:0/', 'TARGET-6'],
    ['https://shop.example.com:65536/', 'TARGET-6'],
    ['https://shop.example.com:0443/', 'TARGET-6'],
    ['https://shop.example.com:+443/', 'TARGET-6'],
    ['https://shop.example.com:/', 'TARGET-6'],
  ])('%j is refused by %s', (text, rule) => {
    expect(ruleOf(text)).toBe(rule)
  })

  it('needs host and port in a CONNECT', () => {
    const reading = parseConnectTarget('Shop.example.com:8443')
    expect(reading).toMatchObject({ ok: true, target: { host: 'shop.example.com', port: 8443 } })
    expect(parseConnectTarget('shop.example.com')).toMatchObject({ ok: false, rule: 'TARGET-6' })
    expect(parseConnectTarget('https://shop.example.com:443')).toMatchObject({ ok: false })
    expect(parseConnectTarget('[2001:db8::1]:443')).toMatchObject({ ok: true, target: { host: '2001:db8::1' } })
  })

  it('finds a Host header that differs from its tunnel', () => {
    const tunnel = parseConnectTarget('shop.example.com:443')
    const same = parseHostTarget('https', 'SHOP.example.com', '/a')
    const other = parseHostTarget('https', 'admin.example.com', '/a')
    if (!tunnel.ok || !same.ok || !other.ok) throw new Error('all three are readable')
    expect(sameOrigin(tunnel.target, same.target)).toBe(true)
    expect(sameOrigin(tunnel.target, other.target)).toBe(false)
    expect(parseHostTarget('https', 'user@shop.example.com', '/')).toMatchObject({ ok: false, rule: 'TARGET-2' })
    expect(parseHostTarget('https', 'shop.example.com', 'http://other/')).toMatchObject({ ok: false })
  })
})

const file = new URL('../../../shared/data/url/urltestdata.json', import.meta.url)

describe.skipIf(!existsSync(file))('against the web platform tests (skipped where ../shared is absent)', () => {
  it('never names another host than the URL class that clients use', () => {
    type Case = { input: string; base: string | null; failure?: true }
    const cases = (JSON.parse(readFileSync(file, 'utf8')) as (Case | string)[]).filter((one) => typeof one !== 'string')
    let read = 0
    for (const { input } of cases) {
      const reading = parseAbsoluteTarget(input)
      if (!reading.ok) continue
      read++
      const url = new URL(input)
      const host = reading.target.address?.family === 6 ? `[${reading.target.host}]` : reading.target.host
      expect(host, input).toBe(url.hostname.replace(/\.$/, ''))
      const standard = /^(?:https|wss):$/.test(url.protocol) ? 443 : 80
      expect(reading.target.port, input).toBe(url.port === '' ? standard : Number(url.port))
    }
    expect(read).toBeGreaterThan(20)
  })
})

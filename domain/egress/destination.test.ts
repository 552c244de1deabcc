import { describe, expect, it } from 'vitest'
import { parseAddress } from '../authorizations/ip.ts'
import { Problem } from '../shared/problem.ts'
import { type Allowance, checkAddress, checkDestination, readAllowList, readDestination } from './destination.ts'

const listed = (text: string): Allowance => ({ by: 'list', rows: readAllowList(text) })
const ruleOf = (act: () => unknown): string | undefined => {
  try {
    act()
  } catch (error) {
    if (error instanceof Problem) return error.rule
    throw error
  }
  return undefined
}
const reach = (url: string, list: string): string | undefined =>
  ruleOf(() => {
    const target = readDestination(url, 'url')
    checkDestination(target.host, target.port, listed(list), 'url')
  })
const dial = (address: string, list: string, port = 443): string | undefined => {
  const parsed = parseAddress(address)
  if (parsed === undefined) throw new Error(`not an address: ${address}`)
  return ruleOf(() => checkAddress(parsed, port, listed(list), undefined, true))
}

describe('where the platform itself may call', () => {
  it('is nowhere without the administrator’s list', () => {
    expect(reach('https://hooks.yunfan.example/in', '')).toBe('EGRESS-2')
  })
  it('is a listed name, a name under a listed one, and only on the listed port', () => {
    expect(reach('https://hooks.yunfan.example/in', 'hooks.yunfan.example')).toBeUndefined()
    expect(reach('https://a.hooks.example/in', '*.hooks.example')).toBeUndefined()
    expect(reach('https://hooks.example/in', '*.hooks.example')).toBe('EGRESS-2')
    expect(reach('https://evilhooks.example/in', '*.hooks.example')).toBe('EGRESS-2')
    expect(reach('https://hooks.yunfan.example:8443/in', 'hooks.yunfan.example:443')).toBe('EGRESS-2')
  })
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f.1/',
    'http://017700000001/',
    'http://2130706433/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://0/',
    'http://169.254.169.254/',
    'http://localhost./',
    'http://10.0.0.1/',
    'http://user@hooks.example/',
    'http://hooks.example\\@127.0.0.1/',
  ])('PUB-SS-01 is never %s, though every name is listed', (url) => {
    expect(reach(url, '*.example hooks.example')).toMatch(/^EGRESS-[123]$/)
  })
  it.each([
    'file:///etc/passwd',
    'gopher://a.example/',
    'ftp://a.example/',
    'data:text/plain,x',
    'HTTP://a.example/',
    'http+unix://x/',
    'jar:http://a.example!/',
    '//a.example/',
    '\\\\a.example\\x',
    'https:/a.example',
    '',
  ])('PUB-SS-02 has http or https only: “%s” is refused', (url) => expect(reach(url, 'a.example')).toBe('EGRESS-1'))
})

describe('the address at the moment of dialling', () => {
  it('is public for a listed name', () => {
    expect(dial('93.184.216.34', 'hooks.example')).toBeUndefined()
    expect(dial('2606:2800:220:1::1', 'hooks.example')).toBeUndefined()
  })
  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    'fd00::1',
    '0.0.0.0',
    '2002:7f00:1::',
  ])('is not %s, whatever name led there', (address) =>
    expect(dial(address, 'hooks.example *.example')).toBe('EGRESS-3'),
  )
  it('may be inside the house where the list names the address or its range, on its port', () => {
    expect(dial('10.1.2.3', '10.1.2.0/24')).toBeUndefined()
    expect(dial('127.0.0.1', '127.0.0.1:25', 25)).toBeUndefined()
    expect(dial('127.0.0.1', '127.0.0.1:25', 26)).toBe('EGRESS-3')
    expect(dial('fd00::1', '[fd00::]/8')).toBeUndefined()
  })
  it('is never a metadata service, listed or not', () => {
    expect(dial('169.254.169.254', '0.0.0.0/0')).toBe('EGRESS-3')
    expect(dial('::ffff:169.254.169.254', '169.254.169.254 0.0.0.0/0')).toBe('EGRESS-3')
  })
})

describe('the administrator’s list', () => {
  it.each(['http://a.example', 'a.example:0', 'a.example:70000', '10.0.0.0/33', '*.', 'a b..c', '10.0.0.1/x'])(
    'refuses “%s” by name',
    (text) => {
      expect(() => readAllowList(text)).toThrow(/is no destination/)
    },
  )
})

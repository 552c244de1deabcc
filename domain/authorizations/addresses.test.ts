import { describe, expect, it } from 'vitest'
import { classifyAddress } from './addresses.ts'
import { formatAddress, formatRange, parseAddress, parseIPv4, rangeOfPrefix } from './ip.ts'

const classOf = (text: string): string => {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`not an address: ${text}`)
  const { class: kind, why } = classifyAddress(address)
  return kind === why ? kind : `${kind} ${why}`
}

describe('which addresses are dialled', () => {
  it.each([
    ['93.184.216.34', 'public'],
    ['2606:4700::1111', 'public'],
    ['::ffff:93.184.216.34', 'public'],
    ['64:ff9b::5db8:d822', 'public'],
    ['10.0.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['fd12::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['2002:0a00:0001::', 'private'],
    ['127.0.0.1', 'never loopback'],
    ['127.255.255.254', 'never loopback'],
    ['::1', 'never loopback'],
    ['::ffff:127.0.0.1', 'never loopback'],
    ['::127.0.0.1', 'never loopback'],
    ['::ffff:0:127.0.0.1', 'never loopback'],
    ['64:ff9b::7f00:1', 'never loopback'],
    ['2002:7f00:1::', 'never loopback'],
    // Teredo: the client's address is kept with its bits turned over.
    ['2001:0:4136:e378:8000:63bf:80ff:fffe', 'never loopback'],
    ['2001:0:7f00:1::1', 'never loopback'],
    ['2001:db8::5efe:7f00:1', 'never loopback'],
    ['169.254.169.254', 'never metadata'],
    ['100.100.100.200', 'never metadata'],
    ['fd00:ec2::254', 'never metadata'],
    ['64:ff9b::a9fe:a9fe', 'never metadata'],
    ['169.254.1.1', 'never link_local'],
    ['fe80::1', 'never link_local'],
    ['224.0.0.1', 'never multicast'],
    ['ff02::1', 'never multicast'],
    ['0.0.0.0', 'never unspecified'],
    ['::', 'never unspecified'],
    ['255.255.255.255', 'never reserved'],
    ['64:ff9b:1::1', 'never reserved'],
    ['4000::1', 'never reserved'],
  ])('%s is %s', (text, expected) => {
    expect(classOf(text)).toBe(expected)
  })
})

describe('addresses as text', () => {
  it.each(['0177.0.0.1', '1.2.3', '1.2.3.4.5', '256.0.0.1', '1.2.3.4 ', '', '1.2.3.+4'])('%j is no IPv4', (text) => {
    expect(parseIPv4(text)).toBeUndefined()
  })
  it.each(['1::2::3', ':::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', '::1%eth0', '1.2.3.4::'])(
    '%j is no IPv6',
    (text) => {
      expect(parseAddress(text)).toBeUndefined()
    },
  )
  it.each([
    ['2001:0DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
  ])('%s is written %s', (text, canonical) => {
    const address = parseAddress(text)
    expect(address && formatAddress(address)).toBe(canonical)
  })
  it('writes a range as its owner would', () => {
    const address = parseAddress('193.0.0.161')
    if (address === undefined) throw new Error('it is an address')
    expect(formatRange(rangeOfPrefix(address, 27))).toBe('193.0.0.160/27')
    expect(formatRange(rangeOfPrefix(address, 32))).toBe('193.0.0.161')
    expect(formatRange({ family: 4, from: '0a000004', to: '0a000009' })).toBe('10.0.0.4-10.0.0.9')
  })
})

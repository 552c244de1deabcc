import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/*
 * The second implementation of docs/verdict.md, part "The address" and the reading of address literals. It shares no code
 * with domain/authorizations, on purpose: node:net does the containment, numbers are BigInt.
 */

export type Number128 = { readonly family: 4 | 6; readonly value: bigint }

export function numberOf(text: string): Number128 | undefined {
  if (isIPv4(text)) {
    return { family: 4, value: text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) }
  }
  if (!isIPv6(text) || text.includes('%')) return undefined
  let whole = text
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted !== null) {
    const tail = numberOf(dotted[2] ?? '')
    if (tail === undefined) return undefined
    whole = `${dotted[1]}${(tail.value >> 16n).toString(16)}:${(tail.value & 0xffffn).toString(16)}`
  }
  const [left = '', right] = whole.split('::')
  const parts = (side: string): bigint[] => (side === '' ? [] : side.split(':').map((part) => BigInt(`0x${part}`)))
  const head = parts(left)
  const tail = right === undefined ? [] : parts(right)
  const all = right === undefined ? head : [...head, ...Array<bigint>(8 - head.length - tail.length).fill(0n), ...tail]
  return { family: 6, value: all.reduce((sum, part) => (sum << 16n) | part, 0n) }
}

/** RFC 5952 by way of the platform's own URL class. */
export const canonicalSix = (text: string): string | undefined =>
  isIPv6(text) && !text.includes('%') ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : undefined

export const textOf = ({ family, value }: Number128): string => {
  if (family === 4) return [24n, 16n, 8n, 0n].map((by) => String((value >> by) & 255n)).join('.')
  const groups = Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - at * 16)) & 0xffffn).toString(16))
  return canonicalSix(groups.join(':')) ?? ''
}

const listOf = (...prefixes: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const prefix of prefixes) {
    const [address = '', bits = ''] = prefix.split('/')
    list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6')
  }
  return list
}
const within = (list: BlockList, address: Number128): boolean =>
  list.check(textOf(address), address.family === 4 ? 'ipv4' : 'ipv6')

const loopback = listOf('127.0.0.0/8', '::1/128')
const metadata = listOf(
  '169.254.169.254/32',
  '169.254.170.2/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  'fd00:42::42/128',
)
const neverFour = listOf('0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4')
const privateFour = listOf(
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
)
const privateSix = listOf('fc00::/7', 'fec0::/10')
const globalSix = listOf('2000::/3')
const reservedSix = listOf('64:ff9b:1::/48')

export type Standing = 'open' | 'private' | 'never' | 'loopback'

function carried({ family, value }: Number128): Number128[] {
  if (family === 4) return []
  const four = (bits: bigint): Number128 => ({ family: 4, value: bits & 0xffffffffn })
  const top = (bits: bigint): bigint => value >> (128n - bits)
  if (top(96n) === 0n) return value > 1n ? [four(value)] : []
  if (top(96n) === 0xffffn) return [four(value)]
  if (top(96n) === 0xffff0000n) return [four(value)]
  if (top(96n) === 0x64ff9bn << 64n) return [four(value)]
  if (top(16n) === 0x2002n) return [four(value >> 80n)]
  if (top(32n) === 0x20010000n) return [four(value >> 64n), four(value ^ 0xffffffffn)]
  const marker = (value >> 32n) & 0xffffffffn
  return marker === 0x5efen || marker === 0x02005efen ? [four(value)] : []
}

export function standingOf(address: Number128): Standing {
  const inner = carried(address)
  if (inner.length > 0) {
    const all = inner.map(standingOf)
    if (all.some((one) => one === 'never' || one === 'loopback')) return 'never'
    return all.includes('private') ? 'private' : 'open'
  }
  if (within(metadata, address)) return 'never'
  if (within(loopback, address)) return 'loopback'
  if (address.family === 4) {
    if (within(neverFour, address)) return 'never'
    return within(privateFour, address) ? 'private' : 'open'
  }
  if (within(reservedSix, address)) return 'never'
  if (within(privateSix, address)) return 'private'
  return within(globalSix, address) ? 'open' : 'never'
}

/** The mapped spelling taken off. */
export const plainOf = (address: Number128): Number128 =>
  address.family === 6 && address.value >> 32n === 0xffffn ? { family: 4, value: address.value & 0xffffffffn } : address

export const same = (one: Number128, other: Number128): boolean =>
  one.family === other.family && one.value === other.value

export function isListener(listeners: readonly string[], address: Number128, port: number): boolean {
  return listeners.some((listener) => {
    const [, host = '', at] = /^(.*):(\d+)$/.exec(listener) ?? []
    if (Number(at) !== port) return false
    const bare = host.replace(/^\[|\]$/g, '')
    const everywhere = ['', '*', 'localhost'].includes(bare)
    if (!everywhere && isIP(bare) === 0) return false
    const own = everywhere ? undefined : plainOf(numberOf(bare) as Number128)
    if (own === undefined || own.value === 0n || (own.family === 4 && own.value >> 24n === 0n)) {
      return standingOf(address) === 'loopback'
    }
    return same(own, address)
  })
}

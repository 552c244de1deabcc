/**
 * An address as a number that sorts: `key` is 8 hex digits for IPv4 and 32 for IPv6, so that ranges compare as plain
 * strings and travel in JSON.
 */
export type Address = { readonly family: 4 | 6; readonly key: string }
export type AddressRange = { readonly family: 4 | 6; readonly from: string; readonly to: string }

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/** Reads dotted decimal with four parts and no leading zeros; every other spelling of an IPv4 address is undefined. */
export function parseIPv4(text: string): Address | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let key = ''
  for (const part of parts) {
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part)) return undefined
    const value = Number(part)
    if (value > 255) return undefined
    key += hex(value, 2)
  }
  return { family: 4, key }
}

/** Reads any RFC 4291 text form without brackets and zone. Use `formatAddress` to learn whether it was canonical. */
export function parseIPv6(text: string): Address | undefined {
  if (!/^[0-9a-f:.]+$/i.test(text) || !text.includes(':')) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const groups: string[][] = []
  for (const [place, half] of halves.entries()) {
    const read = readGroups(half, place === halves.length - 1)
    if (read === undefined) return undefined
    groups.push(read)
  }
  const head = groups[0] ?? []
  const tail = groups[1] ?? []
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const key = [...head, ...Array<string>(halves.length === 1 ? 0 : missing).fill('0000'), ...tail].join('')
  return { family: 6, key }
}

/** @param last only the end of an address may be written in dotted decimal */
function readGroups(half: string, last: boolean): string[] | undefined {
  if (half === '') return []
  const groups: string[] = []
  const parts = half.split(':')
  for (const [place, part] of parts.entries()) {
    if (part.includes('.')) {
      const tail = last && place === parts.length - 1 ? parseIPv4(part) : undefined
      if (tail === undefined) return undefined
      groups.push(tail.key.slice(0, 4), tail.key.slice(4))
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined
      groups.push(part.toLowerCase().padStart(4, '0'))
    }
  }
  return groups
}

export const parseAddress = (text: string): Address | undefined =>
  text.includes(':') ? parseIPv6(text) : parseIPv4(text)

/** The canonical text: dotted decimal, or RFC 5952 without any dotted tail and without brackets. */
export function formatAddress(address: Address): string {
  if (address.family === 4) {
    return [0, 2, 4, 6].map((at) => Number.parseInt(address.key.slice(at, at + 2), 16)).join('.')
  }
  const groups = Array.from({ length: 8 }, (_, at) =>
    Number.parseInt(address.key.slice(at * 4, at * 4 + 4), 16).toString(16),
  )
  let bestAt = -1
  let bestLength = 1
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (at + length < 8 && groups[at + length] === '0') length++
    if (length > bestLength) {
      bestAt = at
      bestLength = length
    }
  }
  if (bestAt < 0) return groups.join(':')
  return `${groups.slice(0, bestAt).join(':')}::${groups.slice(bestAt + bestLength).join(':')}`
}

/** The range of `address/bits`. Bits set beyond the prefix are cut, as people write `193.0.0.161/27` too. */
export function rangeOfPrefix(address: Address, bits: number): AddressRange {
  const digits = address.key.length
  let from = ''
  let to = ''
  for (let at = 0; at < digits; at++) {
    const free = Math.min(4, Math.max(0, (at + 1) * 4 - bits))
    const value = Number.parseInt(address.key.charAt(at), 16)
    const low = (value >> free) << free
    from += low.toString(16)
    to += (low | ((1 << free) - 1)).toString(16)
  }
  return { family: address.family, from, to }
}

export const contains = (range: AddressRange, address: Address): boolean =>
  range.family === address.family && range.from <= address.key && address.key <= range.to

/** `1.2.3.4`, `1.2.3.0/24`-like where the range is a prefix, else `1.2.3.4-1.2.3.9`. */
export function formatRange(range: AddressRange): string {
  const from = { family: range.family, key: range.from }
  if (range.from === range.to) return formatAddress(from)
  for (let bits = 0; bits <= range.from.length * 4; bits++) {
    const whole = rangeOfPrefix(from, bits)
    if (whole.from === range.from && whole.to === range.to) return `${formatAddress(from)}/${bits}`
  }
  return `${formatAddress(from)}-${formatAddress({ family: range.family, key: range.to })}`
}

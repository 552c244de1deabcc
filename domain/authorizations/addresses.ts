import { type Text, say } from '../shared/problem.ts'
import { type Address, type AddressRange, contains, parseIPv4, parseIPv6, rangeOfPrefix } from './ip.ts'

/**
 * What an address is good for. `never` is not dialled whatever the scope says (a pin excepts loopback only);
 * `private` only when a scope rule names that very address or its range; `public` when the name was in scope.
 */
export type AddressClass = { readonly class: 'public' | 'private' | 'never'; readonly why: AddressKind }

export type AddressKind =
  | 'public'
  | 'private'
  | 'loopback'
  | 'link_local'
  | 'metadata'
  | 'multicast'
  | 'unspecified'
  | 'reserved'

export const addressKindNames: { readonly [K in AddressKind]: Text } = {
  public: say('公网地址', 'a public address'),
  private: say('内网地址', 'a private address'),
  loopback: say('本机回环地址', 'a loopback address'),
  link_local: say('链路本地地址', 'a link-local address'),
  metadata: say('云平台元数据地址', 'a cloud metadata address'),
  multicast: say('组播地址', 'a multicast address'),
  unspecified: say('未指定地址', 'an unspecified address'),
  reserved: say('保留地址', 'a reserved address'),
}

type Entry = AddressRange & { readonly kind: AddressKind }

function entry(kind: AddressKind, prefix: string): Entry {
  const [text = '', bits = ''] = prefix.split('/')
  const address = parseIPv4(text) ?? parseIPv6(text)
  if (address === undefined) throw new Error(`not a prefix: ${prefix}`)
  return { ...rangeOfPrefix(address, Number(bits)), kind }
}

/** First match decides, so the metadata services stand before the ranges around them. */
const special: readonly Entry[] = [
  // Amazon, Azure, Google, OpenStack and most others; ECS task roles; Alibaba; Oracle; Azure's wire server.
  entry('metadata', '169.254.169.254/32'),
  entry('metadata', '169.254.170.2/32'),
  entry('metadata', '100.100.100.200/32'),
  entry('metadata', '192.0.0.192/32'),
  entry('metadata', '168.63.129.16/32'),
  entry('unspecified', '0.0.0.0/8'),
  entry('loopback', '127.0.0.0/8'),
  entry('link_local', '169.254.0.0/16'),
  entry('multicast', '224.0.0.0/4'),
  entry('reserved', '240.0.0.0/4'),
  entry('private', '10.0.0.0/8'),
  entry('private', '100.64.0.0/10'),
  entry('private', '172.16.0.0/12'),
  entry('private', '192.0.0.0/24'),
  entry('private', '192.168.0.0/16'),
  entry('private', '198.18.0.0/15'),
  entry('metadata', 'fd00:ec2::254/128'),
  entry('metadata', 'fd20:ce::254/128'),
  entry('metadata', 'fd00:42::42/128'),
  entry('unspecified', '::/128'),
  entry('loopback', '::1/128'),
  entry('link_local', 'fe80::/10'),
  entry('multicast', 'ff00::/8'),
  entry('private', 'fc00::/7'),
  entry('private', 'fec0::/10'),
  // The local-use translation prefix may embed an address at several places; only its owner can say where.
  entry('reserved', '64:ff9b:1::/48'),
]
const globalUnicast = entry('public', '2000::/3')

const never: ReadonlySet<AddressKind> = new Set([
  'loopback',
  'link_local',
  'metadata',
  'multicast',
  'unspecified',
  'reserved',
])

/**
 * The IPv4 addresses that an IPv6 address carries, by which it may reach what IPv4 rules forbid: mapped, compatible,
 * translated, NAT64, 6to4, Teredo (server and client) and ISATAP forms.
 */
export function embeddedIPv4(address: Address): readonly Address[] {
  if (address.family === 4) return []
  const { key } = address
  const v4 = (at: number): Address => ({ family: 4, key: key.slice(at, at + 8) })
  const zeros = '0'.repeat(24)
  if (key.startsWith(zeros) && key.slice(24) > '00000001') return [v4(24)]
  if (key.startsWith(`${'0'.repeat(20)}ffff`)) return [v4(24)]
  if (key.startsWith(`${'0'.repeat(16)}ffff0000`)) return [v4(24)]
  if (key.startsWith('0064ff9b0000000000000000')) return [v4(24)]
  if (key.startsWith('2002')) return [v4(4)]
  if (key.startsWith('20010000')) {
    const client = key.slice(24).replace(/./g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16))
    return [v4(8), { family: 4, key: client }]
  }
  if (/^(?:0000|0200)5efe$/.test(key.slice(16, 24))) return [v4(24)]
  return []
}

/** Classes an address; one that embeds others is as bad as the worst of them. */
export function classifyAddress(address: Address): AddressClass {
  const embedded = embeddedIPv4(address)
  if (embedded.length > 0) {
    const classes = embedded.map(classifyAddress)
    return (
      classes.find((one) => one.class === 'never') ??
      classes.find((one) => one.class === 'private') ?? { class: 'public', why: 'public' }
    )
  }
  const found = special.find((one) => contains(one, address))
  if (found !== undefined) return { class: never.has(found.kind) ? 'never' : 'private', why: found.kind }
  if (address.family === 6 && !contains(globalUnicast, address)) return { class: 'never', why: 'reserved' }
  return { class: 'public', why: 'public' }
}

/** True when no address of the range may ever be dialled; such a scope row cannot become a rule. */
export function rangeIsNeverDialled(range: AddressRange): AddressKind | undefined {
  const inside = special.find(
    (one) => one.family === range.family && never.has(one.kind) && one.from <= range.from && range.to <= one.to,
  )
  if (inside !== undefined) return inside.kind
  if (range.from !== range.to) return undefined
  const single = classifyAddress({ family: range.family, key: range.from })
  return single.class === 'never' ? single.why : undefined
}

/** The same address where a mapped spelling hides an IPv4 one, so that two spellings of a listener compare equal. */
export function unmapped(address: Address): Address {
  if (address.family === 6 && address.key.startsWith(`${'0'.repeat(20)}ffff`)) {
    return { family: 4, key: address.key.slice(24) }
  }
  return address
}

import { addressKindNames, classifyAddress, embeddedIPv4, unmapped } from '../authorizations/addresses.ts'
import {
  type Address,
  type AddressRange,
  contains,
  formatAddress,
  parseAddress,
  rangeOfPrefix,
} from '../authorizations/ip.ts'
import { type Target, parseAbsoluteTarget, readHost } from '../authorizations/target.ts'
import { Problem, type Text, say } from '../shared/problem.ts'

/**
 * Where the platform itself may call. Nothing by default: a row of the administrator's list permits a name, every name under one, or
 * an address range, each with or without a port. A name leads to public addresses only; what is private or on this machine must be in
 * the list as an address, so that no name service can lead there.
 */
export type AllowRow =
  | { readonly kind: 'name'; readonly name: string; readonly under: boolean; readonly port: number | undefined }
  | { readonly kind: 'range'; readonly range: AddressRange; readonly port: number | undefined }

/** A list, or one name that the act itself is about (a proof of ownership asks the very object). */
export type Allowance =
  | { readonly by: 'list'; readonly rows: readonly AllowRow[] }
  | { readonly by: 'name'; readonly name: string }

export const egressRules = {
  'EGRESS-1': say(
    '地址须以小写 http:// 或 https:// 开头，且只有一种读法',
    'the address begins with http:// or https:// in lower case and has one reading',
  ),
  'EGRESS-2': say(
    '目的主机不在管理员允许的外联清单中（ZH_EGRESS_ALLOW）',
    'the host is not in the administrator’s list of outgoing destinations (ZH_EGRESS_ALLOW)',
  ),
  'EGRESS-3': say('目的地址不允许访问', 'this address may not be dialled'),
  'EGRESS-4': say('名称无法解析', 'the name does not resolve'),
  'EGRESS-5': say('对方没有在限定时间和大小内给出完整答复', 'no whole answer came within the limits of time and size'),
} as const satisfies { readonly [rule: string]: Text }
export type EgressRule = keyof typeof egressRules

/** The refusal by a rule, with what exactly was found; the field is named where the address came in by one. */
export function egressRefusal(rule: EgressRule, found: Text, field?: string): Problem {
  const limit = egressRules[rule]
  return new Problem('refused', say(`${limit.zh}：${found.zh}`, `${limit.en}: ${found.en}`), {
    rule,
    ...(field === undefined
      ? {}
      : {
          fields: [
            {
              field,
              limit,
              fix: say('请改用清单内的地址，或请管理员添加', 'use a listed address or ask the administrator to add it'),
            },
          ],
        }),
  })
}

/**
 * Reads the administrator's list: entries by comma or blank, each `name`, `*.name`, an address or `address/bits`, with `:port` if wanted
 * (`[2001:db8::1]:443`). @throws Error naming the entry and what is wrong with it
 */
export function readAllowList(text: string): AllowRow[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(readAllowRow)
}

function readAllowRow(entry: string): AllowRow {
  const wrong = (what: string): Error => new Error(`“${entry}” is no destination: ${what}`)
  const parts = /^(?<host>\[[^\]]*\](?:\/\d{1,3})?|[^:]*)(?::(?<port>[1-9]\d{0,4}))?$/.exec(entry)?.groups
  if (parts?.['host'] === undefined) throw wrong('write name, *.name, address or address/bits, with :port if wanted')
  const port = parts['port'] === undefined ? undefined : Number(parts['port'])
  if (port !== undefined && port > 65535) throw wrong('the port is above 65535')
  const host = parts['host'].replace(/[[\]]/g, '')
  const [literal = '', bits] = host.split('/')
  const address = parseAddress(literal)
  if (address !== undefined) {
    const whole = address.family === 4 ? 32 : 128
    const length = bits === undefined ? whole : Number(bits)
    if (!Number.isInteger(length) || length < 0 || length > whole) throw wrong(`the prefix is 0 to ${whole} bits`)
    return { kind: 'range', range: rangeOfPrefix(address, length), port }
  }
  const under = host.startsWith('*.')
  const reading = readHost(under ? host.slice(2) : host)
  if (!reading.ok) throw wrong(reading.text.en)
  return { kind: 'name', name: reading.host, under, port }
}

/**
 * The one reading of an outgoing address. @throws Problem EGRESS-1 naming the field: another scheme, upper case in it, user part,
 * odd spelling of an address, blanks, backslashes
 */
export function readDestination(text: string, field?: string): Target {
  if (!/^https?:\/\//.test(text)) {
    throw egressRefusal('EGRESS-1', say('协议不允许', 'this scheme is not allowed'), field)
  }
  const reading = parseAbsoluteTarget(text)
  if (!reading.ok) throw egressRefusal('EGRESS-1', reading.text, field)
  return reading.target
}

const permitsPort = (row: AllowRow, port: number): boolean => row.port === undefined || row.port === port

/** Whether the list has a row for the host itself. @throws Problem EGRESS-2, or EGRESS-3 for an address that none names */
export function checkDestination(host: string, port: number, allowance: Allowance, field?: string): void {
  const literal = parseAddress(host)
  if (literal !== undefined) return checkAddress(literal, port, allowance, field)
  const permitted =
    allowance.by === 'name'
      ? host === allowance.name
      : allowance.rows.some(
          (row) =>
            row.kind === 'name' &&
            permitsPort(row, port) &&
            (row.under ? host.endsWith(`.${row.name}`) : host === row.name),
        )
  if (!permitted) throw egressRefusal('EGRESS-2', say(`${host}:${port}`, `${host}:${port}`), field)
}

/**
 * Whether an address may be dialled, at the moment of dialling: public when the name was permitted; anything else only when a range of
 * the list holds it; link-local and metadata addresses never. @throws Problem EGRESS-3
 */
export function checkAddress(
  address: Address,
  port: number,
  allowance: Allowance,
  field?: string,
  named = false,
): void {
  const { class: kind, why } = classifyAddress(address)
  const listed =
    allowance.by === 'list' &&
    allowance.rows.some(
      (row) => row.kind === 'range' && permitsPort(row, port) && contains(row.range, unmapped(address)),
    )
  const dialled =
    kind === 'public'
      ? named || listed
      : kind === 'private' || why === 'loopback'
        ? listed && embeddedIPv4(address).length === 0
        : false
  if (dialled) return
  const name = addressKindNames[why]
  const written = formatAddress(address)
  throw egressRefusal('EGRESS-3', say(`${written}（${name.zh}）`, `${written} (${name.en})`), field)
}

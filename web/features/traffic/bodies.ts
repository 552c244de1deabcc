import type { ExchangePage } from '@zhongheng/contracts/http/traffic.ts'

export type Side = ExchangePage['request']
export type Header = { readonly name: string; readonly value: string }

/** The first line of a head and its fields, in the order in which they were sent. */
export function splitHead(head: string): { first: string; headers: Header[] } {
  const [first = '', ...lines] = head.split(/\r?\n/)
  return {
    first,
    headers: lines
      .filter((line) => line !== '')
      .map((line) => {
        // A pseudo-header field of HTTP/2 begins with a colon.
        const at = line.indexOf(':', 1)
        return at < 0 ? { name: line, value: '' } : { name: line.slice(0, at), value: line.slice(at + 1).trim() }
      }),
  }
}

/** JSON on several lines, or null when the text is none. Nothing but white space changes. */
export function prettyJson(text: string): string | null {
  const begins = text.trimStart().charAt(0)
  if (begins !== '{' && begins !== '[') return null
  try {
    JSON.parse(text)
  } catch {
    return null
  }
  return indented(text)
}

/** Indents valid JSON token by token: parsing and printing it again would change long numbers and repeated names. */
function indented(text: string): string {
  let out = ''
  let depth = 0
  const line = (): string => `\n${'  '.repeat(depth)}`
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '"') {
      const start = at
      at++
      while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1
      out += text.slice(start, at + 1)
    } else if (char === '{' || char === '[') {
      const rest = /^\s*[}\]]/.exec(text.slice(at + 1, at + 200))
      if (rest) {
        out += char + rest[0].trim()
        at += rest[0].length
      } else {
        depth++
        out += char + line()
      }
    } else if (char === '}' || char === ']') {
      depth--
      out += line() + char
    } else if (char === ',') out += `,${line()}`
    else if (char === ':') out += ': '
    else if (!/\s/.test(char)) out += char
  }
  return out
}

/** Bytes of a side's body: the server sends hex where it is binary, text where it is not. */
export const bytesOf = (side: Side): Uint8Array =>
  side.binary
    ? Uint8Array.from(side.body.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    : new TextEncoder().encode(side.body)

/** Sixteen bytes a line: offset, hex, the printable ones as characters. */
export function hexDump(bytes: Uint8Array, most = 4096): string {
  const lines: string[] = []
  for (let at = 0; at < Math.min(bytes.length, most); at += 16) {
    const part = [...bytes.subarray(at, Math.min(at + 16, most))]
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0'))
    const text = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')
    lines.push(
      `${at.toString(16).padStart(6, '0')}  ${hex.slice(0, 8).join(' ').padEnd(23)}  ${hex.slice(8).join(' ').padEnd(23)}  ${text}`,
    )
  }
  return lines.join('\n')
}

/** 1536 → `1.5 KiB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

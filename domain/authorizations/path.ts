/**
 * How a path may be read by the server that receives it. The gateway forwards the raw bytes, so a path rule must hold
 * for every reading: an exclusion bites when any reading meets it, an inclusion helps only when all readings meet it.
 */
export type PathReadings = readonly string[]

const unreserved = /[A-Za-z0-9\-._~]/

/** RFC 3986 6.2.2: unreserved characters decoded, hex digits upper case, dot segments resolved. */
export function canonicalPath(path: string): string {
  if (!path.includes('%') && !path.includes('/.')) return path
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (whole, digits: string) => {
    const char = String.fromCharCode(Number.parseInt(digits, 16))
    return unreserved.test(char) ? char : whole.toUpperCase()
  })
  return resolveDots(decoded)
}

/** One ASCII sign in other than two hex digits: by `%u`, overlong in two or three bytes, or in full width, in this order. */
const oddlyWritten =
  /%u(00[0-7][0-9a-f]|ff[0-5][0-9a-f])|%c([01])%([89ab][0-9a-f])|%e0%8([01])%([89ab][0-9a-f])|%ef%b([cd])%([89ab][0-9a-f])/gi
const fromHex = (digits = '0'): number => Number.parseInt(digits, 16)

/**
 * One round of decoding as careless servers do it: all of ASCII, also where it is written overlong, by `%u`, or in full width, which
 * best-fit tables and NFKC fold to ASCII.
 */
function decodeAscii(text: string): string {
  return text
    .replace(oddlyWritten, (whole, ...parts: (string | undefined)[]) => {
      const [unit, high2, low2, high3, low3, wide, lowWide] = parts
      const low = fromHex(low2 ?? low3 ?? lowWide) & 0x3f
      const code =
        unit !== undefined
          ? fromHex(unit)
          : wide !== undefined
            ? 0xff00 + (/d/i.test(wide) ? 0x40 : 0) + low
            : (fromHex(high2 ?? high3) << 6) | low
      return code < 0x80 || isWide(code) ? String.fromCharCode(code) : whole
    })
    .replace(/%([0-7][0-9a-f])/gi, (_, digits: string) => String.fromCharCode(fromHex(digits)))
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
}
const isWide = (code: number): boolean => code >= 0xff01 && code <= 0xff5e
/** Two proxies in a row decode twice; nobody is known to decode more often than this. */
const decodingRounds = 4

/** What servers are known to do with a path, each or not at all: so every combination is a reading of its own. */
const habits: readonly ((text: string) => string)[] = [
  (text) => text.replaceAll('\\', '/'),
  (text) => text.replace(/\0.*$/s, ''),
  // Readers of URLs pass over these wherever they stand.
  (text) => text.replace(/[\t\r\n]/g, ''),
  // What decoding brought to light may itself end the path: `/a%3fb` behind a decoding proxy is `/a`.
  (text) => text.replace(/[?#].*$/s, ''),
  (text) => text.replace(/;[^/]*/g, ''),
  (text) => text.replace(/\/{2,}/g, '/'),
]

function looseReadings(path: string): ReadonlySet<string> {
  const decoded = new Set([path])
  let text = path
  for (let round = 0; round < decodingRounds && /[%\uff01-\uff5e]/.test(text); round++) {
    text = decodeAscii(text)
    decoded.add(text)
  }
  let readings: ReadonlySet<string> = decoded
  for (const habit of habits) readings = new Set([...readings, ...[...readings].map(habit)])
  const resolved = [...readings].map(resolveDots)
  return new Set([...resolved, ...resolved.map(trimSegments)])
}

/**
 * Some file systems drop dots and blanks at the end of a name, and many servers blanks and control characters on both sides. By hand:
 * an expression for it takes quadratic time.
 */
function trimSegments(path: string): string {
  if (!/[.\u0000-\u0020](?:\/|$)|\/[\u0000-\u0020]/.test(path)) return path
  return path
    .split('/')
    .map((segment) => {
      let from = 0
      let end = segment.length
      while (end > 0 && (segment[end - 1] === '.' || isBlank(segment, end - 1))) end--
      while (from < end && isBlank(segment, from)) from++
      return segment.slice(from, end)
    })
    .join('/')
}
const isBlank = (text: string, at: number): boolean => text.charCodeAt(at) <= 0x20

function resolveDots(path: string): string {
  if (!path.includes('/.')) return path
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const [place, segment] of segments.entries()) {
    const last = place === segments.length - 1
    if (segment === '..') kept.pop()
    if (segment === '.' || segment === '..') {
      if (last) kept.push('')
    } else kept.push(segment)
  }
  return `/${kept.join('/')}`
}

/** The path alone of a request target, the query cut; `/` where it is empty or `*`. */
export function pathOnly(target: string): string {
  const end = target.indexOf('?')
  const path = end < 0 ? target : target.slice(0, end)
  return path.startsWith('/') ? path : '/'
}

/** A path with several readings that is longer than this (characters) is not judged by path rules: too dear to read. */
export const readablePath = 8192

/**
 * Every distinct reading of a raw path, the raw one first. A plain path has exactly one.
 * None, so that no path rule can let it pass, where the path is both unusual and longer than `readablePath`.
 */
export function readPath(raw: string): PathReadings {
  // Controls and blanks are rare enough to be looked at closely, whatever they are.
  if (!/[%\\;#\u0000-\u0020\uff01-\uff5e]|\/\/|\/\.|\.(?:\/|$)/.test(raw)) return [raw]
  if (raw.length > readablePath) return []
  return [...new Set([raw, canonicalPath(raw), ...looseReadings(raw), ...looseReadings(canonicalPath(raw))])]
}

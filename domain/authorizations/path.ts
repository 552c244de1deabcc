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

/** One round of decoding as careless servers do it: all of ASCII, overlong slashes and dots, `%u` escapes. */
function decodeAscii(text: string): string {
  return text
    .replace(/%c0%af|%c1%9c|%e0%80%af|%u002f|%u005c/gi, '/')
    .replace(/%c0%ae|%e0%80%ae|%u002e/gi, '.')
    .replace(/%([0-7][0-9a-f])/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
/** Two proxies in a row decode twice; nobody is known to decode more often than this. */
const decodingRounds = 4

/** What servers are known to do with a path, each or not at all: so every combination is a reading of its own. */
const habits: readonly ((text: string) => string)[] = [
  (text) => text.replaceAll('\\', '/'),
  (text) => text.replace(/\0.*$/s, ''),
  // What decoding brought to light may itself end the path: `/a%3fb` behind a decoding proxy is `/a`.
  (text) => text.replace(/[?#].*$/s, ''),
  (text) => text.replace(/;[^/]*/g, ''),
  (text) => text.replace(/\/{2,}/g, '/'),
]

function looseReadings(path: string): ReadonlySet<string> {
  const decoded = new Set([path])
  let text = path
  for (let round = 0; round < decodingRounds && text.includes('%'); round++) {
    text = decodeAscii(text)
    decoded.add(text)
  }
  let readings: ReadonlySet<string> = decoded
  for (const habit of habits) readings = new Set([...readings, ...[...readings].map(habit)])
  const resolved = [...readings].map(resolveDots)
  return new Set([...resolved, ...resolved.map(trimSegments)])
}

/** Some file systems drop dots and blanks at the end of a name. By hand: an expression for it takes quadratic time. */
function trimSegments(path: string): string {
  if (!/[. ](?:\/|$)/.test(path)) return path
  return path
    .split('/')
    .map((segment) => {
      let end = segment.length
      while (end > 0 && '. '.includes(segment.charAt(end - 1))) end--
      return segment.slice(0, end)
    })
    .join('/')
}

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
  if (!/[%\\;#\u0000-\u0020]|\/\/|\/\.|\.(?:\/|$)/.test(raw)) return [raw]
  if (raw.length > readablePath) return []
  return [...new Set([raw, canonicalPath(raw), ...looseReadings(raw), ...looseReadings(canonicalPath(raw))])]
}

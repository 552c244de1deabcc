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

/**
 * The most generous reading that servers are known to make: all printable ASCII decoded (again and again, as behind two
 * proxies), overlong slashes and dots, backslash as slash, path parameters dropped, cut at NUL, slashes joined, dots and
 * blanks at the end of a segment dropped.
 */
function loosePath(path: string): string {
  let text = path
  if (text.includes('%')) {
    for (let round = 0; round < 4 && text.includes('%'); round++) {
      const next = text
        .replace(/%c0%af|%c1%9c|%e0%80%af|%u002f|%u005c/gi, '/')
        .replace(/%c0%ae|%e0%80%ae|%u002e/gi, '.')
        .replace(/%([0-7][0-9a-f])/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
      if (next === text) break
      text = next
    }
  }
  const nul = text.indexOf('\0')
  if (nul >= 0) text = text.slice(0, nul)
  text = text.replaceAll('\\', '/')
  // What decoding brought to light may itself end the path: `/a%3fb` behind a decoding proxy is `/a`.
  text = text.replace(/[?#].*$/s, '')
  if (text.includes(';')) text = text.replace(/;[^/]*/g, '')
  if (text.includes('//')) text = text.replace(/\/{2,}/g, '/')
  return resolveDots(text).replace(/[. ]+(?=\/|$)/g, '')
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

/** The path alone of a request target, query and fragment cut; `/` where it is empty or `*`. */
export function pathOnly(target: string): string {
  const end = target.search(/[?#]/)
  const path = end < 0 ? target : target.slice(0, end)
  return path.startsWith('/') ? path : '/'
}

/** Every distinct reading of a raw path, the raw one first. A plain path has exactly one. */
export function readPath(raw: string): PathReadings {
  if (!/[%\\;]|\/\/|\/\.|[. ](?:\/|$)/.test(raw) && !raw.includes('\0')) return [raw]
  return [...new Set([raw, canonicalPath(raw), loosePath(raw), loosePath(canonicalPath(raw))])]
}

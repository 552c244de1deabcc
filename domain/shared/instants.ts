const mostKnown = 1000
let known = new Map<string, number>()

/**
 * What `Date.parse` says of a text, in milliseconds since 1970, NaN for no date. The same few texts (the ends of windows, leases and policies) are asked for with
 * every request that passes the gateway, so what was read once is kept.
 */
export function instantOf(text: string): number {
  let at = known.get(text)
  if (at === undefined) {
    at = Date.parse(text)
    if (known.size >= mostKnown) known = new Map()
    known.set(text, at)
  }
  return at
}

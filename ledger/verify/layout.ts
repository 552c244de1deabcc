/** The shape of a log on disk or on a web server: C2SP tlog-tiles. */
export const tileWidth = 256
/** Longest leaf that an entry bundle can hold, in bytes. */
export const maxLeafBytes = 65_535

/** A tile's or bundle's number in path elements of three digits: 1234067 is `x001/x234/067`. */
export function indexPath(index: number): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? []
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/')
}

/** Path of a tile of hashes. @param width 1 to 256; below 256 the tile is partial */
export const tilePath = (level: number, index: number, width = tileWidth): string =>
  `tile/${level}/${indexPath(index)}${partial(width)}`

/** Path of a bundle of entries. @param width 1 to 256 */
export const bundlePath = (index: number, width = tileWidth): string =>
  `tile/entries/${indexPath(index)}${partial(width)}`

/**
 * The inverse of `tilePath` and `bundlePath`: undefined for anything that they never answer, so that no other path can
 * be asked for.
 */
export function parseTilePath(
  path: string,
): { readonly level: number | 'entries'; readonly index: number; readonly width: number } | undefined {
  const [, levelText = '', indexText = '', widthText] =
    /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path) ?? []
  const level = levelText === 'entries' ? levelText : Number(levelText)
  const index = Number(indexText.replaceAll(/[x/]/g, ''))
  const width = widthText === undefined ? tileWidth : Number(widthText)
  if (indexText === '' || !Number.isSafeInteger(index) || width < 1 || width > tileWidth) return undefined
  if (level !== 'entries' && level > 63) return undefined
  const spelled = level === 'entries' ? bundlePath(index, width) : tilePath(level, index, width)
  return spelled === path ? { level, index, width } : undefined
}

const partial = (width: number): string => (width === tileWidth ? '' : `.p/${width}`)

/** How many hashes of `level` stand in tiles of a tree of `size` leaves: full and partial together. */
export const hashesAt = (level: number, size: number): number => Math.floor(size / tileWidth ** level)

/** An entry bundle: each leaf after its length in two bytes, big-endian. @throws RangeError for a leaf too long */
export function encodeBundle(leaves: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const leaf of leaves) {
    if (leaf.length > maxLeafBytes) throw new RangeError(`a leaf of ${leaf.length} bytes`)
    length += 2 + leaf.length
  }
  const bundle = new Uint8Array(length)
  let at = 0
  for (const leaf of leaves) {
    bundle[at] = leaf.length >> 8
    bundle[at + 1] = leaf.length & 255
    bundle.set(leaf, at + 2)
    at += 2 + leaf.length
  }
  return bundle
}

/** The leaves of a bundle; stops at the first broken length, so compare the count with what you expected. */
export function decodeBundle(bundle: Uint8Array): { leaves: Uint8Array[]; whole: boolean } {
  const leaves: Uint8Array[] = []
  let at = 0
  while (at + 2 <= bundle.length) {
    const length = ((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0)
    if (at + 2 + length > bundle.length) break
    leaves.push(bundle.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return { leaves, whole: at === bundle.length }
}

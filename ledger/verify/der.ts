/** One DER element. All positions are into the bytes it was read from. */
export type Der = {
  readonly tag: number
  /** The element with its head. */
  readonly whole: Uint8Array
  readonly body: Uint8Array
}

export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** The elements that lie side by side in `bytes`; undefined unless they fill it exactly, in definite shortest lengths. */
export function readDer(bytes: Uint8Array): readonly Der[] | undefined {
  const found: Der[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0
    const first = bytes[at + 1] ?? 0x80
    // Tags of several bytes and indefinite lengths do not occur in what we read.
    if ((tag & 0x1f) === 0x1f || first === 0x80 || first > 0x83) return undefined
    let length = first
    let head = 2
    if (first > 0x80) {
      length = 0
      for (let digit = 0; digit < first - 0x80; digit++) length = length * 256 + (bytes[at + head++] ?? 0)
      if (length < (first === 0x81 ? 0x80 : 256 ** (first - 0x81))) return undefined
    }
    const end = at + head + length
    if (end > bytes.length) return undefined
    found.push({ tag, whole: bytes.subarray(at, end), body: bytes.subarray(at + head, end) })
    at = end
  }
  return found
}

/** The elements inside one of the wanted tag; undefined for another tag or a broken inside. */
export const inside = (element: Der | undefined, tag: number): readonly Der[] | undefined =>
  element?.tag === tag ? readDer(element.body) : undefined

/** Dotted text of an object identifier; undefined for another element. */
export function oidOf(element: Der | undefined): string | undefined {
  if (element?.tag !== derTags.oid || element.body.length === 0) return undefined
  const numbers: number[] = []
  let value = 0
  for (const byte of element.body) {
    value = value * 128 + (byte & 0x7f)
    if (!Number.isSafeInteger(value)) return undefined
    if (byte < 0x80) {
      numbers.push(value)
      value = 0
    }
  }
  const [first = 0, ...rest] = numbers
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - top * 40, ...rest].join('.')
}

/** What a TLS ClientHello says in the clear (RFC 8446 4.1.2). */
export type Hello = {
  /** False without one. */
  readonly serverName: string | false
  readonly alpn: readonly string[]
  /** The true name may be another: an encrypted hello (ECH) or an encrypted name (ESNI) is inside. */
  readonly veiled: boolean
}

/** A hello, more bytes needed, or bytes that are no single readable hello. */
export type HelloReading = Hello | 'more' | 'unreadable'

/** No honest hello is larger; post-quantum key shares are about 1.2 KiB each. */
const maxHello = 32 * 1024

/**
 * Reads the ClientHello at the beginning of a TLS stream, which may be spread over records. Extensions that come twice
 * and names of other kinds are unreadable: two readers could choose differently.
 */
export function readHello(bytes: Buffer): HelloReading {
  const parts: Buffer[] = []
  let at = 0
  let have = 0
  let want = 4
  while (have < want) {
    if (bytes.length < at + 5) return bytes.length > maxHello ? 'unreadable' : 'more'
    const length = bytes.readUInt16BE(at + 3)
    if (bytes[at] !== 0x16 || bytes[at + 1] !== 3 || length === 0 || length > 16384) return 'unreadable'
    const part = bytes.subarray(at + 5, at + 5 + length)
    parts.push(part)
    have += part.length
    at += 5 + length
    const begun = have >= 4 ? Buffer.concat(parts) : null
    if (begun !== null) {
      if (begun[0] !== 1) return 'unreadable'
      want = 4 + begun.readUIntBE(1, 3)
      if (want > maxHello) return 'unreadable'
    }
    if (at > bytes.length && have < want) return 'more'
  }
  try {
    return helloOf(Buffer.concat(parts).subarray(4, want))
  } catch (error) {
    if (error instanceof RangeError) return 'unreadable'
    throw error
  }
}

class Reader {
  readonly #bytes: Buffer
  #at = 0
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  get done(): boolean {
    return this.#at === this.#bytes.length
  }
  number(size: number): number {
    this.#at += size
    return this.#bytes.readUIntBE(this.#at - size, size)
  }
  /** A vector with a length of `size` bytes before it. @throws RangeError when it is cut */
  vector(size: number): Buffer {
    const length = this.number(size)
    return this.take(length)
  }
  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('cut')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}

function helloOf(body: Buffer): HelloReading {
  const reader = new Reader(body)
  reader.take(2 + 32)
  reader.vector(1)
  reader.vector(2)
  reader.vector(1)
  const seen = new Set<number>()
  let serverName: string | false = false
  let alpn: readonly string[] = []
  let veiled = false
  if (!reader.done) {
    const extensions = new Reader(reader.vector(2))
    while (!extensions.done) {
      const type = extensions.number(2)
      const value = extensions.vector(2)
      if (seen.has(type)) return 'unreadable'
      seen.add(type)
      if (type === 0) {
        const name = nameOf(value)
        if (name === undefined) return 'unreadable'
        serverName = name
      } else if (type === 16) alpn = protocolsOf(value)
      else if (type === 0xfe0d || type === 0xffce) veiled = true
    }
  }
  return reader.done ? { serverName, alpn, veiled } : 'unreadable'
}

/** RFC 6066 3: one host name. */
function nameOf(value: Buffer): string | undefined {
  const whole = new Reader(value)
  const list = new Reader(whole.vector(2))
  const type = list.number(1)
  const name = list.vector(2).toString('latin1')
  return type === 0 && list.done && whole.done && /^[\x21-\x7e]{1,255}$/.test(name) ? name : undefined
}

function protocolsOf(value: Buffer): readonly string[] {
  const list = new Reader(new Reader(value).vector(2))
  const names: string[] = []
  while (!list.done && names.length < 64) names.push(list.vector(1).toString('latin1'))
  return names
}

const httpBegins = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64} [\x21-\xff]+ HTTP\//
/** As far as a first chunk goes: a method of capitals and a blank, or the whole of a request line. */
export const looksLikeHttp = (bytes: Buffer): boolean => {
  const text = bytes.toString('latin1', 0, 4096)
  return /^[A-Z]{3,16} [/*h]/.test(text) || httpBegins.test(text)
}

export const looksLikeTls = (bytes: Buffer): boolean => bytes[0] === 0x16 && (bytes.length < 2 || bytes[1] === 3)

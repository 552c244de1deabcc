import { huffmanDecode } from './huffman.ts'
import { type HeaderField, staticTable } from './static-table.ts'

/** A block after which the two sides no longer agree on the table: the connection must end (RFC 7541 5, RFC 9113 4.3). */
export class HpackFault extends Error {
  override readonly name = 'HpackFault'
}

export type DecodedList = {
  readonly fields: readonly HeaderField[]
  /** The list was larger than allowed: `fields` holds only its beginning. */
  readonly over: boolean
}

/** Most bytes of the dynamic table; the default of the protocol, which we never raise. */
export const tableBytes = 4096
/** RFC 7541 4.1: what an entry counts beyond its text. */
const entryOverhead = 32

/** Decodes the header blocks of one direction of one connection, in order. */
export class HpackDecoder {
  readonly #listBytes: number
  readonly #listFields: number
  /** Newest last. What lies before `#oldest` was evicted. */
  #entries: HeaderField[] = []
  #oldest = 0
  #size = 0
  #limit = tableBytes
  #at = 0

  /** @param listBytes names and values of one list, plus 32 for each field @param listFields fields of one list */
  constructor(listBytes: number, listFields: number) {
    this.#listBytes = listBytes
    this.#listFields = listFields
  }

  /**
   * Decodes one whole block. A list that is too large is still read to its end, so that the table stays in step, but not
   * kept: a small block that names a large entry again and again costs no memory.
   * @throws HpackFault
   */
  decode(block: Buffer): DecodedList {
    const fields: HeaderField[] = []
    let size = 0
    let over = false
    this.#at = 0
    while (this.#at < block.length) {
      const first = block[this.#at] ?? 0
      let field: HeaderField
      if (first >= 0x80) field = this.#entry(this.#integer(block, 7))
      else if (first >= 0x40) {
        field = this.#literal(block, 6)
        this.#add(field)
      } else if (first >= 0x20) {
        // Only before the first field of a block.
        if (size > 0) throw new HpackFault('table size in the middle of a block')
        this.#resize(this.#integer(block, 5))
        continue
      } else if (first >= 0x10) field = { ...this.#literal(block, 4), secret: true }
      else field = this.#literal(block, 4)
      size += field.name.length + field.value.length + entryOverhead
      if (size > this.#listBytes || fields.length >= this.#listFields) over = true
      else fields.push(field)
    }
    return { fields, over }
  }

  #literal(block: Buffer, bits: number): HeaderField {
    const index = this.#integer(block, bits)
    const name = index === 0 ? this.#string(block) : this.#entry(index).name
    return { name, value: this.#string(block) }
  }

  #entry(index: number): HeaderField {
    const found =
      index <= staticTable.length
        ? staticTable[index - 1]
        : this.#entries[this.#entries.length - index + staticTable.length]
    if (
      found === undefined ||
      (index > staticTable.length && index - staticTable.length > this.#entries.length - this.#oldest)
    )
      throw new HpackFault(`no entry ${index}`)
    return found
  }

  #integer(block: Buffer, bits: number): number {
    const most = (1 << bits) - 1
    let value = (block[this.#at++] ?? 0) & most
    if (value < most) return value
    for (let shift = 0; ; shift += 7) {
      const byte = block[this.#at++]
      if (byte === undefined || shift > 21) throw new HpackFault('an integer without end')
      value += (byte & 127) << shift
      if (byte < 128) return value
    }
  }

  #string(block: Buffer): string {
    const coded = (block[this.#at] ?? 0) >= 0x80
    const length = this.#integer(block, 7)
    const from = this.#at
    const to = from + length
    if (to > block.length) throw new HpackFault('a string longer than its block')
    this.#at = to
    if (!coded) return block.toString('latin1', from, to)
    const text = huffmanDecode(block, from, to)
    if (text === undefined) throw new HpackFault('a Huffman code that cannot be')
    return text
  }

  #add(field: HeaderField): void {
    const size = field.name.length + field.value.length + entryOverhead
    this.#evict(this.#limit - size)
    if (size > this.#limit) return
    this.#entries.push(field)
    this.#size += size
  }

  #resize(limit: number): void {
    if (limit > tableBytes) throw new HpackFault(`a table of ${limit} bytes`)
    this.#limit = limit
    this.#evict(limit)
  }

  #evict(room: number): void {
    while (this.#size > Math.max(0, room)) {
      const gone = this.#entries[this.#oldest++]
      if (gone === undefined) break
      this.#size -= gone.name.length + gone.value.length + entryOverhead
    }
    if (this.#oldest > 256 && this.#oldest * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#oldest)
      this.#oldest = 0
    }
  }
}

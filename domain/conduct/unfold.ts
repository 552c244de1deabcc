/**
 * Undoes, character by character, how payloads are dressed for the way: percent-coding (twice, `%uXXXX` too), `\uXXXX` of
 * JSON, `+` for a blank, SQL comments, runs of blanks, letter case. State is a few characters, so the pieces in which a text
 * comes make no difference.
 */
export class Unfold {
  readonly #decoders = [new Decoder(), new Decoder()]
  #comment: 'none' | 'slash' | 'inside' | 'star' | 'version' | 'closing' = 'none'
  /** Within a comment whose content is run. */
  #run = false
  #blank = false

  /** @param last whether nothing follows */
  feed(piece: string, last: boolean): string {
    let text = piece
    for (const decoder of this.#decoders) text = decoder.feed(text, last)
    let out = ''
    for (const char of text.toLowerCase()) out += this.#take(char)
    if (last && this.#comment === 'slash') out += '/'
    if (last && this.#comment === 'closing') out += '*'
    return out
  }

  #take(char: string): string {
    switch (this.#comment) {
      case 'slash':
        this.#comment = 'none'
        if (char === '*') {
          this.#comment = 'inside'
          return this.#put(' ')
        }
        return this.#put('/') + this.#take(char)
      case 'inside':
        if (char === '*') this.#comment = 'star'
        // MySQL runs what stands in a comment that begins with an exclamation mark.
        else if (char === '!') this.#comment = 'version'
        return ''
      case 'star':
        if (char === '/') this.#comment = 'none'
        else if (char !== '*') this.#comment = 'inside'
        return ''
      case 'version':
        if (char >= '0' && char <= '9') return ''
        this.#comment = 'none'
        this.#run = true
        return this.#take(char)
      case 'closing':
        this.#comment = 'none'
        if (char !== '/') return this.#put('*') + this.#take(char)
        this.#run = false
        return this.#put(' ')
      case 'none':
        if (char === '*' && this.#run) {
          this.#comment = 'closing'
          return ''
        }
        if (char === '/') {
          this.#comment = 'slash'
          return ''
        }
        return this.#put(char)
    }
  }

  #put(char: string): string {
    const blank = char === '+' || char <= ' ' || char === '\u00a0'
    if (blank && this.#blank) return ''
    this.#blank = blank
    return blank ? ' ' : char
  }
}

const coded = /^(?:%[0-9a-f]{2}|[%\\]u[0-9a-f]{4})$/i
const begun = /^(?:%|%[0-9a-f]|[%\\]u[0-9a-f]{0,3}|\\)$/i

/** One round of decoding. */
class Decoder {
  #held = ''

  feed(piece: string, last: boolean): string {
    let out = ''
    // Nothing to decode and nothing begun: the common case costs one look.
    if (this.#held === '' && !piece.includes('%') && !piece.includes('\\')) return piece
    for (const char of piece) out += this.#take(char)
    if (last) {
      out += this.#held
      this.#held = ''
    }
    return out
  }

  #take(char: string): string {
    if (this.#held === '') {
      if (char !== '%' && char !== '\\') return char
      this.#held = char
      return ''
    }
    const text = this.#held + char
    if (coded.test(text)) {
      this.#held = ''
      return String.fromCharCode(Number.parseInt(text.slice(text[1] === 'u' || text[1] === 'U' ? 2 : 1), 16))
    }
    if (begun.test(text)) {
      this.#held = text
      return ''
    }
    const given = this.#held
    this.#held = ''
    return given + this.#take(char)
  }
}

/*
 * The mark of one reader's copy: the code of the reading (the end of its event's id), with a check. It names nobody; only
 * the installation knows whose reading that was. Two forms: written, for properties of files, and unseen, for text.
 */

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** Eight letters of five bits each. */
const codeLetters = 8
const checkLetters = 5
/** Characters without width or effect that survive copying, two bits each. */
const unseenSigns = ['\u200b', '\u200c', '\u200d', '\u2060'] as const
/** 40 bits of the code and 24 of its check. */
const unseenLength = 32
const written = new RegExp(`zhm1-([${letters}]{${codeLetters}})-([${letters}]{${checkLetters}})(?![${letters}])`, 'g')
const unseen = new RegExp(`[${unseenSigns.join('')}]{${unseenLength},}`, 'gu')

/** The forms of a mark. `code`: eight of Crockford's letters, upper case. */
export type CopyMark = { readonly code: string; readonly written: string; readonly unseen: string }

/** @throws Error for what is no code */
export function copyMark(code: string): CopyMark {
  const bits = bitsOf(code)
  if (code.length !== codeLetters || bits === null) throw new Error('a reading’s code has eight letters')
  const check = checkOf(code)
  const all = bits + check.toString(2).padStart(24, '0')
  return {
    code,
    written: `zhm1-${code}-${lettersOf(check)}`,
    unseen: all.replace(/../g, (pair) => unseenSigns[Number.parseInt(pair, 2)] ?? ''),
  }
}

/**
 * Codes of all whole marks in a text, each once: the written ones first. A mark of which a sign was changed,
 * lost or added does not count: its check says so.
 */
export function copyMarksIn(text: string): string[] {
  const found: string[] = []
  for (const [, code = '', check] of text.matchAll(written)) if (check === lettersOf(checkOf(code))) found.push(code)
  // Marks of several copies may stand one behind the other, and the first may be cut.
  for (const [run] of text.matchAll(unseen))
    for (let from = 0; from + unseenLength <= run.length; from++) {
      const code = codeIn(run.slice(from, from + unseenLength))
      if (code === null) continue
      found.push(code)
      from += unseenLength - 1
    }
  return [...new Set(found)]
}

function codeIn(signs: string): string | null {
  const bits = Array.from(signs, (sign) =>
    unseenSigns
      .findIndex((one) => one === sign)
      .toString(2)
      .padStart(2, '0'),
  ).join('')
  const code = (bits.slice(0, 40).match(/.{5}/g) ?? []).map((five) => letters.charAt(Number.parseInt(five, 2))).join('')
  return Number.parseInt(bits.slice(40), 2) === checkOf(code) ? code : null
}

function bitsOf(code: string): string | null {
  const values = Array.from(code, (letter) => letters.indexOf(letter))
  return values.includes(-1) ? null : values.map((value) => value.toString(2).padStart(5, '0')).join('')
}

/** Twenty-four bits in five letters, the first of them below 16. */
const lettersOf = (check: number): string =>
  Array.from({ length: checkLetters }, (_, place) =>
    letters.charAt((check >>> (5 * (checkLetters - 1 - place))) & 31),
  ).join('')

/** CRC-24 of RFC 9580 over the letters: every burst of up to 24 wrong bits is seen, of anything else all but one in 16 million. */
function checkOf(code: string): number {
  let crc = 0xb704ce
  for (const letter of code) {
    crc ^= letter.charCodeAt(0) << 16
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1
      if (crc & 0x1000000) crc ^= 0x1864cfb
    }
  }
  return crc & 0xffffff
}

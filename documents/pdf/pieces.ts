import type { Json } from '@zhongheng/contracts/records/canonical-json.ts'

/** Where the template may break a word; no text holds it, since `inert` prints format characters by number. */
const mayBreak = '\u200b'
const step = 4
// Text without a blank and without East Asian script, which breaks between any two characters anyway.
const longWord = /[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+/g

const hint = (text: string, longest: number): string =>
  text.replaceAll(longWord, (word) => {
    if (word.length <= longest) return word
    const characters = [...word]
    let out = ''
    for (const [index, character] of characters.entries()) {
      out += index > 0 && index % step === 0 && !/\p{M}/u.test(character) ? mayBreak + character : character
    }
    return out
  })

/** Names of members that are not texts of a page. */
const structural = new Set(['kind', 'color', 'svg', 'form', 'tone', 'align', 'language', 'copy'])

/**
 * A tree made ready for the template: each text passes through `draw` (which replaces what the fonts lack), and long
 * words get places to break, so that neither a token of 10,000 characters nor a digest leaves its column.
 */
export function readyForPages(tree: Json, draw: (text: string) => string): Json {
  const walk = (node: Json, code: boolean): Json => {
    if (typeof node === 'string') return hint(draw(node), code ? 12 : 24)
    if (node === null || typeof node !== 'object') return node
    if (isList(node)) return node.map((one) => walk(one, code))
    const inCode = node.code === true || node.kind === 'code'
    return Object.fromEntries(
      Object.entries(node).map(([name, value]) => [name, structural.has(name) ? value : walk(value ?? null, inCode)]),
    )
  }
  return walk(tree, false)
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

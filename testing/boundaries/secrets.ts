/** Something in a text that looks like a secret: which kind, in which line, and its beginning. */
export type Secret = { readonly line: number; readonly what: string; readonly text: string }

/** What is a secret by its look alone. */
const looks: readonly { readonly what: string; readonly look: RegExp }[] = [
  { what: 'a private key', look: /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\s)+[A-Za-z0-9+/]{40}/g },
  { what: 'an age identity', look: /AGE-SECRET-KEY-1[0-9A-Z]{50}/g },
  { what: 'a signer’s key of a signed note', look: /PRIVATE\+KEY\+[\w.-]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{40}/g },
  {
    what: 'a token of a hosting service',
    look: /\b(?:A[KS]IA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60}|glpat-[\w-]{20}|npm_[A-Za-z0-9]{36}|xox[abp]-[0-9A-Za-z-]{20}|sk_live_\w{20}|AIza[\w-]{35}|LTAI[A-Za-z0-9]{16,20}|AKID[A-Za-z0-9]{32})\b/g,
  },
  { what: 'a signed web token', look: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/g },
]

const named = '(?:secret|token|passw(?:or)?d|passphrase|pwd|credential|(?:api|access|private|signing|root)[_-]?key)'
/** A name that promises a secret, and what it is given: in quotes, or bare as in a file of settings. */
const given = [
  new RegExp(`${named}[\\w.-]{0,30}["']?\\s*(?::|=>?|\\()\\s*["'\`](?<value>[A-Za-z0-9+/=_.~-]{16,})["'\`]`, 'gi'),
  new RegExp(`^[ \\t]*(?:export )?\\w*${named}\\w*\\s*[:=][ \\t]*(?<value>[A-Za-z0-9+/=_-]{20,})[ \\t]*$`, 'gim'),
]
/** A password inside an address; words that stand for one are none. */
const inAddress =
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@'"`$<>{}]+:(?<value>(?!(?:[A-Z]+|secret)@)[^\s/:@'"`$<>{}]{3,})@[\w.-]+/gi

/** Shannon's entropy in bits for each character. */
function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0)
}

/** Nobody makes such a value up: a long hexadecimal number, or signs in no order that a language has. */
const isDrawn = (value: string): boolean =>
  (/^(?:0x)?[0-9a-f]{32,}$/i.test(value) && entropy(value) > 3) || (/\d/.test(value) && entropy(value) >= 4)

/** Secrets of one file's text, in the order of its lines. */
export function secretsIn(text: string): readonly Secret[] {
  const found: { at: number; what: string; text: string }[] = []
  for (const { what, look } of looks) {
    for (const hit of text.matchAll(look)) found.push({ at: hit.index, what, text: hit[0] })
  }
  for (const look of given) {
    for (const hit of text.matchAll(look)) {
      if (isDrawn(hit.groups?.value ?? '')) found.push({ at: hit.index, what: 'a drawn value', text: hit[0] })
    }
  }
  for (const hit of text.matchAll(inAddress)) {
    found.push({ at: hit.index, what: 'a password in an address', text: hit[0] })
  }
  return found
    .sort((a, b) => a.at - b.at)
    .map((one) => ({
      line: text.slice(0, one.at).split('\n').length,
      what: one.what,
      text: one.text.trim().slice(0, 24),
    }))
}

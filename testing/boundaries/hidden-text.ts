/** What source may hold that a reader of it would not see, or would take for something else (Trojan Source). */
export type Hidden = { readonly line: number; readonly what: string }

const unseen =
  /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad\u061c\u180e\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u
// A letter of one script beside one of another in a single word reads as if it were all of one.
const mixed =
  /\p{Script=Latin}\p{M}*[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]|[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]\p{M}*\p{Script=Latin}/u
const longest = 1500

/** Faults of one source file. `code` also refuses lines that nobody could read: a blob has no review. */
export function hiddenIn(text: string, code: boolean): readonly Hidden[] {
  return text.split('\n').flatMap((line, at): Hidden[] => {
    const found: string[] = []
    // A ZWJ between two pictures makes one picture, which is seen.
    const plain = line.replaceAll(
      /(?<=\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)\u200d(?=\p{Extended_Pictographic})/gu,
      '',
    )
    if (unseen.test(plain)) found.push('a character that is not seen')
    if (mixed.test(plain)) found.push('two scripts in one word')
    if (code && line.length > longest) found.push(`a line of ${line.length} characters`)
    return found.map((what) => ({ line: at + 1, what }))
  })
}

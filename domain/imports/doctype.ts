/**
 * Nmap and Burp begin each file with a declaration of its type that declares nothing of use here, and a file with any such declaration is
 * refused (PUB-UP-03). The page removes these two, and no other, before it sends the file: only a bare name, or one with declarations of
 * elements and attributes alone. What declares an entity or names another file is left as it is, and is refused.
 * @param head the beginning of the file, at least as long as the declaration
 */
export function withoutHarmlessDoctype(head: string): string {
  const at = head.indexOf('<!DOCTYPE')
  if (at < 0 || !/^(?:\ufeff|\u00ef\u00bb\u00bf)?\s*(?:<\?xml[^<>]*>\s*)?$/.test(head.slice(0, at))) return head
  const bare = /^<!DOCTYPE\s+[A-Za-z]{1,40}\s*>/.exec(head.slice(at, at + 100))
  const whole = bare ? bare[0] : declared(head.slice(at))
  return whole === null ? head : head.slice(0, at) + head.slice(at + whole.length)
}

function declared(text: string): string | null {
  const begins = /^<!DOCTYPE\s+[A-Za-z]{1,40}\s*\[/.exec(text.slice(0, 100))
  const end = text.indexOf(']>')
  if (begins === null || end < 0) return null
  const inside = text.slice(begins[0].length, end)
  return /^(?:\s|<!(?:ELEMENT|ATTLIST)\s[^<>%&]*>)*$/.test(inside) ? text.slice(0, end + 2) : null
}

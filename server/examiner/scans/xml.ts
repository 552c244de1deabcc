import { importLimits } from '@zhongheng/domain/imports/limits.ts'
import { RefusedScan } from './refused-scan.ts'

/** What the reader tells while it goes through the text; nothing is kept of what was told. */
export type XmlListener = {
  open(name: string, attributes: ReadonlyMap<string, string>): void
  text(text: string): void
  close(name: string): void
}

const nameSigns = '[\\p{L}_:][\\p{L}\\p{N}_:.\\-\\u00b7]{0,199}'
const opening = new RegExp(`<(${nameSigns})`, 'yu')
const attribute = new RegExp(`\\s+(${nameSigns})\\s{0,20}=\\s{0,20}(?:"([^"<]*)"|'([^'<]*)')`, 'yu')
const opened = /\s{0,1000}(\/?)>/y
const closing = new RegExp(`</(${nameSigns})\\s{0,1000}>`, 'yu')
const reference = /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/y
const predefined: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * Goes through an XML text once, from the front, holding the names of the open elements and nothing else. It knows no document type: there is
 * no code that could declare, fetch or unfold an entity, so a DOCTYPE is where reading ends (PUB-UP-03, PUB-UP-04). Processing instructions
 * are passed over, whatever they point to.
 * @throws RefusedScan doctype, entity, too_many_references, too_deep, malformed
 */
export function readXml(source: string, listener: XmlListener): void {
  const open: string[] = []
  let at = source.charCodeAt(0) === 0xfeff ? 1 : 0
  let references = 0
  let rooted = false

  const plain = (text: string): string => {
    let from = text.indexOf('&')
    if (from < 0) return text
    const parts: string[] = []
    let done = 0
    for (; from >= 0; from = text.indexOf('&', done)) {
      if (++references > importLimits.references) throw new RefusedScan('too_many_references')
      reference.lastIndex = from
      const [whole, name, decimal, hex] = reference.exec(text) ?? []
      if (whole === undefined) throw new RefusedScan('entity')
      parts.push(text.slice(done, from), name ? (predefined[name] ?? '') : character(decimal, hex))
      done = from + whole.length
    }
    parts.push(text.slice(done))
    return parts.join('')
  }
  /** @returns the place behind `mark` */
  const after = (mark: string, from: number): number => {
    const found = source.indexOf(mark, from)
    if (found < 0) throw new RefusedScan('malformed')
    return found + mark.length
  }
  const takeOpening = (): void => {
    opening.lastIndex = at
    const name = opening.exec(source)?.[1]
    if (name === undefined || (open.length === 0 && rooted)) throw new RefusedScan('malformed')
    at = opening.lastIndex
    const attributes = new Map<string, string>()
    for (;;) {
      attribute.lastIndex = at
      const [, key, double, single] = attribute.exec(source) ?? []
      if (key === undefined) break
      if (attributes.has(key) || attributes.size >= importLimits.attributes) throw new RefusedScan('malformed')
      attributes.set(key, plain(double ?? single ?? ''))
      at = attribute.lastIndex
    }
    opened.lastIndex = at
    const end = opened.exec(source)
    if (end === null) throw new RefusedScan('malformed')
    at = opened.lastIndex
    rooted = true
    if (open.length >= importLimits.depth) throw new RefusedScan('too_deep')
    listener.open(name, attributes)
    if (end[1] === '/') listener.close(name)
    else open.push(name)
  }

  while (at < source.length) {
    if (source[at] !== '<') {
      const end = source.indexOf('<', at)
      const text = source.slice(at, end < 0 ? source.length : end)
      at += text.length
      if (open.length > 0) listener.text(plain(text))
      else if (text.trim() !== '') throw new RefusedScan('malformed')
    } else if (source.startsWith('</', at)) {
      closing.lastIndex = at
      const name = closing.exec(source)?.[1]
      if (name === undefined || open.pop() !== name) throw new RefusedScan('malformed')
      at = closing.lastIndex
      listener.close(name)
    } else if (source.startsWith('<!--', at)) at = after('-->', at + 4)
    else if (source.startsWith('<![CDATA[', at)) {
      if (open.length === 0) throw new RefusedScan('malformed')
      const end = after(']]>', at)
      listener.text(source.slice(at + '<![CDATA['.length, end - ']]>'.length))
      at = end
    } else if (source.startsWith('<!', at)) throw new RefusedScan('doctype')
    else if (source.startsWith('<?', at)) at = after('?>', at)
    else takeOpening()
  }
  if (!rooted || open.length > 0) throw new RefusedScan('malformed')
}

function character(decimal: string | undefined, hex: string | undefined): string {
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new RefusedScan('malformed')
  return String.fromCodePoint(code)
}

import { copyMarksIn } from '@zhongheng/contracts/records/copy-marks.ts'

/** Largest file that is looked through (bytes). */
export const longestLeak = 64 << 20
/** Packed parts of one file, and what is taken of each (bytes): a file made to fill the memory stops here. */
const mostParts = 5000
const mostOfPart = 4 << 20
const mostOfAll = 48 << 20

/**
 * Codes of the marks in a leaked file, whatever it is: in its bytes as text of several encodings, and in what is packed
 * inside of a Word, Excel or ZIP file or of a PDF. Nothing of it leaves this browser.
 */
export async function marksInFile(bytes: Uint8Array): Promise<string[]> {
  const isPdf = bytes[0] === 0x25
  const marks = (part: Uint8Array): string[] => [...marksInBytes(part), ...(isPdf ? marksInHex(part) : [])]
  const found = new Set(marks(bytes))
  let left = mostOfAll
  for (const { packed, form } of isPdf ? packedParts(streamsOfPdf(bytes)) : packedParts(entriesOfZip(bytes))) {
    const out = await unpacked(packed, form, Math.min(mostOfPart, left))
    left -= out.length
    for (const code of marks(out)) found.add(code)
    if (left <= 0) break
  }
  return [...found]
}

/** What somebody pastes: a text with marks in it, or the bare code that stands in the lines on a page. */
export const marksInText = (text: string): string[] => {
  const bare = text.trim().toUpperCase()
  return /^[0-9A-HJKMNP-TV-Z]{8}$/.test(bare) ? [bare] : copyMarksIn(text)
}

/** Texts of two bytes a letter may begin at any byte. */
const readings = [
  ['utf-8', 0],
  ['utf-16le', 0],
  ['utf-16le', 1],
  ['utf-16be', 0],
  ['utf-16be', 1],
] as const
const marksInBytes = (bytes: Uint8Array): string[] =>
  readings.flatMap(([name, from]) => copyMarksIn(new TextDecoder(name).decode(bytes.subarray(from))))

/** Strings of a PDF in hexadecimal digits, as LibreOffice writes its properties. */
function marksInHex(bytes: Uint8Array): string[] {
  const text = new TextDecoder('latin1').decode(bytes)
  return [...text.matchAll(/<([0-9A-Fa-f\s]{32,4096})>/g)].flatMap(([, digits = '']) => {
    const pairs = digits.replace(/\s/g, '').match(/../g) ?? []
    return marksInBytes(Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)))
  })
}

type Packed = { readonly packed: Uint8Array; readonly form: 'deflate' | 'deflate-raw' }

function* packedParts(parts: Iterable<Packed>): Generator<Packed> {
  let count = 0
  for (const part of parts) {
    if (++count > mostParts) return
    yield part
  }
}

/** Packed entries by the list at a ZIP's end, which knows their lengths. */
function* entriesOfZip(bytes: Uint8Array): Generator<Packed> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const within = (at: number, length: number): boolean => at >= 0 && at + length <= bytes.length
  for (let at = bytes.indexOf(0x50); at >= 0; at = bytes.indexOf(0x50, at + 1)) {
    if (!within(at, 46) || view.getUint32(at, true) !== 0x02014b50) continue
    const local = view.getUint32(at + 42, true)
    if (view.getUint16(at + 10, true) !== 8 || !within(local, 30)) continue
    const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
    const length = view.getUint32(at + 20, true)
    if (within(begin, length)) yield { packed: bytes.subarray(begin, begin + length), form: 'deflate-raw' }
  }
}

/** Streams of a PDF that are packed the usual way. */
function* streamsOfPdf(bytes: Uint8Array): Generator<Packed> {
  const text = new TextDecoder('latin1').decode(bytes)
  for (let at = text.indexOf('stream'); at >= 0; at = text.indexOf('stream', at + 6)) {
    if (text.startsWith('end', at - 3)) continue
    const begin = at + 6 + (text[at + 6] === '\r' ? 2 : 1)
    const end = text.indexOf('endstream', begin)
    if (end < 0) return
    if (text.charCodeAt(begin) === 0x78) yield { packed: bytes.subarray(begin, end), form: 'deflate' }
    at = end
  }
}

/** As much as can be read; what follows the end, or is damaged, ends it. */
async function unpacked(packed: Uint8Array, form: Packed['form'], most: number): Promise<Uint8Array> {
  const reader = new Blob([packed.slice()]).stream().pipeThrough(new DecompressionStream(form)).getReader()
  const parts: Uint8Array[] = []
  let length = 0
  try {
    while (length < most) {
      const { done, value } = await reader.read()
      if (done) break
      parts.push(value)
      length += value.length
    }
    await reader.cancel()
  } catch {
    // What came out until here counts.
  }
  const all = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** What a file is by its bytes; what its name says counts for nothing. */
export const fileKinds = [
  'png',
  'jpeg',
  'gif',
  'webp',
  'pdf',
  'zip',
  'gzip',
  'pcap',
  'markup',
  'text',
  'other',
] as const
export type FileKind = (typeof fileKinds)[number]

/** Pictures, of which a re-encoded copy may be shown. */
export const pictureKinds: readonly FileKind[] = ['png', 'jpeg', 'gif', 'webp']

const begins: readonly (readonly [FileKind, string])[] = [
  ['png', '89504e470d0a1a0a'],
  ['jpeg', 'ffd8ff'],
  ['gif', '474946383761'],
  ['gif', '474946383961'],
  ['pdf', '255044462d'],
  ['zip', '504b0304'],
  ['zip', '504b0506'],
  ['gzip', '1f8b'],
  ['pcap', '0a0d0d0a'],
  ['pcap', 'd4c3b2a1'],
  ['pcap', 'a1b2c3d4'],
]

/** Bytes of a file's beginning that `kindOf` wants. */
export const headBytes = 4096

/**
 * The kind of a file by its first bytes. Markup is what a browser might run if it were shown: HTML, SVG, XML, also behind blanks or a
 * byte order mark. Text is what decodes as UTF-8 without control signs.
 * @param head the first `headBytes` bytes, or the whole file where it is shorter
 */
export function kindOf(head: Uint8Array): FileKind {
  const hex = [...head.subarray(0, 12)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const known = begins.find(([, start]) => hex.startsWith(start))
  if (known) return known[0]
  if (hex.startsWith('52494646') && hex.slice(16, 24) === '57454250') return 'webp'
  const text = readText(head)
  if (text === null) return 'other'
  return /^[\s\u0000\ufeff]*<(?:[!?a-z])/i.test(text) ? 'markup' : 'text'
}

/** UTF-8, or UTF-16 by its mark; null for anything else. A character cut at the end of the head is no fault. */
function readText(head: Uint8Array): string | null {
  const mark = (head[0] ?? 0) * 256 + (head[1] ?? 0)
  if (mark === 0xfffe || mark === 0xfeff) {
    const little = mark === 0xfffe
    let text = ''
    for (let at = 2; at + 1 < head.length; at += 2)
      text += String.fromCharCode(
        little ? (head[at] ?? 0) | ((head[at + 1] ?? 0) << 8) : ((head[at] ?? 0) << 8) | (head[at + 1] ?? 0),
      )
    return text
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return /[\u0000-\u0008\u000e-\u001f]/.test(text.slice(0, 2000)) ? null : text
  } catch {
    return null
  }
}

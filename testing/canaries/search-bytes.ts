import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A place where something was found. */
export type Hit = { readonly file: string; readonly as: string; readonly context: string }

export type Pattern = { readonly as: string; readonly bytes: Buffer }

/** A text as it may lie on a disk: plain, in two bytes a letter, as hex, as base64 at any place, escaped for JSON or an address. */
export function patternsOf(text: string): Pattern[] {
  const utf8 = Buffer.from(text, 'utf8')
  const hex = utf8.toString('hex')
  const patterns: Pattern[] = [
    { as: 'utf-8', bytes: utf8 },
    { as: 'utf-16le', bytes: Buffer.from(text, 'utf16le') },
    { as: 'utf-16be', bytes: Buffer.from(text, 'utf16le').swap16() },
    { as: 'hex', bytes: Buffer.from(hex) },
    { as: 'HEX', bytes: Buffer.from(hex.toUpperCase()) },
  ]
  for (let shift = 0; shift < 3; shift++) {
    const text64 = Buffer.concat([Buffer.alloc(shift), utf8])
      .toString('base64')
      .replace(/=+$/, '')
    // Without the letters that hang on the bytes before and behind.
    const inner = text64.slice(
      shift === 0 ? 0 : shift + 1,
      text64.length - (((shift + utf8.length) * 8) % 6 === 0 ? 0 : 1),
    )
    patterns.push({ as: `base64+${shift}`, bytes: Buffer.from(inner) })
    if (/[+/]/.test(inner))
      patterns.push({ as: `base64url+${shift}`, bytes: Buffer.from(inner.replaceAll('+', '-').replaceAll('/', '_')) })
  }
  if (utf8.length !== text.length) {
    const escaped = [...text].map((one) => `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`).join('')
    patterns.push(
      { as: 'json', bytes: Buffer.from(escaped) },
      { as: 'uri', bytes: Buffer.from(encodeURIComponent(text)) },
    )
  }
  return patterns
}

/** Every file below a folder, links included once. */
export async function* filesIn(folder: string): AsyncGenerator<string> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory()) yield* filesIn(path)
    else if (found?.isFile()) yield path
  }
}

/** Looks through a stream of bytes. A pattern that stands across two pieces is found too. */
export async function searchStream(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  patterns: readonly Pattern[],
): Promise<{ hits: Hit[]; bytes: number }> {
  const longest = Math.max(...patterns.map(({ bytes }) => bytes.length))
  const hits: Hit[] = []
  let held: Buffer = Buffer.alloc(0)
  let bytes = 0
  for await (const piece of stream) {
    bytes += piece.length
    const all = Buffer.concat([held, piece])
    for (const { as, bytes: wanted } of patterns)
      for (let at = all.indexOf(wanted); at >= 0 && hits.length < 200; at = all.indexOf(wanted, at + 1)) {
        const around = all.subarray(Math.max(0, at - 60), at + wanted.length + 60).toString('latin1')
        hits.push({ file: name, as, context: around.replace(/[^\x20-\x7e]/g, '·') })
      }
    held = all.subarray(Math.max(0, all.length - longest + 1))
  }
  return { hits, bytes }
}

/** Looks through every file below the folders. A file that goes meanwhile is no fault. */
export async function searchFolders(
  folders: readonly string[],
  patterns: readonly Pattern[],
): Promise<{ hits: Hit[]; bytes: number; files: number }> {
  const all = { hits: [] as Hit[], bytes: 0, files: 0 }
  for (const folder of folders)
    for await (const path of filesIn(folder)) {
      const found = await searchStream(path, createReadStream(path, { highWaterMark: 4 << 20 }), patterns).catch(
        (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error
          return { hits: [], bytes: 0 }
        },
      )
      all.hits.push(...found.hits)
      all.bytes += found.bytes
      all.files++
    }
  return all
}

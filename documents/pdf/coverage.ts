import { readFileSync } from 'node:fs'
import { named } from '../text/inert.ts'

type Ranges = readonly (readonly [first: number, last: number])[]

/** The code points of a TrueType font's full Unicode map (`cmap` format 12). */
function rangesOf(font: DataView): Ranges {
  const tables = font.getUint16(4)
  for (let table = 0; table < tables; table += 1) {
    const record = 12 + table * 16
    if (font.getUint32(record) !== 0x636d6170) continue
    const cmap = font.getUint32(record + 8)
    for (let index = 0; index < font.getUint16(cmap + 2); index += 1) {
      const map = cmap + font.getUint32(cmap + 4 + index * 8 + 4)
      if (font.getUint16(map) !== 12) continue
      return Array.from({ length: font.getUint32(map + 12) }, (_, group) => {
        const at = map + 16 + group * 12
        return [font.getUint32(at), font.getUint32(at + 4)] as const
      })
    }
  }
  throw new Error('the font has no full Unicode map')
}

function readRanges(file: string): Ranges {
  const bytes = readFileSync(file)
  return rangesOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}

/**
 * Prints by number what the given fonts cannot draw, so that no page shows an empty box and no other font of the
 * machine is drawn in (which would change the bytes from machine to machine).
 */
export function coveredBy(files: readonly string[]): (text: string) => string {
  const fonts = files.map(readRanges)
  const known = new Map<number, boolean>()
  const drawn = (point: number): boolean => {
    const seen = known.get(point)
    if (seen !== undefined) return seen
    const covered = fonts.every((ranges) => ranges.some(([first, last]) => point >= first && point <= last))
    known.set(point, covered)
    return covered
  }
  return (text) => {
    let out = ''
    for (const character of text) {
      const point = character.codePointAt(0) ?? 0
      out += point === 0x0a || point === 0x09 || drawn(point) ? character : named(point)
    }
    return out
  }
}

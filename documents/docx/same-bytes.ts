import { strFromU8, strToU8, unzipSync, type Zippable, zipSync } from 'fflate'

const contentTypes = '[Content_Types].xml'

/** The library numbers bookmarks and pictures through a process's life; here they count from one. */
function numberedAnew(xml: string): string {
  const numbers = new Map<string, number>()
  const anew = (old: string): number => {
    const number = numbers.get(old) ?? numbers.size + 1
    numbers.set(old, number)
    return number
  }
  return xml
    .replaceAll(
      /(w:anchor="|PAGEREF |w:name=")_Toc(\d+)/g,
      (_all, before: string, old: string) => `${before}_Toc${anew(`name ${old}`)}`,
    )
    .replaceAll(
      /(<w:bookmark(?:Start|End)\b[^>]*\bw:id=")(\d+)/g,
      (_all, before: string, old: string) => before + anew(`id ${old}`),
    )
    .replaceAll(/(<wp:docPr id=")(\d+)/g, (_all, before: string, old: string) => before + anew(`picture ${old}`))
}

/**
 * The same package with everything taken out that depends on when and in which process it was written: the clock in
 * the properties and the zip entries, the order of the entries.
 */
export function sameBytes(bytes: Uint8Array, createdAt: number): Uint8Array {
  const at = new Date(createdAt * 1000).toISOString().replace('.000Z', 'Z')
  const parts = unzipSync(bytes)
  const core = parts['docProps/core.xml']
  if (core !== undefined) {
    parts['docProps/core.xml'] = strToU8(
      strFromU8(core).replaceAll(/(<dcterms:(?:created|modified)[^>]*>)[^<]*/g, (_all, tag: string) => tag + at),
    )
  }
  const body = parts['word/document.xml']
  if (body !== undefined) parts['word/document.xml'] = strToU8(numberedAnew(strFromU8(body)))
  const names = Object.keys(parts).sort((one, other) =>
    one === contentTypes ? -1 : other === contentTypes ? 1 : one < other ? -1 : 1,
  )
  const zip: Zippable = {}
  // A zip entry's time has no zone and begins in 1980; a constant is the only time that is the same everywhere.
  for (const name of names)
    zip[name] = [parts[name] ?? new Uint8Array(), { mtime: new Date(1980, 0, 1, 0, 0, 0), level: 6 }]
  return zipSync(zip)
}

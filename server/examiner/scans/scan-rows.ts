import { importLimits } from '@zhongheng/domain/imports/limits.ts'
import {
  type RowFault,
  type ScanFormat,
  type ScanRead,
  type ScanRow,
  lineFrom,
  textFrom,
} from '@zhongheng/domain/imports/scan.ts'

/** A result as it was read, of whatever length. */
export type RawRow = Omit<ScanRow, 'times'>

/**
 * Gathers the results of a file. Equal ones become one row with all their places. Beyond the quota they are counted and no longer kept, so
 * that a file of a million costs no memory and is refused with its number (PUB-UP-10).
 */
export class ScanRows {
  readonly #rows = new Map<string, { -readonly [K in keyof ScanRow]: ScanRow[K] }>()
  readonly #left: { item: number; why: RowFault }[] = []
  #items = 0
  #leftCount = 0

  /** @param make asked for the result only while the quota holds */
  add(make: () => RawRow): void {
    this.#items++
    if (this.#items > importLimits.findings) return this.#rows.clear()
    const raw = make()
    const title = lineFrom(raw.title, importLimits.title)
    if (title === '') return this.#leave('no_title')
    const places = raw.places
      .slice(0, importLimits.places)
      .map((place) => lineFrom(place, importLimits.place))
      .filter((place) => place !== '')
    const row = {
      ...raw,
      title,
      places: [...new Set(places)],
      description: textFrom(raw.description, importLimits.description),
      repair: textFrom(raw.repair, importLimits.repair),
      cvssVector: raw.cvssVector === null ? null : lineFrom(raw.cvssVector, importLimits.title),
      times: 1,
    }
    const key = JSON.stringify([title, row.severity, row.cwe, row.description, hostOf(places[0] ?? '')])
    const same = this.#rows.get(key)
    if (same === undefined) this.#rows.set(key, row)
    else {
      same.times++
      same.places = [...new Set([...same.places, ...places])].slice(0, importLimits.places)
    }
  }

  /** Counts a result that cannot be read. */
  leave(why: RowFault): void {
    this.#items++
    this.#leave(why)
  }

  #leave(why: RowFault): void {
    this.#leftCount++
    if (this.#left.length < importLimits.places) this.#left.push({ item: this.#items, why })
  }

  read(format: ScanFormat): ScanRead {
    if (this.#items > importLimits.findings) return { verdict: 'refused', why: 'too_many_findings', count: this.#items }
    return {
      verdict: 'read',
      format,
      items: this.#items,
      rows: [...this.#rows.values()],
      left: this.#left,
      leftCount: this.#leftCount,
    }
  }
}

/** What comes before the path: results of two hosts are two rows. */
const hostOf = (place: string): string => /^(?:[a-z]+:\/\/)?[^/]*/i.exec(place)?.[0] ?? ''

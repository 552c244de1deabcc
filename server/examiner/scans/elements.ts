import { importLimits } from '@zhongheng/domain/imports/limits.ts'
import { readXml } from './xml.ts'

/** An element that is looked at as a whole; of its text the first `importLimits.nodeText` characters. */
export type Element = {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: Element[]
  text: string
}
/** Attributes of the elements that stand around or before an element, by their name: the last of each. */
export type Around = ReadonlyMap<string, ReadonlyMap<string, string>>

export type ElementReader = {
  /** Elements that are handed over; one within another belongs to the outer one. */
  readonly items: readonly string[]
  /** Elements whose attributes are kept for the items behind them; the beginning of one forgets those named after it. */
  readonly around: readonly string[]
  take(element: Element, around: Around): void
}

/** Elements held for one item; what is more is passed over. */
const mostHeld = 5000

/**
 * Goes through a text and builds one item at a time, so that memory is that of the largest item.
 * @param choose the reader for a document with this root element
 */
export function readElements(source: string, choose: (root: string) => ElementReader): void {
  let reader: ElementReader | null = null
  const around = new Map<string, ReadonlyMap<string, string>>()
  const stack: Element[] = []
  let held = 0
  readXml(source, {
    open(name, attributes) {
      reader ??= choose(name)
      const rank = reader.around.indexOf(name)
      if (rank >= 0) {
        for (const later of reader.around.slice(rank)) around.delete(later)
        around.set(name, attributes)
      }
      if (stack.length === 0 && !reader.items.includes(name)) return
      const element: Element = { name, attributes, children: [], text: '' }
      if (held++ < mostHeld) stack.at(-1)?.children.push(element)
      stack.push(element)
    },
    text(text) {
      const element = stack.at(-1)
      if (element && element.text.length < importLimits.nodeText)
        element.text += text.slice(0, importLimits.nodeText - element.text.length)
    },
    close() {
      const element = stack.pop()
      if (element === undefined || stack.length > 0) return
      held = 0
      reader?.take(element, around)
    },
  })
}

/** The text of the first child with one of these names; '' where there is none. */
export const textIn = (element: Element, ...names: string[]): string =>
  names.map((name) => element.children.find((one) => one.name === name)?.text ?? '').find((text) => text !== '') ?? ''

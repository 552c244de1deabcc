import type { Figure } from '../models/common.ts'
import { inertLine } from '../text/inert.ts'
import type { Run } from './printed.ts'

/** Numbers the sources of figures in the order in which a reader meets them. */
export type Sources = {
  /** The figure as printed: its value and the mark of its source. `name` says in the annex what was counted. */
  cite(name: string, figure: Figure): Run[]
  list(): readonly { readonly number: number; readonly source: string; readonly figures: readonly string[] }[]
}

/** `184,233`; fractions keep at most two digits. */
export const printNumber = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 })

export function collectSources(): Sources {
  const bySource = new Map<string, { number: number; figures: string[] }>()
  return {
    cite(name, figure) {
      const line = bySource.get(figure.source) ?? { number: bySource.size + 1, figures: [] }
      bySource.set(figure.source, line)
      const shown = `${inertLine(name)} ${printNumber(figure.value)}`
      if (!line.figures.includes(shown)) line.figures.push(shown)
      return [
        { kind: 'text', text: printNumber(figure.value) },
        { kind: 'mark', number: line.number },
      ]
    },
    list: () => [...bySource].map(([source, line]) => ({ source: inertLine(source), ...line })),
  }
}

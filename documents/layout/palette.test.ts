import { expect, it } from 'vitest'
import { severityPrint } from './palette.ts'

it.each(Object.entries(severityPrint))(
  'prints %s in white on a colour with a contrast of at least 4.5',
  (_, { color }) => {
    const channel = (at: number): number => {
      const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    }
    const light = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    expect(1.05 / (light + 0.05)).toBeGreaterThanOrEqual(4.5)
  },
)

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')
const blockOf = (selector: string): Map<string, string> => {
  const from = css.indexOf(`${selector} {`)
  const block = css.slice(from, css.indexOf('}', from))
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name ?? '', (value ?? '').trim()]),
  )
}
const light = blockOf(':root')
const dark = new Map([...light, ...blockOf(':root[data-theme="dark"]')])

/** WCAG 2.2 contrast of two #rrggbb colours. */
function contrast(one: string | undefined, other: string | undefined): number {
  const luminance = (colour = ''): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

describe.each([
  ['light', light],
  ['dark', dark],
])('on the %s theme', (_name, tokens) => {
  it.each(['text', 'text-2', 'text-3', 'accent', 'danger', 'warn', 'ok'])(
    '%s is readable on page and panel',
    (name) => {
      expect(contrast(tokens.get(name), tokens.get('bg'))).toBeGreaterThanOrEqual(4.5)
      expect(contrast(tokens.get(name), tokens.get('surface'))).toBeGreaterThanOrEqual(4.5)
    },
  )
  it.each(['danger', 'warn', 'ok', 'accent'])('%s is readable on its own tint', (name) => {
    expect(contrast(tokens.get(name), tokens.get(`${name}-soft`))).toBeGreaterThanOrEqual(4.5)
  })
  it.each([...light.keys()].filter((name) => /^(severity|state)-/.test(name)))(
    'white text is readable on %s',
    (name) => {
      expect(contrast('#ffffff', tokens.get(name))).toBeGreaterThanOrEqual(4.5)
    },
  )
  it('text on solid colours is readable', () => {
    expect(contrast(tokens.get('on-accent'), tokens.get('accent'))).toBeGreaterThanOrEqual(4.5)
    expect(contrast('#ffffff', tokens.get('danger-solid'))).toBeGreaterThanOrEqual(4.5)
    expect(contrast(tokens.get('rail-text'), tokens.get('rail'))).toBeGreaterThanOrEqual(4.5)
  })
})

it('a person who chose dark and one whose system did see the same colours', () => {
  expect(blockOf(':root:not([data-theme])')).toEqual(blockOf(':root[data-theme="dark"]'))
})

import { describe, expect, it } from 'vitest'
import { type Field, emptyValues, fits, sentValues } from './field-rules.ts'

const label = { zh: '字段', en: 'field' }
const opinion: Field = { name: 'opinion', label, kind: 'long', min: 10, max: 20 }
const contact: Field = { name: 'contact', label, kind: 'line', min: 2, max: 10 }
const agreed: Field = { name: 'agreed', label, kind: 'confirm' }
const verdict: Field = { name: 'verdict', label, kind: 'choice', options: [{ value: 'pass', label }] }
const form = [opinion, contact, agreed, verdict]

describe('a form made of a record kind', () => {
  it('starts with nothing ticked and nothing chosen', () => {
    expect(emptyValues(form)).toEqual({ opinion: '', contact: '', agreed: false })
  })
  it.each([
    [opinion, 'short', false],
    [opinion, '          ', false],
    [opinion, 'long enough', true],
    [opinion, 'much too long for this field', false],
    [agreed, false, false],
    [agreed, true, true],
    [verdict, 'pass', true],
    [verdict, 'perhaps', false],
    [verdict, undefined, false],
  ])('judges %o with %o as %s', (field, value, expected) => {
    expect(fits(field, value)).toBe(expected)
  })
  it('sends known fields only, with lines trimmed and paragraphs as typed', () => {
    expect(
      sentValues(form, { opinion: ' as typed \n', contact: ' Lin 010 ', agreed: true, verdict: undefined, other: 'x' }),
    ).toEqual({ opinion: ' as typed \n', contact: 'Lin 010', agreed: true })
  })
})

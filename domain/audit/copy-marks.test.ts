import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copyMark, copyMarksIn } from './copy-marks.ts'

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const code = fc.array(fc.constantFrom(...letters), { minLength: 8, maxLength: 8 }).map((all) => all.join(''))
const text = fc.string({ unit: 'grapheme', maxLength: 60 })

describe('the mark of a reader’s copy', () => {
  it('reads back from any text around it, written and unseen', () => {
    fc.assert(
      fc.property(code, text, text, (one, before, after) => {
        const mark = copyMark(one)
        // A letter right behind the check would be part of another word.
        expect(copyMarksIn(`${before}${mark.written} ${after}`)).toContain(one)
        expect(copyMarksIn(`${before} ${mark.unseen} ${after}`)).toContain(one)
      }),
    )
  })
  it('is of no width, or says only a code: no name stands in it', () => {
    const mark = copyMark('7QK39ZTM')
    expect(mark.unseen).toMatch(/^(?:\u200b|\u200c|\u200d|\u2060){32}$/u)
    expect(mark.written).toMatch(/^zhm1-7QK39ZTM-[0-9A-Z]{5}$/)
  })
  it('does not count when one letter of it is another, or two are exchanged', () => {
    fc.assert(
      fc.property(code, fc.nat(7), fc.constantFrom(...letters), (one, place, letter) => {
        const { written } = copyMark(one)
        const at = 'zhm1-'.length + place
        const wrong = written.slice(0, at) + letter + written.slice(at + 1)
        expect(copyMarksIn(wrong)).toEqual(wrong === written ? [one] : [])
        const swapped =
          one.slice(0, place) +
          one
            .slice(place, place + 2)
            .split('')
            .toReversed()
            .join('') +
          one.slice(place + 2)
        expect(copyMarksIn(written.replace(one, swapped))).toEqual(swapped === one ? [one] : [])
      }),
    )
  })
  it('does not count when a sign of it is lost, added or another', () => {
    const signs = ['\u200b', '\u200c', '\u200d', '\u2060'] as const
    fc.assert(
      fc.property(code, fc.nat(31), fc.constantFrom(...signs), (one, at, sign) => {
        const { unseen } = copyMark(one)
        expect(copyMarksIn(unseen.slice(0, at) + unseen.slice(at + 1))).toEqual([])
        const other = unseen.slice(0, at) + sign + unseen.slice(at + 1)
        expect(copyMarksIn(other)).toEqual(other === unseen ? [one] : [])
      }),
    )
  })
  it('is found behind a mark that was cut, and beside that of another copy', () => {
    const [mine, theirs] = [copyMark('7QK39ZTM'), copyMark('00000000')]
    expect(copyMarksIn(theirs.unseen.slice(5) + mine.unseen)).toEqual(['7QK39ZTM'])
    expect(copyMarksIn(mine.unseen + theirs.unseen + mine.unseen)).toEqual(['7QK39ZTM', '00000000'])
    expect(copyMarksIn(`${theirs.written}\n${mine.unseen}`)).toEqual(['00000000', '7QK39ZTM'])
  })
  it('is in no text that nobody marked', () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(copyMarksIn(any)).toEqual([])
      }),
    )
    expect(copyMarksIn('\u200b'.repeat(500))).toEqual([])
  })
  it('is made of a code and nothing else', () => {
    for (const wrong of ['', '7QK39ZT', '7QK39ZTMM', '7QK39ZTU', '林帆林帆林帆林帆'])
      expect(() => copyMark(wrong)).toThrow()
  })
})

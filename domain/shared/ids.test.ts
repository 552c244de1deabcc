import { describe, expect, it } from 'vitest'
import { type IdKind, idPrefixes, isId, makeId, parseId } from './ids.ts'
import { Problem } from './problem.ts'

const kinds = Object.keys(idPrefixes) as IdKind[]
const bytes = (...given: number[]): Uint8Array => Uint8Array.from({ length: 10 }, (_, at) => given[at] ?? 0)
const at = new Date('2026-03-10T12:00:00.123Z')

describe('an id', () => {
  it('is read back as it was made, for every kind, with any random bytes', () => {
    for (const kind of kinds)
      for (const random of [bytes(), bytes(255, 255, 255, 255, 255, 255, 255, 255, 255, 255), bytes(1, 2, 3, 4, 5)]) {
        const id = makeId(kind, at, random)
        expect(id).toMatch(/^[a-z]{3}_[0-9a-z]{26}$/)
        expect(parseId(kind, id)).toBe(id)
      }
  })
  it('holds time and random bits without loss: Crockford’s base 32', () => {
    expect(makeId('event', new Date(0), bytes())).toBe(`evt_${'0'.repeat(26)}`)
    expect(makeId('event', new Date(31), bytes(255, 255, 255, 255, 255, 255, 255, 255, 255, 255))).toBe(
      `evt_000000000z${'z'.repeat(16)}`,
    )
    expect(makeId('event', new Date(1024), bytes(0, 0, 0, 0, 1))).toBe(`evt_00000001000000000100000000`)
    expect(new Set(Array.from({ length: 256 }, (_, one) => makeId('event', at, bytes(0, 0, 0, one)))).size).toBe(256)
  })
  it('sorts as text in the order in which the ids were made', () => {
    const times = ['1970-01-01', '2026-03-10', '2026-03-11', '2105-01-01', '9999-12-31'].map((day) => new Date(day))
    const ids = times.map((time, place) => makeId('event', time, bytes(255 - place)))
    expect([...ids].sort()).toEqual(ids)
  })
  it.each([
    ['of another kind', makeId('finding', at, bytes())],
    ['too short', 'eng_01jd'],
    ['too long', `${makeId('engagement', at, bytes())}0`],
    ['in upper case', makeId('engagement', at, bytes()).toUpperCase()],
    ['with a letter that can be misread', `eng_${'i'.repeat(26)}`],
    ['with a path in it', 'eng_../../../../../etc/passwd00'],
    ['with a line break behind it', `${makeId('engagement', at, bytes())}\n`],
    ['empty', ''],
  ])('%s is refused with field, limit and fix', (_what, text) => {
    expect(isId('engagement', text)).toBe(false)
    try {
      parseId('engagement', text)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(Problem)
      expect(error).toMatchObject({ code: 'malformed', fields: [{ field: 'engagement' }] })
    }
  })
  it('has a prefix of its own for every kind: what is stored never changes its meaning', () => {
    expect(new Set(Object.values(idPrefixes)).size).toBe(kinds.length)
  })
})

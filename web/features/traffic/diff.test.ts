import { describe, expect, it } from 'vitest'
import { comparedLines, diffLines } from './diff.ts'

const marks = { same: ' ', gone: '-', new: '+' } as const
const shown = (one: string, other: string) => diffLines(one, other).map(({ kind, text }) => `${marks[kind]}${text}`)

describe('two texts compared', () => {
  it('show what only one of them has, beside what both have', () => {
    expect(shown('a\nb\nc\nd', 'a\nx\nc\nd\ne')).toEqual([' a', '-b', '+x', ' c', ' d', '+e'])
    expect(shown('id: 1\r\nname', 'id: 2\nname')).toEqual(['-id: 1', '+id: 2', ' name'])
    expect(shown('', 'new')).toEqual(['+new'])
    expect(shown('same', 'same')).toEqual([' same'])
  })
  it('that differ over very many lines are set one below the other', () => {
    const lines = (mark: string) => Array.from({ length: comparedLines + 5 }, (_, at) => `${mark}${at}`).join('\n')
    const found = diffLines(`head\n${lines('a')}\nend`, `head\n${lines('b')}\nend`)
    expect(found.at(0)).toEqual({ kind: 'same', text: 'head' })
    expect(found.at(1)?.kind).toBe('gone')
    expect(found.at(-2)?.kind).toBe('new')
    expect(found).toHaveLength(2 + 2 * (comparedLines + 5))
  })
})

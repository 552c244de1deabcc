import { describe, expect, it } from 'vitest'
import { en } from './en.ts'
import { zhCN } from './zh-CN.ts'

type Texts = { readonly [key: string]: string | Texts }
const flat = (texts: Texts, before = ''): [key: string, text: string][] =>
  Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[before + key, value]] : flat(value, `${before}${key}.`),
  )
const blanks = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').sort()

describe('the two catalogues', () => {
  const chinese = new Map(flat(zhCN))
  const english = new Map(flat(en))

  it('have exactly the same keys', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })
  it('leave no text empty', () => {
    expect([...chinese, ...english].filter(([, text]) => text.trim() === '')).toEqual([])
  })
  it('fill in the same blanks', () => {
    const differing = [...chinese].filter(
      ([key, text]) => blanks(text).join() !== blanks(english.get(key) ?? '').join(),
    )
    expect(differing).toEqual([])
  })
  it('are each in their own language', () => {
    const han = /\p{Script=Han}/u
    // The button that switches the language is named in the language it leads to.
    expect([...english].filter(([key, text]) => han.test(text) && key !== 'frame.otherLanguage')).toEqual([])
    // Names such as HTTP stay as they are; a sentence in Latin letters was forgotten.
    const sentence = /[a-z]+ [a-z]+ [a-z]+/i
    expect([...chinese].filter(([, text]) => !han.test(text) && sentence.test(text))).toEqual([])
  })
})

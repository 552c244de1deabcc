import { expect, it } from 'vitest'
import { changedSections } from './sections.ts'

it('sends only the sections that somebody changed', () => {
  const stored = [
    { sectionId: 'TR4', text: '旧的总结' },
    { sectionId: 'TR5', text: '建议' },
  ]
  expect(changedSections(stored, { TR4: '新的总结', TR5: '建议' })).toEqual({ TR4: '新的总结' })
  expect(changedSections(stored, {})).toEqual({})
})

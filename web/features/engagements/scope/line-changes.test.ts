import { expect, it } from 'vitest'
import { lineChanges } from './line-changes.ts'

it('a proposed scope is compared line by line, whatever the order', () => {
  expect(lineChanges('# shop\na.example\nb.example\n', 'b.example\n  c.example\n\n# more')).toEqual({
    added: ['c.example'],
    gone: ['a.example'],
  })
})

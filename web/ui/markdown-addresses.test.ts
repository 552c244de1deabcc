import { describe, expect, it } from 'vitest'
import { linkTarget, ownImage } from './markdown-addresses.ts'

describe('a link in a tester’s text', () => {
  it.each([
    ['https://shop.example/a', false],
    ['mailto:lin@bank.example', false],
    ['/engagements/eng_1', true],
    ['#steps', true],
    ['//shop.example/a', false],
  ])('%s is kept (own: %s)', (href, own) => {
    expect(linkTarget(href)).toEqual({ href, own })
  })
  it.each(['javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x', 'vbscript:x', '', undefined])(
    '%j is not',
    (href) => {
      expect(linkTarget(href)).toBeNull()
    },
  )
})

describe('a picture in a tester’s text', () => {
  const engagement = `eng_${'0'.repeat(26)}`
  it('is shown when it is an attachment of this installation', () => {
    expect(ownImage(`/api/engagements/${engagement}/attachments/att_1`)).toBe(true)
  })
  it.each([
    'https://elsewhere.example/beacon.png',
    '//elsewhere.example/beacon.png',
    `/api/engagements/${engagement}/findings/fnd_1`,
    `/api/engagements/${engagement}/attachments/../findings`,
    'data:image/png;base64,AA==',
  ])('is not asked for from %s', (src) => {
    expect(ownImage(src)).toBe(false)
  })
})

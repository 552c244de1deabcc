import { describe, expect, it } from 'vitest'
import { ownPath } from './own-path.ts'

describe('the page that Lin returns to after signing in', () => {
  it('is the one she was on', () => {
    expect(ownPath('/engagements?state=testing#top')).toBe('/engagements?state=testing#top')
  })
  it.each([
    undefined,
    '',
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '/sign-in?to=/x',
  ])('is the home page for %j', (to) => {
    expect(ownPath(to)).toBe('/')
  })
})

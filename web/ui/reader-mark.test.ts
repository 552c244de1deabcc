import { describe, expect, it } from 'vitest'
import { markImage, markText } from './reader-mark.ts'

const mark = { by: '林帆', at: '2026-11-21T19:06:41.123Z', code: '7QK39ZTM' }

describe('the mark of a reader', () => {
  it('names the reader, the minute and the code of the reading', () => {
    expect(markText(mark)).toBe('林帆 2026-11-21 19:06Z 7QK39ZTM')
  })

  it('is a picture without anything to run, whatever somebody is called', () => {
    const image = markImage(markText({ ...mark, by: `</text><script>alert(1)</script>"'&` }))
    expect(image).toMatch(/^url\("data:image\/svg\+xml,[^"]+"\)$/)
    const svg = decodeURIComponent(image.slice('url("data:image/svg+xml,'.length, -2))
    expect(svg).not.toContain('<script')
    expect(svg).toContain('&#60;script&#62;')
    expect(svg).toContain('7QK39ZTM')
  })
})

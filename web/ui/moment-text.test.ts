import { describe, expect, it } from 'vitest'
import { momentText, utcText } from './moment-text.ts'

describe('a point in time', () => {
  const at = '2026-11-21T16:05:09Z'
  it('is told in the viewer’s zone, day and all', () => {
    expect(momentText(at, 'zh-CN', 'minutes', 'Asia/Shanghai')).toBe('2026/11/22 00:05')
    expect(momentText(at, 'en', 'seconds', 'Europe/Berlin')).toBe('2026-11-21 17:05:09')
    expect(momentText(at, 'en', 'day', 'Asia/Shanghai')).toBe('2026-11-22')
  })
  it('is told in UTC on hover', () => {
    expect(utcText('2026-11-22T00:05:09+08:00')).toBe('2026-11-21 16:05:09 UTC')
  })
})

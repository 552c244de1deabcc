import { describe, expect, it } from 'vitest'
import { eventKinds } from './describe-event.ts'
import { describeReading, readingEvents, readingKinds, readingOf } from './readings.ts'

describe('the reading record', () => {
  it('has a place for every event of a reading, and each place another reading', () => {
    for (const event of eventKinds.filter((kind) => kind.endsWith('.read')))
      expect(
        readingKinds.some((kind) => readingEvents[kind].events.includes(event)),
        event,
      ).toBe(true)
    const places = readingKinds.flatMap((kind) =>
      readingEvents[kind].events.flatMap((event) =>
        (readingEvents[kind].parts ?? ['']).map((part) => `${event} ${part}`),
      ),
    )
    expect(new Set(places).size).toBe(places.length)
  })

  it('names kinds by the ending that the index of the database knows', () => {
    for (const event of readingKinds.flatMap((kind) => readingEvents[kind].events))
      expect(event.endsWith('.read') || event === 'segment.mirrored', event).toBe(true)
  })

  it('tells an exchange with its secrets masked from one with nothing masked, raw sides included', () => {
    expect(readingOf('traffic.read', { part: 'page' })).toBe('exchange')
    for (const part of ['unmasked', 'request', 'response']) expect(readingOf('traffic.read', { part })).toBe('unmasked')
    expect(readingOf('traffic.read', { part: 'something new' })).toBeNull()
    expect(readingOf('finding.submitted', {})).toBeNull()
  })

  it('says when it was done in emergency access', () => {
    const words = describeReading('finding', 'finding.read', { version: 1, breakGlassId: 'bgl_x' })
    expect(words).toEqual({ zh: '打开漏洞正文（紧急访问）', en: 'Opened the finding’s body (emergency access)' })
  })

  it('says how many things one reading opened', () => {
    const words = describeReading('captures', 'traffic.read', { part: 'export', format: 'har', exchanges: 812 })
    expect(words).toEqual({ zh: '导出流量 812 条（HAR）', en: 'Exported 812 exchanges (HAR)' })
    expect(describeReading('search', 'traffic.read', { part: 'search', opened: 40 }).en).toContain('40')
    expect(describeReading('finding', 'finding.read', {}).zh).not.toContain('紧急访问')
    expect(describeReading('finding', 'finding.read', { breakGlassId: 'bgl_1' }).zh).toContain('紧急访问')
    for (const kind of readingKinds) {
      const { zh, en } = describeReading(kind, readingEvents[kind].events[0] ?? '', {})
      expect(zh && en, kind).toBeTruthy()
    }
  })
})

import { describe, expect, it } from 'vitest'
import { alertAsGbt44886 } from './alert-as-gbt44886.ts'
import { alertAsOcsf } from './alert-as-ocsf.ts'
import { type AlertNews, asciiJson } from './alert-news.ts'
import { nextTellingAfter } from './receivers.ts'
import { octetCounted, syslogLine } from './syslog-line.ts'

const at = new Date('2026-05-01T08:00:00.123Z')
const id = (prefix: string): string => `${prefix}_01jd000000abcdefghjkmnpqrs`
const news = (what: AlertNews['what'], outcome: 'violation' | 'permitted' | null = null): AlertNews => ({
  id: id('adl'),
  what,
  at,
  page: `https://zhongheng.example.com/engagements/${id('eng')}/alerts`,
  engagementId: id('eng'),
  alert: {
    id: id('alt'),
    kind: 'destructive_command',
    severity: 'high',
    response: 'slow',
    outcome,
    testerId: id('per'),
    leaseId: id('lea'),
    hostDigest: 'a'.repeat(64),
    exchanges: 12_000,
    most: 300,
    firstAt: at,
    lastAt: at,
    seen: [1, 2].map((count) => ({ exchangeId: id('xch'), count, digest: 'b'.repeat(64) })),
  },
})

describe('an alert as OCSF', () => {
  it.each([
    ['raised', null, 200_401, 1, true],
    ['acknowledged', null, 200_402, 2, false],
    ['settled', 'violation', 200_403, 4, false],
    ['settled', 'permitted', 200_403, 3, false],
  ] as const)('%s %s is type %i with status %i', (what, outcome, type, status, rings) => {
    expect(alertAsOcsf(news(what, outcome))).toMatchObject({
      class_uid: 2004,
      category_uid: 2,
      type_uid: type,
      status_id: status,
      is_alert: rings,
      time: at.getTime(),
    })
  })
  it('the updates of one alert name the same finding, and every message has its own id', () => {
    const [first, second] = ['raised', 'settled'].map(
      (what) => alertAsOcsf({ ...news(what as 'raised'), id: id(what) }) as { finding_info: object; metadata: object },
    )
    expect(first?.finding_info).toEqual(second?.finding_info)
    expect(first?.metadata).not.toEqual(second?.metadata)
  })
})

it('an alert by our reading of GB/T 44886 says which reading that is', () => {
  expect(alertAsGbt44886(news('settled', 'violation'))).toMatchObject({
    form: 'zhongheng-gbt44886-alert/1',
    name: '疑似破坏性命令',
    level: 4,
    disposition: '已处置',
    conclusion: '违规',
  })
})

describe('a line of syslog', () => {
  const line = (json: string) => syslogLine({ grade: 'high', at, host: '众衡 host', what: 'alert.raised', json })
  it('is RFC 5424, ASCII also where the JSON had Chinese and odd separators, and reads back the same', () => {
    const value = { zh: '众衡\u2028\n"\u007f', face: '🙂' }
    const text = line(asciiJson(value))
    expect(text.slice(0, text.indexOf('{'))).toBe('<114>1 2026-05-01T08:00:00.123Z host zhongheng - alert.raised - ')
    expect(text).toMatch(/^[ -~]+$/)
    expect(JSON.parse(text.slice(text.indexOf('{')))).toEqual(value)
    expect(octetCounted(text)).toBe(`${Buffer.byteLength(text)} ${text}`)
  })
  it('fits into what every receiver takes (2,048 bytes, RFC 5426), in both forms', () => {
    for (const form of [alertAsOcsf, alertAsGbt44886])
      expect(line(asciiJson(form(news('raised')))).length).toBeLessThanOrEqual(2048)
  })
})

it('a message is tried eleven times over about a day', () => {
  const waits: number[] = []
  for (let tries = 1, wait = nextTellingAfter(1); wait !== null; wait = nextTellingAfter(++tries)) waits.push(wait)
  expect(waits).toHaveLength(10)
  expect(waits).toEqual(waits.toSorted((a, b) => a - b))
  expect(waits.reduce((sum, one) => sum + one, 0) / 3_600_000).toBeGreaterThan(23)
})

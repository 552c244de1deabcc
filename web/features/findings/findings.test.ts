import { describe, expect, it } from 'vitest'
import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { ageOf } from './age.ts'
import { missingMetrics, readVector, vectorText, withMetric, emptyVector } from './cvss.ts'
import { emptyDraft, readDraft } from './draft.ts'
import { inboxSearch, openText, openedOf } from './filters.ts'
import { historyOf } from './history.ts'

const engagementId = `eng_${'0'.repeat(26)}`
const findingId = `fnd_${'1'.repeat(26)}`

describe('the address of the inbox', () => {
  it('reproduces view, filters and opened finding', () => {
    const search = {
      view: 'retest',
      severity: 'high',
      assignee: 'me',
      engagementId,
      open: openText({ engagementId, findingId }),
    }
    expect(inboxSearch(search)).toEqual(search)
    expect(openedOf(search.open)).toEqual({ engagementId, findingId })
  })
  it('drops what it does not know, so that an old link still opens', () => {
    expect(inboxSearch({ view: 'gone', severity: 'x', engagementId: '1', open: '../..' })).toEqual({})
  })
})

describe('a CVSS 3.1 vector', () => {
  const full = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
  it('is built metric by metric, and says what is missing', () => {
    const begun = withMetric(withMetric(emptyVector, 'C', 'H'), 'AV', 'N')
    expect(vectorText(begun)).toBe('CVSS:3.1/AV:N/C:H')
    expect(missingMetrics(begun)).toEqual(['AC', 'PR', 'UI', 'S', 'I', 'A'])
  })
  it('keeps the optional metrics of a pasted one when a button changes it', () => {
    const pasted = readVector(`${full}/E:P/RL:O`)
    expect(pasted && vectorText(withMetric(pasted, 'A', 'N'))).toBe(
      'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N/E:P/RL:O',
    )
  })
  it.each(['CVSS:4.0/AV:N', 'AV:N/AC:L', 'CVSS:3.1/AV:Z', ''])('is not: %s', (text) =>
    expect(readVector(text)).toBeNull(),
  )
})

describe('a draft kept in the browser', () => {
  it('comes back as it was', () => {
    const draft = { ...emptyDraft, title: '订单接口越权', severity: 'high' as const, cwe: 'CWE-639' }
    expect(readDraft(JSON.stringify(draft))).toEqual(draft)
  })
  it.each([null, 'nonsense', '{}', JSON.stringify(emptyDraft), '{"title":5}'])(
    'is none when nothing was written: %s',
    (kept) => {
      expect(readDraft(kept)).toBeNull()
    },
  )
})

describe('the history of a finding', () => {
  it('tells decisions and comments as one story, oldest first', () => {
    const decision = (at: string) => ({ at, move: 'pass' }) as FindingPage['decisions'][number]
    const comment = (at: string) => ({ at, body: 'x' }) as FindingPage['comments'][number]
    const told = historyOf({
      submittedAt: '2026-01-01T08:00:00Z',
      decisions: [decision('2026-01-01T10:00:00Z')],
      comments: [comment('2026-01-01T09:00:00Z'), comment('2026-01-01T10:00:00Z')],
    })
    expect(told.map(({ kind }) => kind)).toEqual(['submitted', 'comment', 'decision', 'comment'])
  })
})

describe('the age of a finding', () => {
  const now = Date.parse('2026-01-03T00:00:00Z')
  it.each([
    ['2026-01-03T00:00:20Z', 'now', 0],
    ['2026-01-02T23:18:00Z', 'minutes', 42],
    ['2026-01-02T01:00:00Z', 'hours', 23],
    ['2025-12-01T00:00:00Z', 'days', 33],
  ])('%s is %s %d', (at, unit, count) => expect(ageOf(at, now)).toEqual({ unit, count }))
})

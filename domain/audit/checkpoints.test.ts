import { describe, expect, it } from 'vitest'
import { checkpointDue, checkpointLimits, restatementDue, urgencyOf, urgentByFacts } from './checkpoints.ts'
import { describeEvent, eventKinds } from './describe-event.ts'

describe('when the ledger publishes a new head', () => {
  it('at most a minute passes while there is news', () => {
    expect(checkpointLimits.everyMs).toBeLessThanOrEqual(checkpointLimits.atMostMs)
    expect(checkpointDue({ news: 1, sinceMs: checkpointLimits.everyMs, urgent: false })).toBe(true)
    expect(checkpointDue({ news: 1, sinceMs: checkpointLimits.everyMs - 1, urgent: false })).toBe(false)
    expect(checkpointDue({ news: 0, sinceMs: 1e9, urgent: true })).toBe(false)
  })
  it('a head that stays the same is signed anew every ten minutes, and never an empty one', () => {
    const idle = { size: 5, news: 0, sinceMs: 600_000 }
    expect(restatementDue(idle)).toBe(true)
    expect(restatementDue({ ...idle, sinceMs: 599_999 })).toBe(false)
    expect(restatementDue({ ...idle, size: 0 })).toBe(false)
    // News has its own, shorter time.
    expect(restatementDue({ ...idle, news: 1 })).toBe(false)
  })
  it.each([
    ['finding.read', {}, 'reveal'],
    ['traffic.read', {}, 'reveal'],
    ['engagement.moved', { move: 'stop' }, 'stop_order'],
    ['lease.suspended', {}, 'stop_order'],
    ['document.signed', {}, 'publication'],
    ['engagement.moved', { move: 'deliver' }, 'publication'],
    ['engagement.moved', { move: 'submit' }, null],
    ['login.began', {}, null],
    ['constructor', {}, null],
  ])('%s %j is %s', (kind, facts, urgency) => {
    expect(urgencyOf(kind, facts)).toBe(urgency)
    expect(checkpointDue({ news: 1, sinceMs: 0, urgent: urgency !== null })).toBe(urgency !== null)
  })
  it('knows every kind by which something sealed is shown', () => {
    const shows = eventKinds.filter((kind) => /\.(read|searched|exported)$/.test(kind))
    expect(shows.length).toBeGreaterThan(5)
    expect(shows.filter((kind) => urgencyOf(kind, {}) !== 'reveal')).toEqual([])
  })
  it('reads the facts of those kinds only for which they decide', () => {
    expect(urgentByFacts('engagement.moved')).toBe(true)
    expect(urgentByFacts('finding.read')).toBe(false)
  })
  it('names only kinds that exist', () => {
    for (const kind of ['finding.read', 'traffic.read', 'lease.suspended', 'letter.issued', 'document.signed'])
      expect(describeEvent(kind, {}).en).not.toBe(kind)
  })
})

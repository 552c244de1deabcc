import { describe, expect, it } from 'vitest'
import { bases, inventory } from './inventory.ts'
import {
  type Answer,
  checkRestsOnConsent,
  checkShown,
  consentPurposes,
  everyPurpose,
  noticeDue,
  noticeParts,
  standingOf,
} from './notice.ts'

const given = (part: string, purpose = 'mail'): Answer => ({ answer: 'given', purpose, part })
const withdrawn = (part: string): Answer => ({ answer: 'withdrawn', purpose: 'mail', part })
const acknowledged = (part: string): Answer => ({ answer: 'acknowledged', purpose: null, part })
const refusal = (act: () => unknown): unknown => {
  try {
    act()
  } catch (error) {
    return error
  }
  return null
}

describe('the privacy notice', () => {
  it('GBT39276-5.1.1.4-a: says of each purpose what is held, on what it rests, how long, and who is given it', () => {
    expect(noticeParts.map(({ purpose }) => purpose)).toEqual(everyPurpose)
    for (const part of noticeParts)
      for (const said of [part.items, part.bases, part.kept, [part.givenTo]])
        expect(said.length, part.purpose).toBeGreaterThan(0)
  })
  it('tells every value of the inventory', () => {
    const told = noticeParts.flatMap(({ items }) => items.map(({ what }) => what.en))
    for (const { what } of inventory) expect(told).toContain(what.en)
  })
  it('calls by the name of consent what rests on nothing else, and never what rests on contract or law', () => {
    for (const { purpose, consent, bases: rests, items } of noticeParts) {
      expect(
        rests.some(({ en }) => en === bases.consent.en),
        purpose,
      ).toBe(consent)
      if (!consent) continue
      expect(rests).toEqual([bases.consent])
      expect(items.filter(({ needed }) => needed)).toEqual([])
    }
    expect(
      noticeParts
        .filter(({ consent }) => consent)
        .map(({ purpose }) => purpose)
        .toSorted(),
    ).toEqual([...consentPurposes].toSorted())
  })
})

describe('consent to a purpose', () => {
  it('is off until it is given', () => {
    expect(standingOf([], 'mail', 'a')).toBe('none')
    expect(standingOf([acknowledged('a')], 'mail', 'a')).toBe('none')
    expect(standingOf([given('a', 'skills')], 'mail', 'a')).toBe('none')
    expect(standingOf([given('a')], 'mail', 'a')).toBe('given')
  })
  it('ends with its withdrawal, and can be given again', () => {
    expect(standingOf([given('a'), withdrawn('a')], 'mail', 'a')).toBe('withdrawn')
    expect(standingOf([given('a'), withdrawn('a'), given('a')], 'mail', 'a')).toBe('given')
  })
  it('lapses when the purpose is told otherwise than it was then', () => {
    expect(standingOf([given('a')], 'mail', 'b')).toBe('lapsed')
  })
  it('is refused for what rests on contract or law', () => {
    expect(refusal(() => checkRestsOnConsent('identity'))).toMatchObject({ rule: 'CONSENT-1' })
    expect(refusal(() => checkRestsOnConsent('mail'))).toBeNull()
  })
})

describe('being shown the notice', () => {
  it('happens at first, and again when what rests on consent was changed', () => {
    expect(noticeDue([], 'a')).toBe('first')
    expect(noticeDue([given('a')], 'a')).toBe('first')
    expect(noticeDue([acknowledged('a')], 'a')).toBeNull()
    expect(noticeDue([acknowledged('a')], 'b')).toBe('changed')
    expect(noticeDue([acknowledged('a'), acknowledged('b')], 'b')).toBeNull()
  })
  it('an answer to an old version is refused and names the newer one', () => {
    const problem = refusal(() => checkShown('a'.repeat(64), 'b'.repeat(64)))
    expect(problem).toMatchObject({ code: 'conflict', rule: 'NOTICE-1', fields: [{ field: 'body.version' }] })
    expect(JSON.stringify(problem)).toContain('b'.repeat(64))
    expect(refusal(() => checkShown('b', 'b'))).toBeNull()
  })
})

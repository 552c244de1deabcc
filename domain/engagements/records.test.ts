import { describe, expect, it } from 'vitest'
import { type Role, roles } from '../access/actor.ts'
import { may } from '../access/matrix.ts'
import { somebody } from './facts-for-tests.ts'
import { type RecordKind, type RecordKindRule, isRecordKind, postsFor, recordKinds } from './records.ts'
import { engagementStates } from './states.ts'

const kinds = Object.keys(recordKinds) as RecordKind[]
const ruleOf = (kind: RecordKind): RecordKindRule => recordKinds[kind]
const bilingual = {
  zh: expect.stringMatching(/\p{Script=Han}/u) as string,
  en: expect.stringMatching(/[a-z]/) as string,
}

describe.each(kinds)('the record %s', (kind) => {
  const rule = ruleOf(kind)
  it('has a title, fields and the duties that it answers', () => {
    expect(rule.title).toEqual(bilingual)
    expect(rule.fields.length).toBeGreaterThan(0)
    expect(rule.clauses.length).toBeGreaterThan(0)
    for (const clause of rule.clauses) expect(clause).toMatch(/^GBT43741-\d\.\d-\d\d$/)
  })
  it('names each field once, in both languages, with limits that a form can keep', () => {
    expect(new Set(rule.fields.map((field) => field.name)).size).toBe(rule.fields.length)
    for (const field of rule.fields) {
      expect(field.label, field.name).toEqual(bilingual)
      if (field.kind === 'choice') expect(field.options?.length, field.name).toBeGreaterThan(1)
      if (field.kind === 'line' || field.kind === 'long') {
        expect(field.min, field.name).toBeGreaterThan(0)
        expect(field.max, field.name).toBeGreaterThan(field.min ?? 0)
        expect(field.max, 'what the contract lets through').toBeLessThanOrEqual(4000)
      }
    }
  })
  it('is written in known states by roles who may write records at all', () => {
    for (const state of rule.states) expect(engagementStates).toContain(state)
    expect(rule.by.length === 0).toBe(rule.states.length === 0)
    for (const role of rule.by) expect(may(somebody(role, ['signatory']).actor, 'record.write', role)).toBe(true)
  })
  it('binds the organisation only by a signatory, and is never signed by an administrator as such', () => {
    expect(postsFor(kind)).toEqual(rule.signed ? ['signatory'] : ['signatory', 'member'])
  })
})

describe('the records of an engagement', () => {
  it('that bind an organisation are exactly these', () => {
    expect(kinds.filter((kind) => ruleOf(kind).signed)).toEqual([
      'service_agreement',
      'nda',
      'risk_notice',
      'permit_run_service',
      'permit_admit_testers',
      'plan_approval',
      'acceptance',
    ])
  })
  it('let only the demand side permit, and only before the window', () => {
    for (const kind of ['permit_run_service', 'permit_admit_testers'] as const) {
      expect(ruleOf(kind)).toMatchObject({ by: ['demand'], states: ['agreed'], about: 'scope_version' })
    }
  })
  it('give each of the four roles something to write', () => {
    const writers = new Set<Role>(kinds.flatMap((kind) => [...ruleOf(kind).by]))
    expect([...writers].sort()).toEqual([...roles].sort())
  })
  it('are known by their own names only', () => {
    expect(isRecordKind('review')).toBe(true)
    for (const name of ['', 'toString', '__proto__', 'constructor', 'Review']) expect(isRecordKind(name)).toBe(false)
  })
})

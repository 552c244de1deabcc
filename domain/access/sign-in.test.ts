import { describe, expect, it } from 'vitest'
import { days, minutes } from '../shared/clock.ts'
import { type Standing, isFresh, nextWait, secondFactorDemanded } from './sign-in.ts'

const now = new Date('2026-03-10T12:00:00Z')
const ago = (span: number): Date => new Date(now.getTime() - span)
const standing: Standing = {
  method: 'password',
  strong: false,
  hasFactor: false,
  demanded: false,
  passwordSetAt: ago(days(1)),
  passwordDays: 90,
}

describe('a second factor', () => {
  const real = { installation: 'required', organisation: 'installation' } as const
  it('is demanded of organizers, auditors, administrators and signatories of a real installation', () => {
    expect(secondFactorDemanded({ orgKind: 'organizer', posts: ['member'] }, real)).toBe(true)
    expect(secondFactorDemanded({ orgKind: 'auditor', posts: ['member'] }, real)).toBe(true)
    expect(secondFactorDemanded({ orgKind: 'demand', posts: ['security_admin'] }, real)).toBe(true)
    expect(secondFactorDemanded({ orgKind: 'tester', posts: ['signatory'] }, real)).toBe(true)
    expect(secondFactorDemanded({ orgKind: 'demand', posts: ['member'] }, real)).toBe(false)
  })
  it('is everybody’s where the organisation says so, also in a demo', () => {
    const house = { installation: 'optional', organisation: 'everybody' } as const
    expect(secondFactorDemanded({ orgKind: 'demand', posts: ['member'] }, house)).toBe(true)
    expect(
      secondFactorDemanded(
        { orgKind: 'organizer', posts: ['security_admin'] },
        { ...house, organisation: 'installation' },
      ),
    ).toBe(false)
  })
})

describe('a login', () => {
  it('waits for the factor that is there, demanded or not', () => {
    expect(nextWait({ ...standing, hasFactor: true }, now)).toBe('second_factor')
    expect(nextWait({ ...standing, hasFactor: true, demanded: true }, now)).toBe('second_factor')
    expect(nextWait({ ...standing, hasFactor: true, strong: true }, now)).toBeNull()
  })
  it('waits for enrolment where one is demanded and none is there', () => {
    expect(nextWait({ ...standing, demanded: true }, now)).toBe('enrolment')
    expect(nextWait(standing, now)).toBeNull()
    // A provider vouched for two factors: nothing is left to enrol here.
    expect(nextWait({ ...standing, method: 'oidc', strong: true, demanded: true }, now)).toBeNull()
  })
  it('waits for a new password once the old one has its age, but only where the password was used', () => {
    const old = { ...standing, passwordSetAt: ago(days(90)) }
    expect(nextWait(old, now)).toBe('new_password')
    expect(nextWait({ ...old, passwordSetAt: ago(days(90) - 1) }, now)).toBeNull()
    expect(nextWait({ ...old, method: 'passkey', strong: true }, now)).toBeNull()
    expect(nextWait({ ...old, hasFactor: true }, now)).toBe('second_factor')
  })
})

describe('step-up', () => {
  it('holds for five minutes, and never where it never was', () => {
    expect(isFresh(null, now)).toBe(false)
    expect(isFresh(ago(minutes(5)), now)).toBe(true)
    expect(isFresh(ago(minutes(5) + 1), now)).toBe(false)
  })
})

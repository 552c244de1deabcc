import { describe, expect, it } from 'vitest'
import { checkClosable, heldAfterClosure } from './closure.ts'

const free = { runningLeases: 0, unpaidRewards: 0, lastAdmin: false }
const refusal = (open: typeof free) => {
  try {
    checkClosable(open)
  } catch (error) {
    return error as { rule: string; fields: { field: string }[] }
  }
  return null
}

describe('closing an account', () => {
  it('is open to who owes nothing and is owed nothing', () => {
    expect(refusal(free)).toBeNull()
  })
  it.each([
    ['a running lease', { ...free, runningLeases: 1 }, ['leases']],
    ['an unpaid reward', { ...free, unpaidRewards: 2 }, ['rewards']],
    ['being the last admin', { ...free, lastAdmin: true }, ['posts']],
    ['all of it', { runningLeases: 1, unpaidRewards: 1, lastAdmin: true }, ['leases', 'rewards', 'posts']],
  ])('is refused for %s, each by its name', (_what, open, fields) => {
    expect(refusal(open)).toMatchObject({ rule: 'CLOSE-1' })
    expect(refusal(open)?.fields.map((one) => one.field)).toEqual(fields)
  })
})

describe('what stays of a closed account', () => {
  const now = new Date('2027-01-01T00:00:00Z')
  it('is the network log for half a year, and no identity of somebody who never held a lease', () => {
    const held = heldAfterClosure(now, null)
    expect(held.map((one) => one.what)).toEqual(['logins', 'record'])
    expect(held[0]?.until?.toISOString()).toBe('2027-07-04T00:00:00.000Z')
  })
  it('GBT39276-5.1.1.4-g: of a tester the identity too, five years from the end of the last lease', () => {
    const held = heldAfterClosure(now, new Date('2026-06-01T00:00:00Z'))
    expect(held.find((one) => one.what === 'identity')?.until?.toISOString()).toBe('2031-06-02T00:00:00.000Z')
  })
  it('each says why', () => {
    for (const one of heldAfterClosure(now, now)) expect(one.why.zh && one.why.en).toBeTruthy()
  })
})

import { describe, expect, it } from 'vitest'
import { defaultInputs, defaultValues, inputNames } from './inputs.ts'
import { planFor } from './plan.ts'
import { bytes, linesOf } from './print.ts'

describe('the plan for an installation', () => {
  it('of 10,000 testers with the default inputs is about a petabyte of content a year', () => {
    const plan = planFor(defaultValues)
    expect(plan.contentPerYear).toBeGreaterThan(0.9e15)
    expect(plan.contentPerYear).toBeLessThan(1.1e15)
    expect(plan.peakPerSecond).toBeCloseTo((10_000 * 15_000 * 6) / 86_400)
  })

  it('grows with its testers: traffic in proportion, nodes by whole ones', () => {
    const one = planFor(defaultValues)
    const two = planFor({ ...defaultValues, testers: 20_000 })
    for (const name of [
      'exchangesPerYear',
      'contentPerYear',
      'storedPerYear',
      'gatewayCores',
      'indexBytesKept',
    ] as const)
      expect(two[name] / one[name]).toBeCloseTo(2)
    expect(two.nodes).toBeGreaterThan(one.nodes)
    expect(Number.isInteger(two.nodes)).toBe(true)
  })

  it('has a node to spare also for one tester', () => {
    expect(planFor({ ...defaultValues, testers: 1, requestsPerTesterDay: 100 }).nodes).toBe(2)
  })

  it('keeps no more segments than there are exchanges, and no fewer than their content fills', () => {
    const plan = planFor({ ...defaultValues, testers: 1, requestsPerTesterDay: 10 })
    expect(plan.segmentsPerYear).toBeLessThanOrEqual(plan.exchangesPerYear)
    const large = planFor(defaultValues)
    expect(large.segmentsPerYear * 64 * 2 ** 20).toBeGreaterThanOrEqual(large.contentPerYear * 0.999)
  })

  it('costs nothing at prices of nothing, and the parts are the whole', () => {
    const free = { pricePerCore: 0, pricePerDiskTB: 0, pricePerStoreTB: 0, pricePerMillionPuts: 0 }
    expect(planFor({ ...defaultValues, ...free }).costPerMonth).toBe(0)
    const { costs, costPerMonth } = planFor(defaultValues)
    expect(Object.values(costs).reduce((sum, one) => sum + one, 0)).toBeCloseTo(costPerMonth)
  })

  it.each([
    [{ testers: 0 }, 'testers'],
    [{ peakFactor: Number.NaN }, 'peakFactor'],
    [{ shareSmall: 0.9 }, 'must add up to 1'],
    [{ utilisation: 1.5 }, 'utilisation'],
    [{ pricePerCore: -1 }, 'pricePerCore'],
  ])('refuses %j by name', (wrong, named) => {
    expect(() => planFor({ ...defaultValues, ...wrong })).toThrow(named)
  })

  it('says of every input where it comes from, and of no price that it was measured', () => {
    for (const name of inputNames) {
      expect(defaultInputs[name].source, name).not.toBe('')
      if (name.startsWith('price')) expect(defaultInputs[name].from).toBe('assumed')
    }
  })

  it('is printed with the assumptions named', () => {
    const text = linesOf(planFor(defaultValues), defaultValues).join('\n')
    expect(text).toContain('10,000 testers')
    expect(text).toContain('assumptions')
    expect(text).not.toContain('NaN')
    expect([bytes(0), bytes(999), bytes(1500), bytes(1e15)]).toEqual(['0 B', '999 B', '1.5 kB', '1 PB'])
  })
})

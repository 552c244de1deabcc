import { describe, expect, it } from 'vitest'
import { engagementPermissions } from '../access/matrix.ts'
import { checkGiven, isInside, mayBeGiven, openAbroad, storageFault } from './border.ts'
import { jurisdictions } from './codes.ts'

describe('who an undisclosed finding may be given to', () => {
  it.each([
    ['a house in the mainland and its people there', 'CN', null, true],
    ['the same, said of the person too', 'CN', 'CN', true],
    ['somebody of a house in the mainland who is abroad', 'CN', 'DE', false],
    ['a house abroad', 'US', null, false],
    ['somebody in the mainland who works for a house abroad', 'US', 'CN', false],
    ['a house in Hong Kong', 'HK', null, false],
    ['a house in Macao', 'MO', null, false],
    ['a house in Taiwan', 'TW', null, false],
    ['a house of which nobody said where it is', null, null, false],
    ['somebody who says of themselves alone that they are inside', null, 'CN', false],
    ['a code in small letters, which is none', 'cn', null, false],
  ])('%s', (_who, organisation, person, inside) => {
    expect(isInside({ organisation, person })).toBe(inside)
    expect(mayBeGiven({ organisation, person }, false)).toBe(inside)
  })
  it('RMSV-9-7: the provider of that very product, wherever it is', () => {
    expect(mayBeGiven({ organisation: 'DE', person: 'DE' }, true)).toBe(true)
    expect(mayBeGiven({ organisation: null, person: null }, true)).toBe(true)
  })
  it('is refused by the rule’s name: of who asks as forbidden, of whom a field names as refused', () => {
    const foreign = { organisation: 'DE', person: null }
    expect(() => checkGiven(foreign, false)).toThrow(expect.objectContaining({ code: 'forbidden', rule: 'RMSV-9-7' }))
    expect(() => checkGiven(foreign, false, 'body.personId')).toThrow(
      expect.objectContaining({
        code: 'refused',
        fields: [expect.objectContaining({ field: 'body.personId' })],
      }),
    )
    expect(() => checkGiven(foreign, true)).not.toThrow()
  })
})

describe('what stays open to a party abroad', () => {
  it('is nothing of findings, traffic, alerts, reports or packs, and nothing that gives a way to the target', () => {
    const closed =
      /^(finding|traffic|captures|segment|alert|alert_receiver|report|pack|reward|reading|enrollment\.(?!list)|lease\.issue|scope|proof|outgoing)/
    expect(openAbroad.filter((action) => closed.test(action))).toEqual([])
  })
  it('is to stop a test and to give a lease back', () => {
    for (const action of ['engagement.stop', 'lease.revoke', 'break_glass.end'] as const)
      expect(openAbroad).toContain(action)
  })
  it('names acts of the matrix only', () => {
    for (const action of openAbroad) expect(Object.keys(engagementPermissions)).toContain(action)
  })
})

describe('places', () => {
  it('are the 249 codes of ISO 3166-1, each once, the mainland first', () => {
    expect(jurisdictions).toHaveLength(249)
    expect(new Set(jurisdictions).size).toBe(249)
    expect(jurisdictions[0]).toBe('CN')
    expect(jurisdictions.every((code) => /^[A-Z]{2}$/.test(code))).toBe(true)
  })
})

describe('where the data are stored', () => {
  it('is the mainland, and a start that says otherwise is refused by the setting’s name', () => {
    expect(storageFault('CN')).toBeUndefined()
    for (const place of ['HK', 'US', '', 'cn']) expect(storageFault(place)).toContain('ZH_STORAGE_JURISDICTION')
  })
})

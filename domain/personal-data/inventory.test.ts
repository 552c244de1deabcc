import { describe, expect, it } from 'vitest'
import { inventory, notPersonal, personalTraces } from './inventory.ts'

const named = inventory.map((one) => `${one.table}.${one.column}`)

describe('the inventory of personal data', () => {
  it('GBT39276-5.1.1.4-c: names each column once, as personal or as not', () => {
    const all = [...named, ...Object.values(notPersonal).flat()]
    expect(all.filter((one, at) => all.indexOf(one) !== at)).toEqual([])
  })
  it('YDT3744-6.1-02: keeps identity documents, real names and secrets sealed or as a digest, never readable', () => {
    for (const one of inventory)
      if (/identity_digest|sealed|password_hash|code_digest|reason|grade_basis/.test(one.column))
        expect(one.form, `${one.table}.${one.column}`).not.toBe('plain')
  })
  it('rests what is not needed on nothing but the person’s choice or the service they asked for', () => {
    for (const one of inventory.filter(({ basis }) => basis === 'consent')) expect(one.needed).toBe(false)
  })
  it('knows no table twice', () => {
    expect(Object.keys(personalTraces).filter((table) => inventory.some((one) => one.table === table))).toEqual([])
  })
})

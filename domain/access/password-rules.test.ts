import { describe, expect, it } from 'vitest'
import { Problem } from '../shared/problem.ts'
import { checkPassword, normalPassword, surprisesIn } from './password-rules.ts'

const lin = { login: 'lin-fan', name: '林帆', organisation: '云帆商城' }
const ruleOf = (password: string, owner = lin): string | undefined => {
  try {
    checkPassword(password, owner)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(Problem)
    expect((error as Problem).fields[0]?.field).toBe('body.password')
    return (error as Problem).rule
  }
}

describe('a new password', () => {
  it.each([
    'Qm7vTz2rKw9x',
    'Korrekt-Pferd-7-Batterie',
    'Wolke-9-ueber-Hangzhou',
    '雨后的Tiger过7座桥梁走远',
    `${'aB3-kQ9_'.repeat(3)}xYv7`,
    'R7'.padEnd(128, 'kd8Jw-'),
  ])('%s is taken', (password) => expect(ruleOf(password)).toBeUndefined())
  it.each(['Qm7vTz2rKw9', 'Kurz-1', `Qm7-${'vTz2rKw9'.repeat(16)}`])('%s is of no fitting length', (password) =>
    expect(ruleOf(password)).toBe('PASSWORD-1'),
  )
  it.each(['nurkleinbuchstaben77', 'NURGROSSEBUCHSTABEN', 'qm-vtz-rkw-xx'])(
    '%s has fewer than three classes',
    (password) => expect(ruleOf(password)).toBe('PASSWORD-2'),
  )
  it.each(['Lin-Fan-kw94-Qx7', 'Kw94-林帆-Qx71-pd', 'KW94云帆商城Qx71pd', 'ＬＩＮ-ＦＡＮ-kw94-Qx7'])(
    '%s speaks of its owner',
    (password) => expect(ruleOf(password)).toBe('PASSWORD-3'),
  )
  it.each([
    'Password-123',
    'P@ssw0rd2024!',
    'Admin@123456',
    'Zhangwei@2024',
    'Qwerty123456!',
    '1qaz@WSX3edc',
    'Aa123456789!',
    'Woaini1314520!',
    'Beijing-2008-08-08'.replaceAll('-', ''),
    'Summer2025!!!!',
    'Abcdefgh1234',
    'AaaaaaaaaaaaaA1!',
    'Kx7!Kx7!Kx7!Kx7!',
    'ZXCVBNM,2020asdf',
  ])('%s is what a guesser tries first', (password) => {
    expect(['PASSWORD-2', 'PASSWORD-4']).toContain(ruleOf(password))
  })
  it('is the same however its marks were typed', () => {
    expect(normalPassword('Mu\u0308ller-Kw94-Qx7')).toBe('M\u00fcller-Kw94-Qx7')
  })
})

describe('what a guesser has to choose', () => {
  it('is one for each character of noise and one for a whole word, walk, year or repetition', () => {
    expect(surprisesIn('kw94qx')).toBe(6)
    expect(surprisesIn('password')).toBe(1)
    expect(surprisesIn('qwertyuiop')).toBe(1)
    expect(surprisesIn('2019')).toBe(1)
    expect(surprisesIn('P4ssw0rd')).toBe(1)
    expect(surprisesIn('zhangwei')).toBe(2)
  })
  it('never takes long, whatever it is given', () => {
    expect(surprisesIn('a'.repeat(128))).toBeLessThan(130)
    expect(surprisesIn('@!'.repeat(64))).toBeLessThan(10)
  })
})

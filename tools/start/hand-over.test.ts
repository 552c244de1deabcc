import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { handOverOf } from './hand-over.ts'

describe('what a start prints for coming in', () => {
  let data = ''
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'zh-hand-over-'))
  })
  afterEach(() => rmSync(data, { recursive: true }))
  const people = [
    { role: '需求方', login: 'li.na', password: 'k3-x9', name: '李娜' },
    { role: '审计方', login: 'zhao.min', password: 'q7-m2-long', name: '赵敏' },
  ]
  const makeLogins = (): void => writeFileSync(join(data, 'first-logins.json'), JSON.stringify(people))
  const printed = (start: ReturnType<typeof handOverOf>): string =>
    start
      .lines()
      .map(({ en }) => en)
      .join('\n')

  it('one login per role with its password at the start that made them', () => {
    const start = handOverOf(data)
    start.remember()
    makeLogins()
    expect(printed(start)).toContain('  需求方  li.na     k3-x9       李娜\n  审计方  zhao.min  q7-m2-long  赵敏')
  })

  it('later only where the passwords are kept', () => {
    makeLogins()
    const start = handOverOf(data)
    start.remember()
    expect(printed(start)).toContain(join(data, 'first-logins.json'))
    expect(printed(start)).not.toContain('q7-m2-long')
  })

  it('the set-up link of a real installation until the server removes it', () => {
    writeFileSync(join(data, 'setup-link.txt'), 'http://127.0.0.1:7000/setup#abc\n')
    const start = handOverOf(data)
    start.remember()
    expect(printed(start)).toBe('One-time set-up link: http://127.0.0.1:7000/setup#abc')
    rmSync(join(data, 'setup-link.txt'))
    expect(printed(start)).toBe('')
  })
})

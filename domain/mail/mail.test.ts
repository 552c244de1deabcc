import { describe, expect, it } from 'vitest'
import { everyNoticeKind } from '../notices/kinds.ts'
import { minutes } from '../shared/clock.ts'
import { readMailAddress } from './addresses.ts'
import { groupOf, mailGroups, mailedKinds } from './groups.ts'
import { codeLetter, mostLines, movedLetter, noticesLetter } from './letters.ts'
import { leavesAt, mailRules, nextMailAfter } from './rules.ts'

const read = (text: string): string => readMailAddress(text, 'body.address')

describe('a mail address', () => {
  it.each([
    ['lin.fan@example.com', 'lin.fan@example.com'],
    ['Lin+test@Mail.Example.COM', 'Lin+test@mail.example.com'],
    ["o'neil_1@xn--fiq228c.example", "o'neil_1@xn--fiq228c.example"],
  ])('%s is read', (typed, address) => expect(read(typed)).toBe(address))
  it.each([
    '',
    'lin',
    'lin@',
    '@example.com',
    'lin@localhost',
    'lin@example.com\r\nBcc: eve@canary.invalid',
    'lin@example.com\nBcc: eve@canary.invalid',
    'lin@example.com,eve@canary.invalid',
    'lin@example.com eve@canary.invalid',
    '"x@canary.invalid x"@ok.invalid',
    'a@ok.invalid(comment).evil.invalid',
    'lin@exam\r\n ple.com',
    'lin@[192.0.2.1]',
    'lin@192.0.2.1',
    '<lin@example.com>',
    'Lin <lin@example.com>',
    'group:lin@example.com;',
    'lin@-example.com',
    'lin..fan@example.com',
    '.lin@example.com',
    'lín@example.com',
    'lin@exämple.com',
    `${'x'.repeat(65)}@example.com`,
    `x@${'y.'.repeat(130)}com`,
    'lin%0d%0a@ex ample.com',
    'lin@example.com\u0000',
    'lin@example.com\u2028x',
  ])('PUB-IN-06: %j is refused by its field', (typed) => {
    expect(() => read(typed)).toThrow(
      expect.objectContaining({ fields: [expect.objectContaining({ field: 'body.address' })] }),
    )
  })
})

describe('a mail of notices', () => {
  const at = new Date('2026-11-21T12:00:00Z')
  const line = { text: { zh: '奖励已批准', en: 'Reward approved' }, times: 2, at }
  it('says what the bell says, in the reader’s language, and where to look', () => {
    const { subject, text } = noticesLetter([line], 'en', 'https://test.example.com/notices')
    expect(subject).toBe('Zhongheng: you have unread notices')
    expect(text).toContain('- 2026-11-21 12:00 UTC  Reward approved (2 times)')
    expect(text).toContain('\nhttps://test.example.com/notices\n')
    expect(noticesLetter([line], 'zh-CN', 'x').text).toContain('奖励已批准（2 次）')
  })
  it('is bounded', () => {
    const many = Array.from({ length: mostLines + 5 }, () => line)
    expect(noticesLetter(many, 'en', 'x').text.match(/Reward approved/g)).toHaveLength(mostLines)
  })
  it('names a code only where one was asked for', () => {
    expect(codeLetter('7QK39ZTM4A00', 'en').text).toContain('7QK39ZTM4A00')
    expect(codeLetter('7QK39ZTM4A00', 'zh-CN').subject).not.toContain('7QK39')
  })
  it('of a change is told to the address before, without the new one', () => {
    expect(movedLetter('zh-CN', 'https://zh.example/account/security').text).toContain(
      'https://zh.example/account/security',
    )
    expect(movedLetter('en', 'x').text).toContain('If that was not you')
  })
  it('leaves soon where somebody is wanted, and else with others, after the last one', () => {
    const last = new Date(at.getTime() - minutes(1))
    expect(leavesAt(at, true, null, 60)).toEqual(at)
    expect(leavesAt(at, true, last, 60).getTime()).toBe(last.getTime() + mailRules.urgentEvery)
    expect(leavesAt(at, false, null, 60).getTime()).toBe(at.getTime() + mailRules.gatherFor)
    expect(leavesAt(at, false, last, 60).getTime()).toBe(last.getTime() + minutes(60))
  })
  it('is tried again after growing waits, and given up', () => {
    const waits = Array.from({ length: 12 }, (_, tries) => nextMailAfter(tries + 1))
    const tried = waits.filter((wait) => wait !== null)
    expect(tried).toEqual(tried.toSorted((a, b) => a - b))
    expect(waits.at(-1)).toBeNull()
  })
  it('comes by groups that hold every kind', () => {
    expect(new Set(everyNoticeKind.map(groupOf))).toEqual(new Set(mailGroups))
    expect(mailedKinds(['findings'])).not.toContain('finding_commented')
    expect(mailedKinds(['findings'])).toContain('account_security')
    expect(mailedKinds([...mailGroups])).toEqual([])
  })
})

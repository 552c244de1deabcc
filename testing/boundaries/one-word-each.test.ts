import { engagementStates, stateFacts } from '@zhongheng/domain/engagements/states.ts'
import { severityNames, severityWords } from '@zhongheng/domain/findings/severity.ts'
import { findingStateNames, findingStates } from '@zhongheng/domain/findings/states.ts'
import type { Text } from '@zhongheng/domain/shared/problem.ts'
import { common as english } from '@zhongheng/web/i18n/en/common.ts'
import { common as chinese } from '@zhongheng/web/i18n/zh-CN/common.ts'
import { expect, it } from 'vitest'

/* The pages bring catalogues of their own, so that a browser loads one language only. The words must be the domain's: who reads a
   page, a report and the ledger should not wonder whether three words are three things. */
const inLanguage = (words: { readonly [name: string]: Text }, language: keyof Text) =>
  Object.fromEntries(Object.entries(words).map(([name, text]) => [name, text[language]]))

const engagements = Object.fromEntries(engagementStates.map((state) => [state, stateFacts[state].name]))

it.each([
  ['states of an engagement', engagements, 'engagementState'],
  ['states of a finding', findingStateNames, 'findingState'],
  ['severities', severityWords, 'severity'],
] as const)('pages, documents and ledger use one word each for %s', (_, words, part) => {
  expect(chinese[part]).toEqual(inLanguage(words, 'zh'))
  expect(english[part]).toEqual(inLanguage(words, 'en'))
})

it('two states never share a word', () => {
  for (const language of ['zh', 'en'] as const) {
    expect(new Set(findingStates.map((state) => findingStateNames[state][language])).size).toBe(findingStates.length)
    expect(new Set(engagementStates.map((state) => stateFacts[state].name[language])).size).toBe(
      engagementStates.length,
    )
    expect(new Set(severityNames.map((severity) => severityWords[severity][language])).size).toBe(severityNames.length)
  }
})

import type { TestRulesBody } from '@zhongheng/contracts/http/test-rules.ts'

/** The signals of conduct, in the order in which lists show them. */
export const signals = [
  'flood',
  'record_drain',
  'write_sql',
  'web_shell',
  'destructive_command',
  'personal_id',
  'personal_phone',
  'bank_card',
] as const satisfies readonly (keyof TestRulesBody['responses'])[]

import { type Feature, route } from '../../http/registry.ts'
import { engagementRef } from './reads.ts'
import { readRules } from './read-rules.ts'
import { decideTestRules, readTestRules, rulesRef, writeTestRules } from './test-rules.ts'

export const testRulesRoutes: Feature = () => [
  route('GET /api/engagements/:engagementId/test-rules', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('test_rules.read') },
    handle: ({ work, on }) => readTestRules(work, on['params.engagementId']),
  }),
  route('POST /api/engagements/:engagementId/test-rules', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('test_rules.write', 'update') },
    handle: ({ work, on, body }) =>
      writeTestRules(work, on['params.engagementId'], { ...body, rules: readRules(body.rules) }),
  }),
  route('POST /api/engagements/:engagementId/test-rules/:rulesId/decision', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('test_rules.decide', 'update'),
      'params.rulesId': rulesRef,
    },
    handle: ({ work, on, body }) =>
      decideTestRules(work, on['params.engagementId'], on['params.rulesId'], body.verdict),
  }),
]

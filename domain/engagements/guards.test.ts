import { describe, expect, it } from 'vitest'
import type { EngagementFacts } from './facts.ts'
import { chenMo, everyRecord, factsOf, noon, without, written } from './facts-for-tests.ts'
import { type GuardName, guards } from './guards.ts'

const scope = factsOf().scope as NonNullable<EngagementFacts['scope']>
const inScope = (change: Partial<typeof scope>): Partial<EngagementFacts> => ({ scope: { ...scope, ...change } })
const review = (person: string, verdict: string) => written('review', 'organizer', person, { choices: { verdict } })
const object = (name: string, proven: boolean, letterGiven = false) => ({ name, proven, letterGiven })
const reworked = [...without('risk_notice'), written('risk_notice', 'demand', 'lin-fan', { scopeVersionId: 'scv_0' })]

/** Per guard: what makes it say no, under which rule, and a word its sentence holds. */
const noes: Record<GuardName, readonly [string, Partial<EngagementFacts>, string, string][]> = {
  requestComplete: [
    ['no goals', { goals: '  ' }, 'GBT43741-5.1-01', 'goals'],
    ['no scope', { scope: null }, 'GBT43741-5.1-01', 'objects'],
    ['a scope of exclusions only', inScope({ allowRules: 0 }), 'GBT43741-5.1-01', 'objects'],
    ['no opening', { windowOpens: null }, 'GBT43741-5.1-01', 'window'],
    ['no closing', { windowCloses: null }, 'GBT43741-5.1-01', 'window'],
    ['no way of audit', { auditMode: null }, 'GBT43741-5.1-01', 'auditMode'],
    ['no organizer', { organizerOrgId: null }, 'GBT43741-5.1-01', 'organizer'],
  ],
  questionsAnswered: [['two open questions', inScope({ unanswered: 2 }), 'SCOPE-OPEN', '2']],
  ownershipClaimed: [
    ['neither proof nor letter', inScope({ objects: [object('a.example', false)] }), 'GBT43741-5.1-02', 'a.example'],
  ],
  objectsProven: [
    ['one unproven', inScope({ objects: [object('a.example', false)] }), 'GBT43741-5.1-02', 'a.example'],
    [
      'a letter that nobody judged',
      inScope({ objects: [object('b.example', false, true)] }),
      'GBT43741-5.1-02',
      'b.example',
    ],
  ],
  noCoreData: [
    ['core data', { dataLevel: 'core' }, 'GBT43741-5.1-08', 'core-level'],
    [
      'important data and own audit',
      { dataLevel: 'important', auditMode: 'organizer_post' },
      'GBT43741-5.1-08',
      'third-party',
    ],
  ],
  twoReviewsPass: [
    ['no review', { records: [] }, 'GBT43741-5.1-09', '0'],
    [
      'Zhou Heng twice',
      { records: [review('zhou-heng', 'pass'), review('zhou-heng', 'pass')] },
      'GBT43741-5.1-09',
      '1',
    ],
    [
      'one for, one against',
      { records: [review('zhou-heng', 'pass'), review('wu-cheng', 'reject')] },
      'GBT43741-5.1-09',
      '1',
    ],
  ],
  twoReviewsReject: [
    [
      'one for, one against',
      { records: [review('zhou-heng', 'reject'), review('wu-cheng', 'pass')] },
      'GBT43741-5.1-09',
      '1',
    ],
  ],
  agreementSigned: [
    ['nobody signed', { records: without('service_agreement') }, 'GBT43741-5.1-06', 'both sides'],
    [
      'the organizer alone',
      { records: [...without('service_agreement'), written('service_agreement', 'organizer')] },
      'GBT43741-5.1-06',
      'both sides',
    ],
  ],
  ndaSigned: [
    [
      'demand side and auditor, not the organizer',
      { records: [...without('nda'), written('nda', 'demand'), written('nda', 'auditor')] },
      'GBT43741-5.1-06',
      'confidentiality',
    ],
  ],
  risksAcknowledged: [
    ['not at all', { records: without('risk_notice') }, 'GBT43741-5.1-07', 'risks'],
    ['for an earlier scope version', { records: reworked }, 'GBT43741-5.1-07', 'this scope version'],
  ],
  bothPermits: [
    ['the first missing', { records: without('permit_run_service') }, 'AUTH-MISSING', 'run_service'],
    ['the second missing', { records: without('permit_admit_testers') }, 'AUTH-MISSING', 'admit_testers'],
  ],
  scopeFrozen: [
    ['a draft version', inScope({ frozen: false }), 'SCOPE-FROZEN', 'frozen'],
    ['none', { scope: null }, 'SCOPE-FROZEN', 'frozen'],
  ],
  windowAhead: [
    ['closed already', { windowCloses: '2026-03-10T12:00:00Z' }, 'GBT43741-5.1-03', 'over'],
    ['none agreed', { windowCloses: null }, 'GBT43741-5.1-03', 'window'],
  ],
  planApproved: [
    ['no plan', { records: without('test_plan') }, 'GBT43741-5.1-10', 'plan'],
    ['not approved', { records: without('plan_approval') }, 'GBT43741-5.1-10', 'approved'],
  ],
  testersReady: [
    ['nobody admitted', { enrollments: [{ ...chenMo, state: 'applied' }] }, 'GBT43741-5.1-18', 'no tester'],
    ['identity unchecked', { enrollments: [{ ...chenMo, identityVerified: false }] }, 'GBT43741-5.1-14', '1'],
    ['no grade', { enrollments: [{ ...chenMo, graded: false }] }, 'GBT43741-5.1-14', '1'],
    ['quiz not passed', { enrollments: [{ ...chenMo, quizPassed: false }] }, 'GBT43741-5.1-14', '1'],
    ['no pledge', { enrollments: [{ ...chenMo, pledged: false }] }, 'GBT43741-5.1-14', '1'],
    [
      'one of two without a lease',
      { enrollments: [chenMo, { ...chenMo, personId: 'he-lu', activeLease: false }] },
      'GBT43741-5.1-14',
      '1',
    ],
  ],
  auditReady: [
    ['no auditor', { auditorOrgId: null }, 'GBT43741-5.1-17', 'no auditor'],
    ['no plan', { records: without('audit_plan') }, 'GBT43741-5.1-17', 'audit plan'],
  ],
  conditionsReady: [
    ['no confirmation', { records: without('readiness') }, 'GBT43741-4.1-03', 'backup'],
    ['no emergency plan', { records: without('emergency_plan') }, 'GBT43741-5.1-05', 'emergency'],
  ],
  sourcesGreen: [
    ['the gateway away', { sources: { gateway: false, recorder: true } }, 'GBT43741-5.1-19', 'gateway'],
    ['the recorder away', { sources: { gateway: true, recorder: false } }, 'GBT43741-5.1-19', 'recorder'],
  ],
  insideWindow: [
    ['no window', { windowOpens: null }, 'TIME-1', 'no test window'],
    ['a millisecond too early', { windowOpens: '2026-03-10T12:00:00.001Z' }, 'TIME-1', 'opens'],
    ['at the closing time', { windowCloses: '2026-03-10T12:00:00Z' }, 'TIME-1', 'closed'],
  ],
  windowOver: [
    ['still open', {}, 'TIME-1', 'still open'],
    ['none', { windowCloses: null }, 'TIME-1', 'still open'],
  ],
  resumeApproved: [
    [
      'without the stopper',
      { stop: { byRole: 'auditor', reason: '' }, records: [written('resume_approval', 'organizer')] },
      'GBT43741-5.2-05',
      'auditor',
    ],
    [
      'without the organizer',
      { stop: { byRole: 'demand', reason: '' }, records: [written('resume_approval', 'demand')] },
      'GBT43741-5.2-05',
      'organizer',
    ],
  ],
  reviewsDone: [['three waiting', { findings: { inFirstReview: 3, unsettled: 3 } }, 'GBT43741-4.2-07', '3']],
  bothReportsSigned: [
    ['the audit report', { reports: { testSigned: true, auditSigned: false } }, 'GBT43741-5.3-01', 'audit report'],
    ['the test report', { reports: { testSigned: false, auditSigned: true } }, 'GBT43741-5.3-01', 'test report'],
  ],
  witnessesCosigned: [
    [
      'the signing is not in the ledger',
      { witnesses: { needed: 1, inLedger: false, cosigned: 0, missing: ['w.example/1'] } },
      'WITNESS-10',
      'wait',
    ],
    [
      'one of two is missing',
      { witnesses: { needed: 2, inLedger: true, cosigned: 1, missing: ['audit.example/w'] } },
      'WITNESS-10',
      'audit.example/w',
    ],
  ],
  acceptanceWritten: [['nothing written', { records: without('acceptance') }, 'GBT43741-5.3-02', 'acceptance']],
  findingsSettled: [['four open', { findings: { inFirstReview: 0, unsettled: 4 } }, 'GBT43741-5.3-07', '4']],
  notHeld: [['one hold', { holds: 1 }, 'HOLD-1', 'legal hold stands']],
  disposalDone: [
    ['nothing declared', { records: without('artefact_declaration') }, 'GBT43741-5.3-04', 'declared'],
    ['nothing checked', { records: without('artefact_verification') }, 'GBT43741-5.3-04', 'checked'],
    [
      'no certificate of Chen Mo',
      { records: [...without('disposal_certificate'), written('disposal_certificate', 'organizer')] },
      'GBT43741-5.3-05',
      'certificates',
    ],
    [
      'no certificate of the organizer',
      { records: [...without('disposal_certificate'), written('disposal_certificate', 'tester', 'chen-mo')] },
      'GBT43741-5.3-05',
      'certificates',
    ],
  ],
  rewardsSettled: [['one unpaid', { rewardsOpen: 1 }, 'GBT43741-5.3-08', '1']],
}

/** Facts that content each guard, where `factsOf()` alone does not. */
const content: Partial<Record<GuardName, Partial<EngagementFacts>>> = {
  ownershipClaimed: inScope({ objects: [object('a.example', true), object('b.example', false, true)] }),
  noCoreData: { dataLevel: 'important' },
  twoReviewsReject: { records: [review('zhou-heng', 'reject'), review('wu-cheng', 'reject')] },
  windowOver: { windowCloses: '2026-03-10T12:00:00Z' },
  insideWindow: { windowOpens: '2026-03-10T12:00:00Z', windowCloses: '2026-03-10T12:00:00.001Z' },
  resumeApproved: { stop: { byRole: 'organizer', reason: '' }, records: [written('resume_approval', 'organizer')] },
}

describe.each(Object.keys(guards) as GuardName[])('the guard %s', (name) => {
  it('is content when its duty is done', () => {
    expect(guards[name](factsOf(content[name]), noon)).toBeNull()
  })
  it.each(noes[name])('refuses: %s', (_situation, change, rule, word) => {
    const no = guards[name](factsOf(change), noon)
    expect(no?.rule).toBe(rule)
    expect(no?.why.en).toContain(word)
    expect(no?.why.zh).toMatch(/\p{Script=Han}/u)
  })
})

describe('a change of scope', () => {
  it('makes the acknowledgement of risks stale, but not the permits: a signatory approved the change too', () => {
    const changed = factsOf({ scope: { ...scope, versionId: 'scv_2' }, records: everyRecord })
    expect(guards.risksAcknowledged(changed)?.rule).toBe('GBT43741-5.1-07')
    expect(guards.bothPermits(changed)).toBeNull()
  })
})

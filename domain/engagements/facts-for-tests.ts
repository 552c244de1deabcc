import { type Actor, type Post, type Role, posts as allPosts } from '../access/actor.ts'
import type { EngagementFacts } from './facts.ts'
import type { RecordKind } from './records.ts'

/** Noon of a day inside the window of `factsOf`. */
export const noon = new Date('2026-03-10T12:00:00Z')

/** A demand that nothing speaks against: in the window, scope frozen and proven, every record written, Chen Mo admitted. */
export function factsOf(change: Partial<EngagementFacts> = {}): EngagementFacts {
  return {
    id: 'eng_1',
    state: 'draft',
    title: '商城众测',
    goals: '检验商城对外服务的安全性',
    auditMode: 'third_party',
    dataLevel: 'general',
    environment: 'dedicated',
    windowOpens: '2026-03-10T00:00:00Z',
    windowCloses: '2026-03-20T00:00:00Z',
    organizerOrgId: 'org_zhongheng',
    auditorOrgId: 'org_xinheng',
    scope: {
      versionId: 'scv_1',
      frozen: true,
      allowRules: 2,
      unanswered: 0,
      objects: [{ name: 'shop.example', proven: true, letterGiven: false }],
    },
    records: everyRecord,
    enrollments: [chenMo],
    stop: null,
    findings: { inFirstReview: 0, unsettled: 0 },
    reports: { testSigned: true, auditSigned: true },
    witnesses: null,
    holds: 0,
    rewardsOpen: 0,
    sources: { gateway: true, recorder: true },
    ...change,
  }
}

export const chenMo: EngagementFacts['enrollments'][number] = {
  personId: 'chen-mo',
  state: 'admitted',
  identityVerified: true,
  graded: true,
  quizPassed: true,
  pledged: true,
  activeLease: true,
}

export type WrittenRecord = EngagementFacts['records'][number]
export const written = (
  kind: RecordKind,
  role: Role,
  personId = `${role}-1`,
  more: Partial<WrittenRecord> = {},
): WrittenRecord => ({ kind, role, personId, scopeVersionId: null, choices: {}, ...more })

const passes = { choices: { verdict: 'pass' } }
export const everyRecord: readonly WrittenRecord[] = [
  written('review', 'organizer', 'zhou-heng', passes),
  written('review', 'organizer', 'wu-cheng', passes),
  written('service_agreement', 'demand'),
  written('service_agreement', 'organizer'),
  written('nda', 'demand'),
  written('nda', 'organizer'),
  written('risk_notice', 'demand', 'lin-fan', { scopeVersionId: 'scv_1' }),
  written('permit_run_service', 'demand', 'lin-fan', { scopeVersionId: 'scv_1' }),
  written('permit_admit_testers', 'demand', 'lin-fan', { scopeVersionId: 'scv_1' }),
  written('test_plan', 'organizer'),
  written('plan_approval', 'demand'),
  written('readiness', 'demand'),
  written('emergency_plan', 'organizer'),
  written('audit_plan', 'auditor'),
  written('resume_approval', 'demand'),
  written('resume_approval', 'organizer'),
  written('resume_approval', 'auditor'),
  written('acceptance', 'demand'),
  written('artefact_declaration', 'tester', 'chen-mo'),
  written('artefact_verification', 'demand'),
  written('disposal_certificate', 'tester', 'chen-mo'),
  written('disposal_certificate', 'organizer'),
]
export const without = (...kinds: RecordKind[]): readonly WrittenRecord[] =>
  everyRecord.filter((record) => !kinds.includes(record.kind))

/** Somebody with a role on the engagement: holds every post unless said otherwise. */
export const somebody = (role: Role, posts: readonly Post[] = allPosts): { actor: Actor; role: Role } => ({
  actor: { personId: `${role}-1`, orgId: `org_${role}`, orgKind: role, posts, name: role },
  role,
})

import type { EndpointKey } from '@zhongheng/contracts/http/index.ts'
import type { TokenArea } from '@zhongheng/contracts/http/token-areas.ts'
import type { EngagementAction, HouseAction } from '@zhongheng/domain/access/matrix.ts'
import type { LoginWait } from '@zhongheng/domain/access/sign-in.ts'

/** Who may name an object that a request speaks of beside its engagement. For everybody else it is absent. */
export type Named =
  /** Whoever may do the act in the engagement of the path that it belongs to. */
  | 'engagement'
  /** The same, but of testers only the one whose it is. */
  | 'tester'
  /** Nobody but the person who made it. */
  | 'maker'
  /** Those of the house that placed it who may do the act in the engagement of the path. */
  | 'placer'
  /** Members of the house that it belongs to. */
  | 'house'
  /** The same, and the organizer, who helps people of other houses back into their accounts. */
  | 'helped'
  /** Nobody but the person whose it is. */
  | 'mine'
  /** The sides of the engagement that it belongs to; which of them may do the act says the act. */
  | 'known'
  /** A witness of the demand side or the auditor. */
  | 'candidate'
  /** Everybody who may come here at all. */
  | 'anybody'
  /** The act itself looks at it. */
  | 'act'

export type Spoken = {
  /** Anybody, anybody signed in, or members with this right in their house. */
  readonly who: 'anybody' | 'signed_in' | HouseAction
  /** Logins that are not whole yet and may come here too. */
  readonly waiting?: readonly LoginWait[]
  /** It wants a fresh confirmation; `signed_acts`: where something is signed. */
  readonly confirm?: true | 'signed_acts'
  /** What an access token must be given for; none opens a route without it. */
  readonly token?: TokenArea
  /** Tries are counted. */
  readonly throttled?: true
  /** A page asks it by itself, which keeps no login from falling idle. */
  readonly alone?: true
  /** The engagement of the path is open to who may do one of these there. */
  readonly on?: readonly EngagementAction[] | 'act'
  /** Who else: who keeps the groups of a house; an invited tester; and who keeps the groups is told why it is closed to them. */
  readonly special?: 'team' | 'enrollment' | 'opening'
  readonly within?: Readonly<Record<string, Named>>
}

/**
 * What each route asks of who calls it, said a second time: the declarations in `server/features` and the contract are held
 * against this. A new route gets its line from what it is for, not from how it was written.
 */
export const spoken: Readonly<Record<EndpointKey, Spoken>> = {
  'GET /api/setup': { who: 'anybody' },
  'POST /api/setup': { who: 'anybody', throttled: true },
  'GET /api/me': { who: 'signed_in' },
  'PATCH /api/me': { who: 'signed_in' },
  'GET /api/home': { who: 'signed_in' },
  'GET /api/members': { who: 'members.read' },
  'PATCH /api/members/:personId': { who: 'members.change', confirm: true, within: { 'params.personId': 'house' } },
  'PUT /api/members/:personId/jurisdiction': {
    who: 'members.change',
    confirm: true,
    within: { 'params.personId': 'house' },
  },
  'PUT /api/organisations/:orgId/jurisdiction': {
    who: 'organisations.place',
    confirm: true,
    within: { 'params.orgId': 'anybody' },
  },
  'POST /api/invitations': { who: 'members.invite', confirm: true },
  'DELETE /api/invitations/:invitationId': {
    who: 'members.invite',
    confirm: true,
    within: { 'params.invitationId': 'house' },
  },
  'POST /api/invitations/acceptance': { who: 'anybody', throttled: true },
  'GET /api/organisations': { who: 'organisations.read' },
  'POST /api/organisations': { who: 'organisations.create', confirm: true },
  'GET /api/sign-in': { who: 'anybody' },
  'POST /api/sign-in': { who: 'anybody', throttled: true },
  'POST /api/sign-in/second-factor': { who: 'signed_in', waiting: ['second_factor'], throttled: true },
  'POST /api/sign-out': { who: 'signed_in', waiting: ['second_factor', 'enrolment', 'new_password'] },
  'GET /api/step-up': { who: 'signed_in', waiting: ['enrolment', 'new_password'] },
  'POST /api/step-up': { who: 'signed_in', waiting: ['enrolment', 'new_password'], throttled: true },
  'POST /api/account/password': { who: 'signed_in', waiting: ['new_password'], confirm: true, throttled: true },
  'POST /api/password-resets': { who: 'anybody', throttled: true },
  'POST /api/password-resets/use': { who: 'anybody', throttled: true },
  'POST /api/password-links': { who: 'members.recover', confirm: true },
  'POST /api/account/code': { who: 'signed_in', waiting: ['enrolment'], confirm: true },
  'POST /api/account/code/confirmation': { who: 'signed_in', waiting: ['enrolment'], confirm: true, throttled: true },
  'DELETE /api/account/code': { who: 'signed_in', confirm: true },
  'POST /api/account/recovery-codes': { who: 'signed_in', confirm: true },
  'POST /api/sign-in/passkey/options': { who: 'anybody' },
  'POST /api/sign-in/passkey': { who: 'anybody' },
  'POST /api/step-up/passkey/options': { who: 'signed_in', waiting: ['enrolment', 'new_password'] },
  'POST /api/step-up/passkey': { who: 'signed_in', waiting: ['enrolment', 'new_password'] },
  'POST /api/account/passkeys/options': { who: 'signed_in', waiting: ['enrolment'], confirm: true },
  'POST /api/account/passkeys': { who: 'signed_in', waiting: ['enrolment'], confirm: true, throttled: true },
  'PATCH /api/account/passkeys/:passkeyId': { who: 'signed_in', confirm: true, within: { 'params.passkeyId': 'mine' } },
  'DELETE /api/account/passkeys/:passkeyId': {
    who: 'signed_in',
    confirm: true,
    within: { 'params.passkeyId': 'mine' },
  },
  'POST /api/sign-in/oidc': { who: 'anybody', throttled: true },
  'POST /api/sign-in/oidc/return': { who: 'anybody', throttled: true },
  'GET /api/oidc-provider': { who: 'sign_in.rules' },
  'PUT /api/oidc-provider': { who: 'sign_in.rules', confirm: true },
  'POST /api/oidc-identities': { who: 'sign_in.rules', confirm: true, within: { 'body.personId': 'house' } },
  'DELETE /api/oidc-identities/:oidcIdentityId': {
    who: 'sign_in.rules',
    confirm: true,
    within: { 'params.oidcIdentityId': 'house' },
  },
  'GET /api/account/security': { who: 'signed_in', waiting: ['enrolment', 'new_password'] },
  'POST /api/account/notices/seen': { who: 'signed_in' },
  'DELETE /api/account/logins/:loginId': { who: 'signed_in', within: { 'params.loginId': 'mine' } },
  'POST /api/account/logins/others-ended': { who: 'signed_in' },
  'POST /api/account/tokens': { who: 'signed_in', confirm: true },
  'DELETE /api/account/tokens/:accessTokenId': { who: 'signed_in', within: { 'params.accessTokenId': 'mine' } },
  'GET /api/recoveries': { who: 'members.recover' },
  'POST /api/factor-releases': { who: 'members.recover', confirm: true },
  'POST /api/factor-releases/:factorReleaseId/decision': {
    who: 'members.recover',
    confirm: true,
    within: { 'params.factorReleaseId': 'helped' },
  },
  'GET /api/sign-in-rules': { who: 'sign_in.rules' },
  'PUT /api/sign-in-rules': { who: 'sign_in.rules', confirm: true },
  'GET /api/account/data': { who: 'signed_in' },
  'POST /api/account/data/export': { who: 'signed_in', confirm: true },
  'POST /api/account/closure': { who: 'signed_in', confirm: true },
  'GET /api/engagements': { who: 'signed_in', token: 'engagements' },
  'POST /api/engagements': {
    who: 'engagement.create',
    token: 'engagements',
    within: { 'body.organizerOrgId': 'act', 'body.auditorOrgId': 'act' },
  },
  'GET /api/engagements/:engagementId': { who: 'signed_in', token: 'engagements', on: ['engagement.read'] },
  'PATCH /api/engagements/:engagementId': {
    who: 'signed_in',
    token: 'engagements',
    on: ['engagement.edit'],
    within: { 'body.organizerOrgId': 'act', 'body.auditorOrgId': 'act' },
  },
  'POST /api/engagements/:engagementId/moves': { who: 'signed_in', token: 'engagements', on: ['engagement.read'] },
  'GET /api/engagements/:engagementId/records': { who: 'signed_in', token: 'engagements', on: ['record.read'] },
  'POST /api/engagements/:engagementId/records': { who: 'signed_in', confirm: 'signed_acts', on: ['record.write'] },
  'GET /api/engagements/:engagementId/scope': { who: 'signed_in', token: 'engagements', on: ['scope.read'] },
  'PUT /api/engagements/:engagementId/scope': { who: 'signed_in', token: 'engagements', on: ['scope.edit'] },
  'POST /api/engagements/:engagementId/scope/answers': {
    who: 'signed_in',
    token: 'engagements',
    on: ['scope.answer'],
    within: { 'body.scopeVersionId': 'engagement' },
  },
  'POST /api/engagements/:engagementId/scope/probe': {
    who: 'signed_in',
    token: 'engagements',
    on: ['scope.read'],
    within: { 'body.scopeVersionId': 'engagement' },
  },
  'POST /api/engagements/:engagementId/scope/changes': {
    who: 'signed_in',
    token: 'engagements',
    on: ['scope.propose'],
  },
  'POST /api/engagements/:engagementId/scope/changes/:scopeVersionId/decision': {
    who: 'signed_in',
    token: 'engagements',
    on: ['scope.approve'],
    within: { 'params.scopeVersionId': 'engagement' },
  },
  'GET /api/engagements/:engagementId/proofs': { who: 'signed_in', token: 'engagements', on: ['scope.read'] },
  'POST /api/engagements/:engagementId/proofs': { who: 'signed_in', token: 'engagements', on: ['proof.manage'] },
  'POST /api/engagements/:engagementId/proofs/:proofId/check': {
    who: 'signed_in',
    token: 'engagements',
    on: ['proof.manage'],
    within: { 'params.proofId': 'engagement' },
  },
  'POST /api/engagements/:engagementId/proofs/:proofId/letter': {
    who: 'signed_in',
    token: 'engagements',
    on: ['proof.manage'],
    within: { 'params.proofId': 'engagement' },
  },
  'POST /api/engagements/:engagementId/proofs/:proofId/confirmation': {
    who: 'signed_in',
    token: 'engagements',
    on: ['proof.confirm'],
    within: { 'params.proofId': 'engagement' },
  },
  'GET /api/engagements/:engagementId/timeline': {
    who: 'signed_in',
    token: 'engagements',
    on: ['engagement.timeline'],
  },
  'GET /api/engagements/:engagementId/letters': { who: 'signed_in', token: 'engagements', on: ['letter.read'] },
  'GET /api/engagements/:engagementId/letters/:letterId/file.pdf': {
    who: 'signed_in',
    token: 'engagements',
    on: ['letter.read'],
    within: { 'params.letterId': 'engagement' },
  },
  'GET /api/engagements/:engagementId/letters/:letterId/file.docx': {
    who: 'signed_in',
    token: 'engagements',
    on: ['letter.read'],
    within: { 'params.letterId': 'engagement' },
  },
  'POST /api/public/letter-checks': { who: 'anybody', throttled: true },
  'GET /api/testers': { who: 'testers.read', token: 'testers' },
  'GET /api/testers/me': { who: 'testers.own', token: 'testers' },
  'POST /api/testers/me/identity': { who: 'testers.own', confirm: true },
  'PUT /api/testers/me/skills': { who: 'testers.own', token: 'testers' },
  'POST /api/testers/:personId/identity-decision': {
    who: 'testers.verify',
    confirm: true,
    within: { 'params.personId': 'anybody' },
  },
  'POST /api/testers/:personId/grade': {
    who: 'testers.verify',
    token: 'testers',
    within: { 'params.personId': 'anybody' },
  },
  'GET /api/offers': { who: 'offers.read', token: 'testers' },
  'POST /api/engagements/:engagementId/applications': { who: 'offers.read', token: 'testers', on: 'act' },
  'POST /api/engagements/:engagementId/tester-invitations': {
    who: 'signed_in',
    token: 'testers',
    on: ['enrollment.decide'],
    within: { 'body.personId': 'anybody' },
  },
  'GET /api/engagements/:engagementId/enrollments': { who: 'signed_in', token: 'testers', on: ['enrollment.list'] },
  'POST /api/engagements/:engagementId/enrollments/:enrollmentId/decision': {
    who: 'signed_in',
    token: 'testers',
    on: ['enrollment.decide'],
    special: 'enrollment',
    within: { 'params.enrollmentId': 'tester' },
  },
  'GET /api/engagements/:engagementId/quiz': { who: 'signed_in', token: 'testers', on: ['enrollment.join'] },
  'POST /api/engagements/:engagementId/quiz': { who: 'signed_in', token: 'testers', on: ['enrollment.join'] },
  'GET /api/engagements/:engagementId/pledge': { who: 'signed_in', token: 'testers', on: ['enrollment.join'] },
  'POST /api/engagements/:engagementId/pledge': { who: 'signed_in', token: 'testers', on: ['enrollment.join'] },
  'GET /api/engagements/:engagementId/leases': { who: 'signed_in', token: 'testers', on: ['lease.list'] },
  'POST /api/engagements/:engagementId/leases': { who: 'signed_in', on: ['lease.issue'] },
  'POST /api/engagements/:engagementId/leases/:leaseId/state': {
    who: 'signed_in',
    token: 'testers',
    on: ['lease.revoke'],
    within: { 'params.leaseId': 'tester' },
  },
  'GET /api/engagements/:engagementId/ca.pem': { who: 'signed_in', token: 'testers', on: ['letter.read'] },
  'GET /api/engagements/:engagementId/exchanges': {
    who: 'signed_in',
    token: 'traffic',
    on: ['traffic.list'],
    within: { 'query.testerId': 'act' },
  },
  'GET /api/engagements/:engagementId/exchanges/:exchangeId': {
    who: 'signed_in',
    token: 'traffic',
    on: ['traffic.read'],
    within: { 'params.exchangeId': 'tester' },
  },
  'GET /api/engagements/:engagementId/exchanges/:exchangeId/unmasked': {
    who: 'signed_in',
    on: ['traffic.read'],
    within: { 'params.exchangeId': 'tester' },
  },
  'GET /api/engagements/:engagementId/exchanges/:exchangeId/request': {
    who: 'signed_in',
    on: ['traffic.read'],
    within: { 'params.exchangeId': 'tester' },
  },
  'GET /api/engagements/:engagementId/exchanges/:exchangeId/response': {
    who: 'signed_in',
    on: ['traffic.read'],
    within: { 'params.exchangeId': 'tester' },
  },
  'GET /api/engagements/:engagementId/captures': {
    who: 'signed_in',
    token: 'traffic',
    on: ['captures.read'],
    within: { 'query.testerId': 'act' },
  },
  'GET /api/engagements/:engagementId/captures/size': {
    who: 'signed_in',
    token: 'traffic',
    on: ['captures.read'],
    within: { 'query.testerId': 'act' },
  },
  'GET /api/engagements/:engagementId/coverage': { who: 'signed_in', token: 'traffic', on: ['traffic.list'] },
  'GET /api/engagements/:engagementId/segments': { who: 'signed_in', token: 'traffic', on: ['segment.mirror'] },
  'GET /api/engagements/:engagementId/segments/:segmentId/leaves': {
    who: 'signed_in',
    token: 'traffic',
    on: ['segment.mirror'],
    within: { 'params.segmentId': 'engagement' },
  },
  'GET /api/engagements/:engagementId/lease-traffic': { who: 'signed_in', token: 'traffic', on: ['segment.mirror'] },
  'GET /api/engagements/:engagementId/segments/:segmentId/file': {
    who: 'signed_in',
    token: 'traffic',
    on: ['segment.mirror'],
    within: { 'params.segmentId': 'engagement' },
  },
  'GET /api/engagements/:engagementId/live': { who: 'signed_in', token: 'traffic', on: ['traffic.list'] },
  'GET /api/findings': { who: 'signed_in', token: 'findings', within: { 'query.engagementId': 'act' } },
  'POST /api/findings/search': { who: 'signed_in', token: 'findings', within: { 'body.engagementId': 'act' } },
  'POST /api/findings/assignments': {
    who: 'signed_in',
    token: 'findings',
    within: {
      'body.findings[].engagementId': 'act',
      'body.findings[].findingId': 'act',
      'body.findings[].was': 'act',
      'body.to': 'act',
    },
  },
  'GET /api/weaknesses': { who: 'signed_in', token: 'findings' },
  'POST /api/cvss': { who: 'signed_in', token: 'findings' },
  'GET /api/engagements/:engagementId/findings.csv': { who: 'signed_in', token: 'findings', on: ['finding.list'] },
  'GET /api/engagements/:engagementId/findings.xlsx': { who: 'signed_in', token: 'findings', on: ['finding.list'] },
  'POST /api/engagements/:engagementId/findings': {
    who: 'signed_in',
    token: 'findings',
    on: ['finding.submit'],
    within: { 'body.cites[]': 'act', 'body.attachments[]': 'act' },
  },
  'GET /api/engagements/:engagementId/findings/:findingId': {
    who: 'signed_in',
    on: ['finding.read'],
    within: { 'params.findingId': 'tester' },
  },
  'GET /api/engagements/:engagementId/findings/:findingId/candidates': {
    who: 'signed_in',
    on: ['finding.review'],
    within: { 'params.findingId': 'tester' },
  },
  'PUT /api/engagements/:engagementId/findings/:findingId': {
    who: 'signed_in',
    token: 'findings',
    on: ['finding.submit'],
    within: { 'params.findingId': 'tester', 'body.cites[]': 'act', 'body.attachments[]': 'act' },
  },
  'POST /api/engagements/:engagementId/findings/:findingId/moves': {
    who: 'signed_in',
    token: 'findings',
    on: ['finding.read'],
    within: { 'params.findingId': 'tester', 'body.duplicateOf': 'tester' },
  },
  'POST /api/engagements/:engagementId/findings/:findingId/comments': {
    who: 'signed_in',
    token: 'findings',
    on: ['finding.comment'],
    within: { 'params.findingId': 'tester', 'body.attachments[]': 'act' },
  },
  'POST /api/engagements/:engagementId/findings/:findingId/rewards': {
    who: 'signed_in',
    token: 'findings',
    on: ['reward.propose'],
    within: { 'params.findingId': 'tester' },
  },
  'POST /api/engagements/:engagementId/rewards/:rewardId/state': {
    who: 'signed_in',
    token: 'findings',
    on: ['reward.approve', 'reward.pay'],
    within: { 'params.rewardId': 'tester' },
  },
  'GET /api/engagements/:engagementId/rewards': { who: 'signed_in', token: 'findings', on: ['engagement.read'] },
  'POST /api/engagements/:engagementId/attachments': {
    who: 'signed_in',
    token: 'findings',
    on: ['finding.submit', 'finding.comment'],
  },
  'PUT /api/engagements/:engagementId/attachments/:attachmentId/content': {
    who: 'signed_in',
    token: 'findings',
    on: ['finding.submit', 'finding.comment'],
    within: { 'params.attachmentId': 'maker' },
  },
  'DELETE /api/engagements/:engagementId/attachments/:attachmentId': {
    who: 'signed_in',
    token: 'findings',
    on: ['finding.submit', 'finding.comment'],
    within: { 'params.attachmentId': 'maker' },
  },
  'GET /api/engagements/:engagementId/attachments/:attachmentId/preview': {
    who: 'signed_in',
    token: 'findings',
    on: ['finding.read'],
    within: { 'params.attachmentId': 'tester' },
  },
  'POST /api/engagements/:engagementId/attachments/:attachmentId/links': {
    who: 'signed_in',
    token: 'findings',
    on: ['finding.read'],
    within: { 'params.attachmentId': 'tester' },
  },
  'PUT /api/engagements/:engagementId/imports/preview': { who: 'signed_in', token: 'findings', on: ['finding.submit'] },
  'GET /api/receipts': { who: 'ledger.read' },
  'GET /api/receipts/:eventId': { who: 'ledger.read', within: { 'params.eventId': 'known' } },
  'GET /api/ledger/consistency': { who: 'ledger.read' },
  'GET /api/engagements/:engagementId/evidence.zip': { who: 'signed_in', confirm: true, on: ['pack.build'] },
  'GET /api/engagements/:engagementId/packs': { who: 'signed_in', on: ['pack.build'] },
  'POST /api/engagements/:engagementId/packs': {
    who: 'signed_in',
    confirm: true,
    on: ['pack.build'],
    within: { 'body.findingId': 'tester' },
  },
  'POST /api/engagements/:engagementId/packs/:packId/cancellation': {
    who: 'signed_in',
    on: ['pack.build'],
    within: { 'params.packId': 'maker' },
  },
  'GET /api/engagements/:engagementId/packs/:packId/file.zip': {
    who: 'signed_in',
    on: ['pack.build'],
    within: { 'params.packId': 'maker' },
  },
  'GET /api/ledger/keys': { who: 'ledger.read' },
  'GET /api/engagements/:engagementId/reports': { who: 'signed_in', token: 'evidence', on: ['report.read'] },
  'POST /api/engagements/:engagementId/reports': { who: 'signed_in', token: 'evidence', on: ['report.read'] },
  'GET /api/engagements/:engagementId/reports/:reportId': {
    who: 'signed_in',
    on: ['report.read'],
    within: { 'params.reportId': 'engagement' },
  },
  'PATCH /api/engagements/:engagementId/reports/:reportId': {
    who: 'signed_in',
    token: 'evidence',
    on: ['report.read'],
    within: { 'params.reportId': 'engagement' },
  },
  'POST /api/engagements/:engagementId/reports/:reportId/signature': {
    who: 'signed_in',
    confirm: true,
    on: ['report.read'],
    within: { 'params.reportId': 'engagement' },
  },
  'GET /api/engagements/:engagementId/reports/:reportId/file.pdf': {
    who: 'signed_in',
    on: ['report.read'],
    within: { 'params.reportId': 'engagement' },
  },
  'GET /api/engagements/:engagementId/reports/:reportId/file.docx': {
    who: 'signed_in',
    on: ['report.read'],
    within: { 'params.reportId': 'engagement' },
  },
  'GET /api/ledger': { who: 'ledger.read', token: 'evidence' },
  'GET /api/ledger/entries/:index/proof': { who: 'ledger.read', token: 'evidence' },
  'GET /api/engagements/:engagementId/ledger': { who: 'signed_in', token: 'evidence', on: ['engagement.timeline'] },
  'GET /api/ledger/entries': { who: 'ledger.read', within: { 'query.engagementId': 'act' } },
  'GET /api/ledger/state': { who: 'ledger.read' },
  'GET /api/ledger/witnesses': { who: 'ledger.read' },
  'POST /api/ledger/witnesses': { who: 'witness.register' },
  'DELETE /api/ledger/witnesses/:witnessId': { who: 'witness.register', within: { 'params.witnessId': 'house' } },
  'POST /api/ledger/cosignatures': { who: 'anybody', throttled: true },
  'GET /api/engagements/:engagementId/witness-rule': { who: 'signed_in', on: ['witness_rule.read'] },
  'POST /api/engagements/:engagementId/witness-rule': {
    who: 'signed_in',
    on: ['witness_rule.propose'],
    within: { 'body.witnessIds[]': 'candidate' },
  },
  'POST /api/engagements/:engagementId/witness-rule/:ruleId/decision': {
    who: 'signed_in',
    on: ['witness_rule.decide'],
    within: { 'params.ruleId': 'engagement' },
  },
  'GET /api/ledger/time-stamps': { who: 'ledger.read' },
  'POST /api/ledger/time-stamps': { who: 'time_stamps.keep' },
  'GET /api/ledger/time-stamps/:timeStampId/request.tsq': {
    who: 'time_stamps.keep',
    within: { 'params.timeStampId': 'anybody' },
  },
  'POST /api/ledger/time-stamps/:timeStampId/answer': {
    who: 'time_stamps.keep',
    confirm: true,
    within: { 'params.timeStampId': 'anybody' },
  },
  'GET /api/ledger/time-stamps/:timeStampId/answer.tsr': {
    who: 'ledger.read',
    within: { 'params.timeStampId': 'anybody' },
  },
  'GET /api/ledger/time-stamps/:timeStampId/checkpoint.txt': {
    who: 'ledger.read',
    within: { 'params.timeStampId': 'anybody' },
  },
  'GET /api/engagements/:engagementId/outgoing': { who: 'signed_in', on: ['outgoing.read'] },
  'PUT /api/engagements/:engagementId/outgoing': { who: 'signed_in', on: ['outgoing.choose'] },
  'PUT /api/engagements/:engagementId/target-certificates': { who: 'signed_in', on: ['target_certificate.manage'] },
  'DELETE /api/engagements/:engagementId/target-certificates/:certificateId': {
    who: 'signed_in',
    on: ['target_certificate.manage'],
    within: { 'params.certificateId': 'engagement' },
  },
  'GET /api/engagements/:engagementId/test-rules': { who: 'signed_in', on: ['test_rules.read'] },
  'POST /api/engagements/:engagementId/test-rules': { who: 'signed_in', on: ['test_rules.write'] },
  'POST /api/engagements/:engagementId/test-rules/:rulesId/decision': {
    who: 'signed_in',
    on: ['test_rules.decide'],
    within: { 'params.rulesId': 'engagement' },
  },
  'GET /api/engagements/:engagementId/alerts': {
    who: 'signed_in',
    on: ['alert.read'],
    within: { 'query.testerId': 'act' },
  },
  'POST /api/engagements/:engagementId/alerts/:alertId/decision': {
    who: 'signed_in',
    on: ['alert.handle'],
    within: { 'params.alertId': 'tester' },
  },
  'GET /api/engagements/:engagementId/alert-receivers': { who: 'signed_in', on: ['alert_receiver.read'] },
  'POST /api/engagements/:engagementId/alert-receivers': { who: 'signed_in', on: ['alert_receiver.manage'] },
  'PUT /api/engagements/:engagementId/alert-receivers/:receiverId/jurisdiction': {
    who: 'signed_in',
    on: ['alert_receiver.manage'],
    within: { 'params.receiverId': 'engagement' },
  },
  'POST /api/engagements/:engagementId/alert-receivers/:receiverId/test': {
    who: 'signed_in',
    on: ['alert_receiver.manage'],
    within: { 'params.receiverId': 'engagement' },
  },
  'DELETE /api/engagements/:engagementId/alert-receivers/:receiverId': {
    who: 'signed_in',
    on: ['alert_receiver.manage'],
    within: { 'params.receiverId': 'engagement' },
  },
  'GET /ledger/checkpoint': { who: 'anybody' },
  'GET /ledger/cosign/checkpoint': { who: 'anybody' },
  'GET /ledger/verifier-key': { who: 'anybody' },
  'GET /ledger/keys.json': { who: 'anybody' },
  'GET /ledger/tile/*': { who: 'anybody' },
  'GET /ledger/tile/entries/*': { who: 'ledger.entries' },
  'GET /api/engagements/:engagementId/readings': {
    who: 'signed_in',
    on: ['reading.list'],
    within: { 'query.personId': 'act', 'query.findingId': 'act' },
  },
  'GET /api/engagements/:engagementId/reading-check': { who: 'signed_in', on: ['engagement.read'] },
  'POST /api/engagements/:engagementId/reading-purposes': { who: 'signed_in', on: ['reading.state_purpose'] },
  'GET /api/engagements/:engagementId/retention': { who: 'signed_in', on: ['hold.read'] },
  'PUT /api/engagements/:engagementId/retention': { who: 'signed_in', on: ['term.set'] },
  'POST /api/engagements/:engagementId/holds': { who: 'signed_in', confirm: true, on: ['hold.place'] },
  'POST /api/engagements/:engagementId/disposals': { who: 'signed_in', confirm: true, on: ['disposal.order'] },
  'GET /api/holds': { who: 'ledger.read' },
  'POST /api/holds': { who: 'holds.place', confirm: true },
  'POST /api/holds/:holdId/lift': { who: 'signed_in', confirm: true, within: { 'params.holdId': 'known' } },
  'GET /api/sealing': { who: 'sealing.manage' },
  'POST /api/sealing/rotations': { who: 'sealing.manage', confirm: true },
  'GET /api/installation': { who: 'installation.read' },
  'POST /api/installation/nodes/:node/departures': { who: 'nodes.keep', confirm: true },
  'GET /api/approvals': { who: 'signed_in' },
  'POST /api/approvals': {
    who: 'signed_in',
    within: {
      'body.act.personId': 'act',
      'body.act.engagementId': 'act',
      'body.act.captures.testerId': 'act',
      'body.act.pack.findingId': 'act',
    },
  },
  'POST /api/approvals/:approvalId/decision': {
    who: 'signed_in',
    confirm: true,
    within: { 'params.approvalId': 'house' },
  },
  'POST /api/approvals/:approvalId/withdrawal': { who: 'signed_in', within: { 'params.approvalId': 'house' } },
  'GET /api/two-person-rules': { who: 'members.read' },
  'PUT /api/two-person-rules': { who: 'two_persons.rules', confirm: true },
  'GET /api/engagements/:engagementId/break-glass': { who: 'signed_in', on: ['break_glass.read'] },
  'POST /api/engagements/:engagementId/break-glass': {
    who: 'signed_in',
    confirm: true,
    on: ['break_glass.open'],
    special: 'opening',
  },
  'POST /api/engagements/:engagementId/break-glass/:breakGlassId/end': {
    who: 'signed_in',
    on: ['break_glass.end'],
    within: { 'params.breakGlassId': 'engagement' },
  },
  'GET /api/notices': { who: 'signed_in' },
  'GET /api/notices/unread': { who: 'signed_in', alone: true },
  'POST /api/notices/:noticeId/read': { who: 'signed_in', within: { 'params.noticeId': 'mine' } },
  'POST /api/notices/read': { who: 'signed_in' },
  'GET /api/notices/live': { who: 'signed_in', alone: true },
  'GET /api/separation': { who: 'members.read' },
  'PUT /api/separation': { who: 'separation.rules', confirm: true },
  'POST /api/copies/trace': { who: 'copies.trace' },
  'GET /api/administration-record': { who: 'administration.read', within: { 'query.personId': 'act' } },
  'GET /api/account/mail': { who: 'signed_in' },
  'PUT /api/account/mail': { who: 'signed_in', confirm: true, throttled: true },
  'POST /api/account/mail/confirmation': { who: 'signed_in', throttled: true },
  'PUT /api/account/mail/choices': { who: 'signed_in', confirm: true },
  'DELETE /api/account/mail': { who: 'signed_in', confirm: true },
  'GET /api/groups': { who: 'members.read' },
  'POST /api/groups': { who: 'groups.keep', within: { 'body.personIds[]': 'house' } },
  'PUT /api/groups/:groupId': {
    who: 'groups.keep',
    confirm: true,
    within: { 'params.groupId': 'house', 'body.personIds[]': 'house' },
  },
  'DELETE /api/groups/:groupId': { who: 'groups.keep', confirm: true, within: { 'params.groupId': 'house' } },
  'GET /api/work-teams': { who: 'groups.keep' },
  'GET /api/engagements/:engagementId/work-team': { who: 'signed_in', on: ['engagement.read'], special: 'team' },
  'PUT /api/engagements/:engagementId/work-team': {
    who: 'signed_in',
    confirm: true,
    on: ['engagement.read'],
    special: 'team',
    within: { 'body.grants[].groupId': 'act', 'body.grants[].personId': 'act' },
  },
  'GET /api/privacy-notice': { who: 'anybody' },
  'GET /api/account/privacy': { who: 'signed_in' },
  'POST /api/account/privacy/acknowledgement': { who: 'signed_in' },
  'PUT /api/account/privacy/consent': { who: 'signed_in', confirm: true },
  'GET /api/privacy-answers': { who: 'administration.read' },
  'GET /api/account/corrections': { who: 'signed_in' },
  'POST /api/account/corrections': { who: 'signed_in', confirm: true },
  'POST /api/account/corrections/:correctionId/withdrawal': {
    who: 'signed_in',
    confirm: true,
    within: { 'params.correctionId': 'mine' },
  },
  'GET /api/corrections': { who: 'signed_in' },
  'POST /api/corrections/:correctionId/opening': { who: 'signed_in', within: { 'params.correctionId': 'house' } },
  'POST /api/corrections/:correctionId/decision': {
    who: 'signed_in',
    confirm: true,
    within: { 'params.correctionId': 'house' },
  },
  'GET /api/engagements/:engagementId/decoys': { who: 'signed_in', on: ['decoy.list'] },
  'POST /api/engagements/:engagementId/decoys': {
    who: 'signed_in',
    confirm: true,
    on: ['decoy.place'],
    within: { 'body.testerId': 'act' },
  },
  'PUT /api/engagements/:engagementId/decoys/:findingId': {
    who: 'signed_in',
    confirm: true,
    on: ['decoy.place'],
    within: { 'params.findingId': 'placer' },
  },
  'POST /api/engagements/:engagementId/decoys/:findingId/removal': {
    who: 'signed_in',
    confirm: true,
    on: ['decoy.place'],
    within: { 'params.findingId': 'placer' },
  },
  'GET /api/engagements/:engagementId/decoy-openings': { who: 'signed_in', on: ['decoy_opening.list'] },
}

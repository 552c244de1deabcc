/**
 * What becomes of each text that people or programs send. A field of the contract that is missing here fails a test: whoever
 * adds one decides.
 *
 * - `sealed`: lies sealed, wherever it is kept
 * - `secret`: kept as a digest, sealed, or not at all
 * - `clear`: lies in the clear, for the reason that docs/guides/sealing-keys.md gives
 * - `unkept`: is read, compared or looked for, and kept nowhere
 */
export type Fate = 'sealed' | 'secret' | 'clear' | 'unkept'

const engagement = '/api/engagements/:engagementId'

export const textInputs: { readonly [route: string]: { readonly [path: string]: Fate } } = {
  'POST /api/setup': { token: 'secret', organisation: 'clear', name: 'clear', login: 'clear', password: 'secret' },
  'POST /api/invitations': { name: 'clear' },
  'POST /api/invitations/acceptance': { token: 'secret', login: 'clear', password: 'secret' },
  'POST /api/approvals': {
    'act.name': 'sealed',
    purpose: 'sealed',
  },
  'POST /api/approvals/:approvalId/decision': { digest: 'clear', reason: 'sealed' },
  [`POST ${engagement}/break-glass/:breakGlassId/end`]: { reason: 'sealed' },
  'POST /api/organisations': { name: 'clear', adminName: 'clear' },
  'POST /api/sign-in': { login: 'clear', password: 'secret' },
  'POST /api/sign-in/second-factor': { code: 'secret', recoveryCode: 'secret' },
  'POST /api/password-resets': { login: 'clear' },
  'POST /api/password-resets/use': { token: 'secret', password: 'secret' },
  'POST /api/step-up': { password: 'secret', code: 'secret' },
  'POST /api/account/password': { current: 'secret', password: 'secret' },
  'POST /api/account/code/confirmation': { code: 'secret' },
  'POST /api/sign-in/passkey': { 'credential.*': 'unkept' },
  'POST /api/step-up/passkey': { 'credential.*': 'unkept' },
  'POST /api/account/passkeys': { name: 'clear', 'credential.*': 'clear' },
  'PATCH /api/account/passkeys/:passkeyId': { name: 'clear' },
  'POST /api/account/tokens': { name: 'clear' },
  'POST /api/password-links': { login: 'clear' },
  'POST /api/factor-releases': { login: 'clear', reason: 'sealed' },
  'POST /api/sign-in/oidc': { house: 'clear' },
  'POST /api/sign-in/oidc/return': { code: 'secret', state: 'secret', iss: 'unkept', secret: 'secret' },
  'PUT /api/oidc-provider': { label: 'clear', clientId: 'clear', clientSecret: 'secret', 'strongValues.*': 'clear' },
  'POST /api/oidc-identities': { value: 'clear' },
  'GET /api/engagements': { search: 'unkept', after: 'unkept' },
  'POST /api/engagements': { title: 'clear', goals: 'sealed' },
  [`PATCH ${engagement}`]: { title: 'clear', goals: 'sealed' },
  [`POST ${engagement}/moves`]: { move: 'clear', reason: 'sealed' },
  [`POST ${engagement}/records`]: { kind: 'clear', 'fields.*': 'sealed' },
  [`PUT ${engagement}/scope`]: { content: 'clear' },
  [`POST ${engagement}/scope/answers`]: {
    questionId: 'clear',
    'answer.rows.*': 'clear',
    'answer.note': 'sealed',
  },
  [`POST ${engagement}/scope/probe`]: { url: 'unkept' },
  [`POST ${engagement}/scope/changes`]: { content: 'clear', reason: 'sealed' },
  [`POST ${engagement}/scope/changes/:scopeVersionId/decision`]: { reason: 'sealed' },
  [`POST ${engagement}/proofs`]: { object: 'clear' },
  [`POST ${engagement}/proofs/:proofId/letter`]: { reference: 'clear', sha256: 'clear' },
  [`POST ${engagement}/proofs/:proofId/confirmation`]: { note: 'sealed' },
  [`GET ${engagement}/timeline`]: { after: 'unkept' },
  'POST /api/public/letter-checks': { number: 'clear', checkCode: 'unkept' },
  'GET /api/testers': { search: 'unkept' },
  'POST /api/testers/me/identity': { realName: 'sealed', documentNumber: 'sealed', 'skills.*': 'clear' },
  'POST /api/testers/:personId/identity-decision': { reason: 'sealed' },
  'POST /api/testers/:personId/grade': { note: 'sealed' },
  [`POST ${engagement}/applications`]: { statement: 'sealed', conflicts: 'sealed' },
  [`POST ${engagement}/enrollments/:enrollmentId/decision`]: { reason: 'sealed' },
  [`POST ${engagement}/pledge`]: { digest: 'unkept' },
  [`POST ${engagement}/leases/:leaseId/state`]: { reason: 'sealed' },
  [`GET ${engagement}/exchanges`]: {
    search: 'unkept',
    host: 'unkept',
    method: 'unkept',
    path: 'unkept',
    text: 'unkept',
    after: 'unkept',
  },
  [`GET ${engagement}/captures`]: {
    search: 'unkept',
    host: 'unkept',
    method: 'unkept',
    path: 'unkept',
    only: 'unkept',
  },
  'GET /api/findings': { after: 'unkept' },
  'POST /api/findings/search': { words: 'unkept' },
  'POST /api/cvss': { vector: 'unkept' },
  [`POST ${engagement}/findings`]: {
    title: 'sealed',
    asset: 'sealed',
    cwe: 'clear',
    cvssVector: 'clear',
    description: 'sealed',
    steps: 'sealed',
    impact: 'sealed',
    repair: 'sealed',
  },
  [`PUT ${engagement}/findings/:findingId`]: {
    title: 'sealed',
    asset: 'sealed',
    cwe: 'clear',
    cvssVector: 'clear',
    description: 'sealed',
    steps: 'sealed',
    impact: 'sealed',
    repair: 'sealed',
  },
  [`POST ${engagement}/findings/:findingId/moves`]: {
    move: 'clear',
    reasonCode: 'clear',
    reason: 'sealed',
    cites: 'sealed',
  },
  [`POST ${engagement}/findings/:findingId/comments`]: { body: 'sealed' },
  [`POST ${engagement}/findings/:findingId/rewards`]: { note: 'sealed' },
  [`POST ${engagement}/rewards/:rewardId/state`]: { note: 'sealed' },
  [`PATCH ${engagement}/reports/:reportId`]: { 'sections.*': 'sealed' },
  [`GET ${engagement}/alerts`]: { after: 'unkept' },
  [`GET ${engagement}/readings`]: { after: 'unkept' },
  [`POST ${engagement}/alerts/:alertId/decision`]: { reason: 'sealed' },
  [`POST ${engagement}/alert-receivers`]: { name: 'clear', address: 'clear', authority: 'clear' },
  [`GET ${engagement}/ledger`]: { after: 'unkept' },
  'GET /api/receipts': { after: 'unkept' },
  'GET /api/ledger/entries': { after: 'unkept', subject: 'unkept' },
  'POST /api/ledger/witnesses': { registration: 'clear' },
  'POST /api/ledger/cosignatures': { note: 'clear' },
  [`PUT ${engagement}/outgoing`]: { 'egressAddresses.*': 'clear' },
  [`PUT ${engagement}/target-certificates`]: { host: 'clear', certificate: 'clear', key: 'secret' },
  [`POST ${engagement}/test-rules`]: { 'rules.*': 'sealed', reason: 'sealed' },
  [`POST ${engagement}/holds`]: { reason: 'sealed', reference: 'sealed' },
  [`POST ${engagement}/disposals`]: { basis: 'sealed', witness: 'sealed' },
  'POST /api/holds': { reason: 'sealed', reference: 'sealed' },
  'POST /api/holds/:holdId/lift': { reason: 'sealed' },
}

/** Paths whose texts are to be sealed, by route. A choice among words, or a target's name with rules of its own, is not marked. */
export const sealedTexts: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(textInputs).map(([route, fields]) => [
    route,
    Object.entries(fields).flatMap(([path, fate]) =>
      fate === 'sealed' && path !== 'asset' && path !== 'rules.*' ? [path] : [],
    ),
  ]),
)

import { type Feature, route } from '../../http/registry.ts'
import { cosigning, throttle } from '../../sign-in/throttle.ts'
import { engagementRef } from '../engagements/reads.ts'
import { candidateRef, decideRule, proposeRule, readRule, ruleRef } from './agree-on-rule.ts'
import { ownWitnessRef, registerWitness, removeWitness } from './register-witness.ts'
import { claimedName, takeCosignature } from './take-cosignature.ts'
import { listWitnesses } from './view-witness.ts'

export const witnessRoutes: Feature = (deps) => [
  route('GET /api/ledger/witnesses', {
    access: 'ledger.read',
    references: {},
    handle: async ({ work }) => ({ size: deps.ledger.size(), witnesses: await listWitnesses(work) }),
  }),
  route('POST /api/ledger/witnesses', {
    access: 'witness.register',
    references: {},
    handle: ({ work, body }) => registerWitness(work, body),
  }),
  route('DELETE /api/ledger/witnesses/:witnessId', {
    access: 'witness.register',
    references: { 'params.witnessId': ownWitnessRef },
    handle: ({ work, on }) => removeWitness(work, on['params.witnessId']),
  }),
  route('POST /api/ledger/cosignatures', {
    access: 'public',
    references: {},
    bodyLimit: 16 * 1024,
    before: (caller, body) => throttle(deps, caller.address, claimedName(body.note, deps.ledger.origin), cosigning),
    handle: ({ work, body }) => takeCosignature(work, body.note),
  }),
  route('GET /api/engagements/:engagementId/witness-rule', {
    access: 'signed_in',
    references: { 'params.engagementId': engagementRef('witness_rule.read') },
    handle: ({ work, on }) => readRule(work, on['params.engagementId']),
  }),
  route('POST /api/engagements/:engagementId/witness-rule', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('witness_rule.propose', 'update'),
      'body.witnessIds[]': candidateRef,
    },
    handle: ({ work, body, on }) => proposeRule(work, on['params.engagementId'], body),
  }),
  route('POST /api/engagements/:engagementId/witness-rule/:ruleId/decision', {
    access: 'signed_in',
    references: {
      'params.engagementId': engagementRef('witness_rule.decide', 'update'),
      'params.ruleId': ruleRef,
    },
    handle: ({ work, body, on }) => decideRule(work, on['params.engagementId'], on['params.ruleId'], body.verdict),
  }),
]

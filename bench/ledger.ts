import { measureAttacks } from './ledger/attacks.ts'
import { measureIntegration } from './ledger/commit-to-integrated.ts'
import { measureEngine, measureTenMillion } from './ledger/engine.ts'
import { measurePack } from './ledger/pack.ts'
import { measureSubmission } from './ledger/submission.ts'
import type { Figure } from './main.ts'

/** The ledger on this machine's disk and database: see each part for what is measured and beside which peers. */
export const run = async (): Promise<readonly Figure[]> => [
  ...(await measureEngine()),
  ...(await measureIntegration()),
  ...(await measureSubmission()),
  ...(await measurePack()),
  ...(await measureAttacks()),
  ...(await measureTenMillion()),
]

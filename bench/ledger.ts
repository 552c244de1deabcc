import { measureEngine, measureTenMillion } from './ledger/engine.ts'
import type { Figure } from './main.ts'

/** The ledger on this machine's disk: see each part for what is measured and beside which peers. */
export const run = async (): Promise<readonly Figure[]> => [...(await measureEngine()), ...(await measureTenMillion())]

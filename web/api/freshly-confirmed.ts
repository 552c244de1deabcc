import { call } from './call.ts'
import { confirmIdentity } from './step-up.ts'

/** Before a dangerous download: whether a confirmation of the last five minutes is there, asking for one where it is not. */
export async function freshlyConfirmed(): Promise<boolean> {
  const state = await call('GET /api/step-up').catch(() => null)
  return state?.fresh === true || confirmIdentity()
}

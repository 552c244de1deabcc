import type { Person } from '@zhongheng/tools/demo/person.ts'
import { Secret, TOTP } from 'otpauth'

/** The code that an authenticator app shows at this moment. */
export const codeAt = (secret: string, at: Date): string =>
  new TOTP({ algorithm: 'SHA1', digits: 6, period: 30, secret: Secret.fromBase32(secret) }).generate({
    timestamp: at.getTime(),
  })

/** Enrols one-time codes for somebody who is signed in, one step of thirty seconds later. */
export async function enrolCodes(
  person: Person,
  clock: { now(): Date; advance(milliseconds: number): void },
): Promise<{ secret: string; recoveryCodes: string[] }> {
  const { secret } = await person.call('POST /api/account/code', {})
  clock.advance(30_000)
  const { recoveryCodes } = await person.call('POST /api/account/code/confirmation', {
    body: { code: codeAt(secret, clock.now()) },
  })
  return { secret, recoveryCodes: recoveryCodes ?? [] }
}

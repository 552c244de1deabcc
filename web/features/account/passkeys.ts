import type { Call } from '@zhongheng/contracts/http/index.ts'
import { call } from '../../api/call.ts'

type Shown = Call<'POST /api/sign-in/passkey'>['body']['credential']

/** The browser's own names for what the person stopped or let pass: no fault, and nothing to explain. */
const stopped = new Set(['NotAllowedError', 'AbortError'])
export const wasStopped = (error: unknown): boolean => error instanceof Error && stopped.has(error.name)

/** Asks for a passkey that signs a challenge of the server. @throws what the browser or the server refused */
export async function showPasskey(
  begin: 'POST /api/sign-in/passkey/options' | 'POST /api/step-up/passkey/options',
): Promise<Shown> {
  const { options } = await call(begin)
  const { startAuthentication } = await import('@simplewebauthn/browser')
  return plain(await startAuthentication({ optionsJSON: options as never }))
}

/** Makes a new passkey in this browser or on a key. @throws what the browser or the server refused */
export async function makePasskey(): Promise<Shown> {
  const { options } = await call('POST /api/account/passkeys/options')
  const { startRegistration } = await import('@simplewebauthn/browser')
  return plain(await startRegistration({ optionsJSON: options as never }))
}

/** Only what the contract knows: browsers add fields over the years. */
function plain(made: {
  id: string
  rawId: string
  response: object
  clientExtensionResults: object
  authenticatorAttachment?: string
}): Shown {
  const { id, rawId, response, authenticatorAttachment } = made
  return {
    id,
    rawId,
    type: 'public-key',
    response: Object.fromEntries(
      Object.entries(response).filter(([, value]) => value !== undefined),
    ) as Shown['response'],
    clientExtensionResults: { ...made.clientExtensionResults },
    ...(authenticatorAttachment === undefined ? {} : { authenticatorAttachment }),
  }
}

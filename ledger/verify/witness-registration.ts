import { fromBase64, toBase64, utf8 } from './bytes.ts'
import type { VerifyCrypto } from './crypto.ts'
import { noteAlgorithms, parseVerifierKey, type VerifierKey } from './keys.ts'

/** Longest registration text that is read, in characters. */
export const maxRegistration = 600

/** What a witness signs to show that it holds the key which it registers, and for which log. */
export const registrationMessage = (origin: string, verifierKey: string): Uint8Array =>
  utf8(`zhongheng-witness-registration/v1\n${origin}\n${verifierKey}\n`)

/** The text that the witness's owner hands in: the verifier key, a line feed, the signature in base 64. */
export const formatRegistration = (verifierKey: string, signature: Uint8Array): string =>
  `${verifierKey}\n${toBase64(signature)}\n`

/**
 * Reads a registration text for the log `origin`; undefined for a broken form, a key of another kind than a
 * cosignature's, or a signature that does not show possession of the key.
 */
export function openRegistration(
  crypto: VerifyCrypto,
  origin: string,
  text: string,
): { readonly key: VerifierKey; readonly verifierKey: string } | undefined {
  if (text.length > maxRegistration) return undefined
  const [verifierKey = '', signatureText = '', ...more] = text.trim().split(/\r?\n/)
  const key = parseVerifierKey(crypto.sha256, verifierKey)
  const signature = fromBase64(signatureText.trim())
  if (key?.algorithm !== noteAlgorithms.cosignature || signature?.length !== 64 || more.length > 0) return undefined
  if (!crypto.verifyEd25519(key.publicKey, registrationMessage(origin, verifierKey), signature)) return undefined
  return { key, verifierKey }
}

import { utf8 } from '../verify/bytes.ts'
import { formatCheckpoint } from '../verify/checkpoint.ts'
import { noteAlgorithms } from '../verify/keys.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { cosignedMessage, signatureLine, timedSignature } from '../verify/note.ts'
import type { Signer } from './signer.ts'

const { sha256 } = nodeCrypto

/**
 * A log's head as a signed note: the plain line of the log's key, and a second line in which the same key states the
 * time. Both signatures are awaited, so the key may live in a token or behind a service.
 * @param at when the head is signed; whole seconds count
 * @throws what the signer throws
 */
export async function signCheckpoint(
  signer: Signer,
  head: { readonly origin: string; readonly size: number; readonly root: Uint8Array },
  at: Date,
): Promise<string> {
  const { publicKey } = signer
  const text = formatCheckpoint(head)
  const seconds = Math.floor(at.getTime() / 1000)
  const plain = await signer.sign(utf8(text))
  const timed = await signer.sign(cosignedMessage(text, seconds))
  const key = (algorithm: 1 | 4) => ({ name: head.origin, algorithm, publicKey })
  return (
    `${text}\n` +
    signatureLine(sha256, key(noteAlgorithms.ed25519), plain) +
    signatureLine(sha256, key(noteAlgorithms.cosignature), timedSignature(seconds, timed))
  )
}

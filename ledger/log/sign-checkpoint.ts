import { utf8 } from '../verify/bytes.ts'
import { formatCheckpoint } from '../verify/checkpoint.ts'
import { type NoteAlgorithm, noteAlgorithms } from '../verify/keys.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { cosignedMessage, signatureLine, timedSignature } from '../verify/note.ts'
import type { Signer } from './signer.ts'

const { sha256 } = nodeCrypto

/**
 * A log's head as a signed note. Each signer gives its plain line, a second line in which the same key states the time,
 * and its SM2 line where it has such a half. All signatures are awaited, so a key may live in a token or behind a service.
 * @param signers one key, or both of an overlap
 * @param at when the head is signed; whole seconds count
 * @throws what the signers throw: a note that lacks a key's line is never given out
 */
export async function signCheckpoint(
  signers: Signer | readonly Signer[],
  head: { readonly origin: string; readonly size: number; readonly root: Uint8Array },
  at: Date,
): Promise<string> {
  const text = formatCheckpoint(head)
  const seconds = Math.floor(at.getTime() / 1000)
  let note = `${text}\n`
  for (const { publicKey, sign, sm2 } of [signers].flat()) {
    const key = (algorithm: NoteAlgorithm, of = publicKey) => ({ name: head.origin, algorithm, publicKey: of })
    const plain = await sign(utf8(text))
    const timed = await sign(cosignedMessage(text, seconds))
    note += signatureLine(sha256, key(noteAlgorithms.ed25519), plain)
    note += signatureLine(sha256, key(noteAlgorithms.cosignature), timedSignature(seconds, timed))
    if (sm2 === undefined) continue
    note += signatureLine(sha256, key(noteAlgorithms.sm2, sm2.publicKey), await sm2.sign(utf8(text)))
  }
  return note
}

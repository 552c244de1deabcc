import { fromBase64, fromUtf8, joinBytes, sameBytes, toBase64, utf8 } from './bytes.ts'
import type { Sha256, VerifyCrypto } from './crypto.ts'
import { isKeyName, keyId, noteAlgorithms, type VerifierKey } from './keys.ts'

/** Longest note that is looked at; a checkpoint with a handful of witnesses is under 2 KiB. */
export const noteBytes = 1 << 20
/** Caps against hostile input. */
const limits = { bytes: noteBytes, signatures: 100 }

export type NoteSignature = { readonly name: string; readonly keyId: Uint8Array; readonly bytes: Uint8Array }

/** A C2SP signed note taken apart; nothing is verified yet. `text` ends with a line feed and is what was signed. */
export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] }

/** Takes a signed note apart; undefined when its form is broken in any line. */
export function parseNote(bytes: Uint8Array): Note | undefined {
  const whole = bytes.length > limits.bytes ? undefined : fromUtf8(bytes)
  if (whole === undefined || /[\u0000-\u0009\u000b-\u001f]/.test(whole)) return undefined
  const cut = whole.lastIndexOf('\n\n')
  if (cut < 0 || !whole.endsWith('\n')) return undefined
  const lines = whole.slice(cut + 2, -1).split('\n')
  if (lines.length > limits.signatures) return undefined
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const [, name, base64] = /^\u2014 (\S+) (\S+)$/u.exec(line) ?? []
    const material = base64 === undefined ? undefined : fromBase64(base64)
    if (name === undefined || !isKeyName(name) || material === undefined || material.length < 5) return undefined
    signatures.push({ name, keyId: material.slice(0, 4), bytes: material.slice(4) })
  }
  return { text: whole.slice(0, cut + 1), signatures }
}

/** `at` is the time that a cosignature states. */
export type NoteVerdict =
  | { readonly line: 'absent' | 'wrong' }
  | { readonly line: 'good'; readonly at: Date | undefined }

/** Did `key` sign the note? The first line with the key's name and id decides: if it is wrong, so is the note. */
export function verifyNote(crypto: VerifyCrypto, note: Note, key: VerifierKey): NoteVerdict {
  const id = keyId(crypto.sha256, key)
  const line = note.signatures.find((one) => one.name === key.name && sameBytes(one.keyId, id))
  if (line === undefined) return { line: 'absent' }
  if (key.algorithm === noteAlgorithms.ed25519) {
    const good = crypto.verifyEd25519(key.publicKey, utf8(note.text), line.bytes)
    return good ? { line: 'good', at: undefined } : { line: 'wrong' }
  }
  if (key.algorithm === noteAlgorithms.sm2) {
    const good = crypto.verifySm2(key.publicKey, utf8(note.text), line.bytes)
    return good ? { line: 'good', at: undefined } : { line: 'wrong' }
  }
  if (line.bytes.length !== 72) return { line: 'wrong' }
  const view = new DataView(line.bytes.buffer, line.bytes.byteOffset, 8)
  const seconds = Number(view.getBigUint64(0))
  // Beyond the year 9999 no calendar can show it.
  if (seconds > 253_402_300_799) return { line: 'wrong' }
  const message = cosignedMessage(note.text, seconds)
  if (!crypto.verifyEd25519(key.publicKey, message, line.bytes.subarray(8))) return { line: 'wrong' }
  return { line: 'good', at: new Date(seconds * 1000) }
}

/**
 * Which of `keys` signed the note. Lines of other keys are passed over, as signed notes demand; a note with any `wrong`
 * key should be refused whole.
 */
export function verifyNoteBy(
  crypto: VerifyCrypto,
  note: Note,
  keys: readonly VerifierKey[],
): { readonly good: readonly { key: VerifierKey; at: Date | undefined }[]; readonly wrong: readonly VerifierKey[] } {
  const verdicts = keys.map((key) => ({ key, verdict: verifyNote(crypto, note, key) }))
  return {
    good: verdicts.flatMap(({ key, verdict }) => (verdict.line === 'good' ? [{ key, at: verdict.at }] : [])),
    wrong: verdicts.flatMap(({ key, verdict }) => (verdict.line === 'wrong' ? [key] : [])),
  }
}

/** What a C2SP Ed25519 cosignature signs. @param seconds since 1970 */
export const cosignedMessage = (text: string, seconds: number): Uint8Array =>
  utf8(`cosignature/v1\ntime ${seconds}\n${text}`)

/** One signature line, with its line feed. */
export function signatureLine(sha256: Sha256, key: VerifierKey, signature: Uint8Array): string {
  return `\u2014 ${key.name} ${toBase64(joinBytes(keyId(sha256, key), signature))}\n`
}

/** The signature of a cosignature line: eight bytes of time before the Ed25519 signature. */
export function timedSignature(seconds: number, signature: Uint8Array): Uint8Array {
  const time = new Uint8Array(8)
  new DataView(time.buffer).setBigUint64(0, BigInt(seconds))
  return joinBytes(time, signature)
}

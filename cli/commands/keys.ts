import { fromBase64, toHex } from '@zhongheng/ledger/verify/bytes.ts'
import {
  fingerprint,
  fromPem,
  noteAlgorithms,
  parseVerifierKey,
  type VerifierKey,
} from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { UsageError } from './command.ts'
import { smallFile } from './files.ts'

/**
 * The fingerprint that `--key` means: 64 hex digits (colons, capitals and a leading `SHA256:` are fine), `SHA256:` with
 * base 64 as the pages show it, or a file with a PEM public key or a verifier key line. @throws UsageError
 */
export async function fingerprintOf(word: string): Promise<string> {
  const digits = word
    .replace(/^sha256:/i, '')
    .replaceAll(':', '')
    .toLowerCase()
  if (/^[0-9a-f]{64}$/.test(digits)) return digits
  // As the pages show it: base 64 without its padding, which is how ssh writes fingerprints.
  const shown = /^sha256:([A-Za-z0-9+/]{43})=?$/i.exec(word)?.[1]
  const bytes = shown === undefined ? undefined : fromBase64(`${shown}=`)
  if (bytes !== undefined) return toHex(bytes)
  return fingerprint(nodeCrypto.sha256, await publicKeyIn(word))
}

/** The Ed25519 public key in a file. @throws UsageError */
export async function publicKeyIn(path: string): Promise<Uint8Array> {
  const text = await textIn(path)
  const line = parseVerifierKey(nodeCrypto.sha256, text.trim())
  const key = fromPem(text) ?? (line?.algorithm === noteAlgorithms.sm2 ? undefined : line?.publicKey)
  if (key !== undefined) return key
  throw new UsageError(
    `${path} 既不是 64 位十六进制指纹，也不是 Ed25519 公钥文件`,
    `${path} is neither a fingerprint of 64 hex digits nor a file with an Ed25519 public key`,
  )
}

/** The cosignature key of a witness: its verifier key line, or a file that holds one. @throws UsageError */
export async function witnessKeyOf(word: string): Promise<VerifierKey> {
  const text = parseVerifierKey(nodeCrypto.sha256, word) === undefined ? await textIn(word) : word
  const key = parseVerifierKey(nodeCrypto.sha256, text.trim())
  if (key?.algorithm === noteAlgorithms.cosignature) return key
  throw new UsageError(
    `${word} 不是见证方的验证密钥，也不是含有它的文件`,
    `${word} is neither a witness's verifier key nor a file with one`,
  )
}

/** Longest file that may hold a public key, in bytes. */
const keyFileBytes = 64 << 10

const textIn = async (path: string): Promise<string> => (await smallFile(path, keyFileBytes)).toString('utf8')

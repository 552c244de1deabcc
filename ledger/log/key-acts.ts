import type { LedgerLeaf } from '@zhongheng/contracts/records/ledger-leaf.ts'
import { toHex, utf8 } from '../verify/bytes.ts'
import { introductionMessage, type KeyAct } from '../verify/key-history.ts'
import { fingerprint, noteAlgorithms } from '../verify/keys.ts'
import { formatKeysFile, keysFileText } from '../verify/keys-file.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { signatureLine } from '../verify/note.ts'
import type { Signer } from './signer.ts'

/**
 * The facts of an entry `ledger.key_introduced`: the new key, signed by itself and by the key that vouches for it.
 * @param by null for a log's first key, and where the key before is lost
 */
export async function introductionOf(origin: string, key: Signer, by: Signer | null): Promise<LedgerLeaf['facts']> {
  const { publicKey, sm2 } = key
  const message = introductionMessage(nodeCrypto, origin, publicKey, sm2?.publicKey)
  const hex = async (signature: Uint8Array | Promise<Uint8Array>): Promise<string> => toHex(await signature)
  return {
    key: fingerprint(nodeCrypto.sha256, publicKey),
    publicKey: toHex(publicKey),
    sm2: sm2 === undefined ? null : toHex(sm2.publicKey),
    introducedBy: by === null ? null : fingerprint(nodeCrypto.sha256, by.publicKey),
    introduction: by === null ? null : await hex(by.sign(message)),
    possession: await hex(key.sign(message)),
    sm2Possession: sm2 === undefined ? null : await hex(sm2.sign(message)),
  }
}

/** The file `keys.json` of a log. @param signers all keys in force at `size` */
export async function signKeysFile(
  signers: readonly Signer[],
  origin: string,
  size: number,
  acts: readonly KeyAct[],
): Promise<Uint8Array> {
  const text = keysFileText(nodeCrypto, origin, size, acts)
  const { sha256 } = nodeCrypto
  let lines = ''
  for (const { publicKey, sign, sm2 } of signers) {
    lines += signatureLine(
      sha256,
      { name: origin, algorithm: noteAlgorithms.ed25519, publicKey },
      await sign(utf8(text)),
    )
    if (sm2 === undefined) continue
    const key = { name: origin, algorithm: noteAlgorithms.sm2, publicKey: sm2.publicKey }
    lines += signatureLine(sha256, key, await sm2.sign(utf8(text)))
  }
  return formatKeysFile(origin, size, acts, lines)
}

import type { Text } from '@zhongheng/domain/shared/problem.ts'

/** Longest message that every signer takes, in bytes; tokens take no more. Checkpoints have about 200. */
export const longestSigned = 1024

/**
 * A key that signs the ledger's checkpoints, wherever it is kept. Every implementation passes the suite in
 * `checkpoint-signer.test.ts`; a key service would be one more.
 */
export type CheckpointSigner = {
  /** Where the private key is: in a file, in a file sealed with a passphrase, in a PKCS#11 token. */
  readonly kind: 'file' | 'sealed' | 'token'
  /** Ed25519, 32 raw bytes. */
  readonly publicKey: Uint8Array
  /** 64 raw bytes by RFC 8032, over up to `longestSigned` bytes. @throws KeyError when the key cannot be used now */
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>
  /** The SM2 half, where the installation wants its checkpoints signed by GM/T 0003 too. */
  readonly sm2?: {
    /** 65 bytes, the uncompressed point. */
    readonly publicKey: Uint8Array
    /** 64 bytes: r and s. */
    readonly sign: (message: Uint8Array) => Promise<Uint8Array>
  }
}

export type KeyErrorCode =
  /** Other accounts may read the file. */
  | 'readable_by_others'
  | 'missing'
  | 'malformed'
  /** No passphrase or PIN was given, or it is wrong. */
  | 'locked'
  /** The token, or the program that speaks with it, refused or did not answer. */
  | 'token'

/** A signing key cannot be opened or used: said with the file and what to do, never with a secret. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
  readonly code: KeyErrorCode
  readonly text: Text
  constructor(code: KeyErrorCode, zh: string, en: string) {
    super(en)
    this.code = code
    this.text = { zh, en }
  }
}

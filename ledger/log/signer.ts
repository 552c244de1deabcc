import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

/** Signs with one Ed25519 key; asynchronous answers leave room for a key that never enters this process. */
export type Signer = {
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array
  /** 64 raw bytes. */
  readonly sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>
  /** The same party's SM2 key, for a second line in notes. */
  readonly sm2?: {
    /** 65 bytes, the uncompressed point. */
    readonly publicKey: Uint8Array
    /** 64 bytes: r and s. */
    readonly sign: (message: Uint8Array) => Uint8Array | Promise<Uint8Array>
  }
}

/** A signer over a private key in PKCS#8 PEM. @throws TypeError when it is not an Ed25519 key */
export function ed25519Signer(privateKeyPem: string): Signer {
  const key = createPrivateKey(privateKeyPem)
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the ledger signs with Ed25519 keys only')
  return { publicKey: rawPublicKey(createPublicKey(key)), sign: (message) => sign(null, message, key) }
}

/** A fresh key pair; the caller keeps the PEM. */
export function newEd25519Key(): { privateKeyPem: string; signer: Signer } {
  const { privateKey } = generateKeyPairSync('ed25519')
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { privateKeyPem, signer: ed25519Signer(privateKeyPem) }
}

const rawPublicKey = (key: KeyObject): Uint8Array =>
  new Uint8Array(key.export({ type: 'spki', format: 'der' }).subarray(-32))

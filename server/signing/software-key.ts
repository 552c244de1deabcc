import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { newSm2Key, sm2FromPkcs8, sm2ToPkcs8 } from '@zhongheng/ledger/log/sm2-key.ts'
import { signSm2, sm2PublicKey } from '@zhongheng/ledger/verify/sm2.ts'
import { type CheckpointSigner, KeyError } from './checkpoint-signer.ts'

const pemOf = (der: Uint8Array): string =>
  `-----BEGIN PRIVATE KEY-----\n${(
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END PRIVATE KEY-----\n`

/** A fresh key as PKCS#8 PEM: Ed25519, and an SM2 block after it where wanted. `openssl pkey` reads either. */
export function newSoftwareKey(options: { readonly sm2: boolean }): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  const first = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return options.sm2 ? first + pemOf(sm2ToPkcs8(newSm2Key())) : first
}

/** A signer whose private key is in this process. @param file for messages @throws KeyError malformed */
export function softwareSigner(kind: 'file' | 'sealed', file: string, pem: string): CheckpointSigner {
  const blocks = pem.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g) ?? []
  const [first = '', second, ...more] = blocks
  const key = ed25519In(first)
  if (key === undefined || more.length > 0) throw malformed(file)
  const signer = {
    kind,
    publicKey: new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-32)),
    sign: async (message: Uint8Array) => sign(null, message, key),
  }
  if (second === undefined) return signer
  const sm2 = sm2FromPkcs8(Buffer.from(second.split('\n').slice(1, -1).join(''), 'base64'))
  if (sm2 === undefined) throw malformed(file)
  return { ...signer, sm2: { publicKey: sm2PublicKey(sm2), sign: async (message) => signSm2(sm2, message) } }
}

function ed25519In(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? key : undefined
  } catch {
    return undefined
  }
}

const malformed = (file: string): KeyError =>
  new KeyError(
    'malformed',
    `${file} 不是账本密钥：应为 Ed25519 私钥（PKCS#8 PEM），其后可有一把 SM2 私钥`,
    `${file} is no ledger key: an Ed25519 private key in PKCS#8 PEM, which an SM2 one may follow`,
  )

import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { z } from 'zod'
import { toPem } from '@zhongheng/ledger/verify/keys.ts'
import { type CheckpointSigner, KeyError, longestSigned } from './checkpoint-signer.ts'
import { pkcs11Tool, type TokenPlace } from './pkcs11-tool.ts'
import type { KeySecrets } from './secrets.ts'

/** A key file that says in which token the private key is; it holds nothing secret. */
export const TokenKeyFile = z.strictObject({
  format: z.literal('zhongheng-token-key/1'),
  module: z.string().startsWith('/').max(400),
  token: z.string().min(1).max(32),
  /** CKA_ID in hex. */
  id: z.string().regex(/^([0-9a-f]{2}){1,32}$/),
  publicKey: z.string().regex(/^[0-9a-f]{64}$/),
})
export type TokenKeyFile = z.infer<typeof TokenKeyFile>

/** Makes an Ed25519 key inside the token, which it never leaves. @throws KeyError */
export async function makeTokenKey(place: TokenPlace, secrets: KeySecrets): Promise<TokenKeyFile> {
  const id = randomBytes(8).toString('hex')
  const run = async (args: string[]) => pkcs11Tool(place, args, await secrets.pin(), secrets.tokenEnvironment)
  const label = `zhongheng-ledger-${id}`
  await run(['--keypairgen', '--key-type', 'EC:edwards25519', '--id', id, '--label', label, '--sensitive'])
  const pem = (await run(['--read-object', '--type', 'pubkey', '--id', id])).toString('latin1')
  try {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType === 'ed25519') {
      const publicKey = key.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex')
      return { format: 'zhongheng-token-key/1', ...place, id, publicKey }
    }
  } catch {
    // Old modules answer with another encoding.
  }
  throw new KeyError(
    'token',
    `令牌 ${place.token} 没有给出 Ed25519 公钥：须支持 CKM_EDDSA`,
    `token ${place.token} gave no Ed25519 public key: it must know CKM_EDDSA`,
  )
}

/**
 * A signer whose private key stays in the token. Signatures come one after the other, each is checked before it is given
 * out, and after a refused PIN the token is not asked again: it would lock itself.
 */
export function tokenSigner(content: TokenKeyFile, secrets: KeySecrets): CheckpointSigner {
  const publicKey = new Uint8Array(Buffer.from(content.publicKey, 'hex'))
  const pem = toPem(publicKey)
  let refused: KeyError | undefined
  let queue: Promise<unknown> = Promise.resolve()
  const signNow = async (message: Uint8Array): Promise<Uint8Array> => {
    if (refused !== undefined) throw refused
    // pkcs11-tool hands longer messages over in parts, and the one-part mechanism EDDSA does not know parts.
    if (message.length > longestSigned) throw tooLong(content.token)
    const args = ['--sign', '--mechanism', 'EDDSA', '--id', content.id]
    const signature = await pkcs11Tool(content, args, await secrets.pin(), secrets.tokenEnvironment, message).catch(
      (error: unknown) => {
        if (error instanceof KeyError && error.code === 'locked') refused = error
        throw error
      },
    )
    if (signature.length === 64 && verify(null, message, pem, signature)) return new Uint8Array(signature)
    throw new KeyError(
      'token',
      `令牌 ${content.token} 的密钥 ${content.id} 签出的不是此公钥的签名`,
      `key ${content.id} of token ${content.token} did not sign as the public key in its file`,
    )
  }
  return {
    kind: 'token',
    publicKey,
    sign(message) {
      const mine = queue.then(() => signNow(message))
      queue = mine.catch(() => undefined)
      return mine
    },
  }
}

const tooLong = (token: string): KeyError =>
  new KeyError(
    'token',
    `令牌 ${token} 每次最多签 ${longestSigned} 字节`,
    `token ${token} signs ${longestSigned} bytes at most`,
  )

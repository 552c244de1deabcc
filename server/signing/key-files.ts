import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fingerprint } from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { writeKeyFile } from '../sealing/write-key-file.ts'
import { type CheckpointSigner, KeyError } from './checkpoint-signer.ts'
import type { TokenPlace } from './pkcs11-tool.ts'
import { type ScryptN, sealKey, SealedKeyFile, unsealKey } from './sealed-key.ts'
import { type KeySecrets, mustBePrivate } from './secrets.ts'
import { newSoftwareKey, softwareSigner } from './software-key.ts'
import { makeTokenKey, TokenKeyFile, tokenSigner } from './token-key.ts'

/** How a new key is to be kept. */
export type Keeping =
  | { readonly kind: 'file'; readonly sm2: boolean }
  | { readonly kind: 'sealed'; readonly sm2: boolean; readonly scryptN?: ScryptN }
  | ({ readonly kind: 'token' } & TokenPlace)

/** The installation's first key; later ones are `ledger-` and the beginning of their fingerprint. */
export const firstKeyFile = 'ledger.key'
/** Signs manifests of evidence packs where the ledger's key cannot. */
export const installationKeyFile = 'installation.key'
/** Its public half, for whoever has no key ring. */
export const installationPublicFile = `${installationKeyFile.slice(0, -'.key'.length)}.pub`
const isKeyFile = (name: string): boolean => name === firstKeyFile || /^ledger-[0-9a-f]{16}\.key$/.test(name)

export const keyFingerprint = (publicKey: Uint8Array): string => fingerprint(nodeCrypto.sha256, publicKey)
export const keyFileName = (publicKey: Uint8Array): string => `ledger-${keyFingerprint(publicKey).slice(0, 16)}.key`

/** Makes a key and answers its file's content. @throws KeyError */
export async function makeKey(keeping: Keeping, secrets: KeySecrets): Promise<string> {
  if (keeping.kind === 'token') {
    const { module, token } = keeping
    return `${JSON.stringify(await makeTokenKey({ module, token }, secrets), null, 2)}\n`
  }
  const pem = newSoftwareKey(keeping)
  if (keeping.kind === 'file') return pem
  return `${JSON.stringify(await sealKey(pem, await secrets.passphrase(), keeping.scryptN), null, 2)}\n`
}

/** Writes a key file, whole or not at all, readable by this account alone. */
export const keepKey = (path: string, content: string): Promise<void> => writeKeyFile(path, Buffer.from(content), 0o600)

/** Opens a key file, whatever kind it is. @throws KeyError */
export async function openSigner(path: string, secrets: KeySecrets): Promise<CheckpointSigner> {
  const content = await contentOf(path)
  if (typeof content === 'string') return softwareSigner('file', path, content)
  if (content.format === 'zhongheng-token-key/1') return tokenSigner(content, secrets)
  return unsealKey(content, await secrets.passphrase(), path)
}

/**
 * The key file in the folder that holds this key; undefined where there is none. Needs no secret.
 * @throws KeyError what is wrong with another file, where that may be the one
 */
export async function fileOfKey(folder: string, wanted: string): Promise<string | undefined> {
  const faults: KeyError[] = []
  for (const name of (await readdir(folder)).filter(isKeyFile).sort()) {
    const path = join(folder, name)
    const found = await publicKeyOf(path).catch((error: unknown) => {
      if (!(error instanceof KeyError)) throw error
      faults.push(error)
      return undefined
    })
    if (found !== undefined && keyFingerprint(found) === wanted) return path
  }
  const [fault] = faults
  if (fault !== undefined) throw fault
  return undefined
}

/** The public half in a key file, without its secret. @throws KeyError */
export async function publicKeyOf(path: string): Promise<Uint8Array> {
  const content = await contentOf(path)
  return typeof content === 'string'
    ? softwareSigner('file', path, content).publicKey
    : new Uint8Array(Buffer.from(content.publicKey, 'hex'))
}

async function contentOf(path: string): Promise<string | SealedKeyFile | TokenKeyFile> {
  await mustBePrivate(path)
  const text = await readFile(path, 'utf8')
  if (!text.startsWith('{')) return text
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  const sealed = SealedKeyFile.safeParse(json)
  if (sealed.success) return sealed.data
  const token = TokenKeyFile.safeParse(json)
  if (token.success) return token.data
  throw new KeyError('malformed', `${path} 不是已知格式的账本密钥`, `${path} is no ledger key of a known form`)
}

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { mkdir, open as openFile, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { deriveKey, open, seal } from './seal.ts'

/** A signing key pair with the fingerprint people compare: `SHA256:` and 43 characters of base64. */
export type SigningKey = { readonly privateKey: KeyObject; readonly publicPem: string; readonly fingerprint: string }

/** The installation's keys. They live in `<data>/keys`, readable by the server's account alone. */
export type KeyRing = {
  /** Signs policy snapshots; its public half is `keys/policy.pub` for the gateway. */
  readonly policy: SigningKey
  /** Wraps the data key of one engagement; the row id is bound in. */
  wrap(engagementId: string, key: Uint8Array): Buffer
  unwrap(engagementId: string, wrapped: Uint8Array): Buffer
  /** A key for one purpose outside engagements: identity fields, organisations' private keys. */
  house(purpose: string): Buffer
}

/** Opens the key folder, making keys at the first start. A half-written key never stays: temporary file, fsync, rename. */
export async function openKeys(folder: string): Promise<KeyRing> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const root = await readOrMake(join(folder, 'root.key'), () => randomBytes(32))
  if (root.length !== 32) throw new Error(`${join(folder, 'root.key')} must hold 32 bytes; restore it from backup`)
  const policy = await signingKey(folder, 'policy')
  const wrapping = deriveKey(root, 'engagement-keys')
  const place = (engagementId: string) => ({ table: 'engagements', column: 'wrapped_key', row: engagementId })
  return {
    policy,
    wrap: (engagementId, key) => seal(wrapping, place(engagementId), key),
    unwrap: (engagementId, wrapped) => open(wrapping, place(engagementId), wrapped),
    house: (purpose) => deriveKey(root, `house/${purpose}`),
  }
}

export function newSigningKey(): { privatePem: string; publicPem: string } {
  const pair = generateKeyPairSync('ed25519')
  return {
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** SHA-256 over the DER public key, as people read it out to each other. */
export function fingerprintOf(publicPem: string): string {
  const der = createPublicKey(publicPem).export({ type: 'spki', format: 'der' })
  return `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`
}

export const signText = (key: KeyObject, text: string): string =>
  sign(null, Buffer.from(text, 'utf8'), key).toString('base64')

async function signingKey(folder: string, name: string): Promise<SigningKey> {
  const pem = await readOrMake(join(folder, `${name}.key`), () => Buffer.from(newSigningKey().privatePem))
  const privateKey = createPrivateKey(pem)
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
  const kept = await readOrMake(join(folder, `${name}.pub`), () => Buffer.from(publicPem), 0o644)
  // A private key restored from backup beside another public one: readers must get the half that really signs.
  if (kept.toString('utf8') !== publicPem)
    await writeKeyFile(join(folder, `${name}.pub`), Buffer.from(publicPem), 0o644)
  return { privateKey, publicPem, fingerprint: fingerprintOf(publicPem) }
}

/** The bytes of a key file, made at first and written so that a crash leaves all or nothing. */
export async function readOrMake(path: string, make: () => Buffer, mode = 0o600): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const bytes = make()
  await writeKeyFile(path, bytes, mode)
  return bytes
}

/** Writes a file whole or not at all, with this mode from its first byte on. */
export async function writeKeyFile(path: string, bytes: Buffer, mode: number): Promise<void> {
  // What a killed start left behind may have other rights, which opening alone would keep.
  await rm(`${path}.new`, { force: true })
  const file = await openFile(`${path}.new`, 'wx', mode)
  await file.writeFile(bytes)
  await file.sync()
  await file.close()
  await rename(`${path}.new`, path)
}

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
import { dirname, join } from 'node:path'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { openKeyShares, type ShareOf } from './key-shares.ts'
import { deriveKey, open, seal } from './seal.ts'

/** A signing key pair with the fingerprint people compare: `SHA256:` and 43 characters of base64. */
export type SigningKey = { readonly privateKey: KeyObject; readonly publicPem: string; readonly fingerprint: string }

/** The installation's keys. They live in `<data>/keys`, readable by the server's account alone. */
export type KeyRing = {
  /** Signs policy snapshots; its public half is `keys/policy.pub` for the gateway. */
  readonly policy: SigningKey
  /** Wraps the data key of a new engagement, and makes its shares; the row id is bound in. */
  wrap(engagementId: string, key: Uint8Array): Buffer
  /** Null once its share was destroyed, wherever the wrapped key comes from. */
  unwrap(engagementId: string, wrapped: Uint8Array): Buffer | null
  /** The key of the engagement's recorded traffic; null once that was disposed of. */
  trafficKey(engagementId: string, dataKey: Buffer): Buffer | null
  /** Makes everything unreadable for ever that the engagement's rows, or its recorded traffic, were sealed under. */
  destroy(engagementId: string, of: ShareOf): void
  /** A key for one purpose outside engagements: identity fields, organisations' private keys. */
  house(purpose: string): Buffer
}

/**
 * Opens the key folder, making keys at the first start. A half-written key never stays: temporary file, fsync, rename.
 * @param sharesFolder where each engagement's half of its keys lies, apart from all else that is backed up
 */
export async function openKeys(folder: string, sharesFolder = join(dirname(folder), 'key-shares')): Promise<KeyRing> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const root = await readOrMake(join(folder, 'root.key'), () => randomBytes(32))
  if (root.length !== 32) throw new Error(`${join(folder, 'root.key')} must hold 32 bytes; restore it from backup`)
  const policy = await signingKey(folder, 'policy')
  const shares = openKeyShares(sharesFolder)
  const wrapping = (engagementId: string): Buffer | null => {
    const share = shares.read(engagementId, 'file')
    if (share === 'destroyed') return null
    return deriveKey(share === null ? root : Buffer.concat([root, share]), 'engagement-keys')
  }
  const place = (engagementId: string) => ({ table: 'engagements', column: 'wrapped_key', row: engagementId })
  return {
    policy,
    wrap: (engagementId, key) => {
      shares.make(engagementId)
      const wrappingKey = wrapping(engagementId)
      if (wrappingKey === null) throw disposed()
      return seal(wrappingKey, place(engagementId), key)
    },
    unwrap: (engagementId, wrapped) => {
      const wrappingKey = wrapping(engagementId)
      return wrappingKey && open(wrappingKey, place(engagementId), wrapped)
    },
    trafficKey: (engagementId, dataKey) => {
      const share = shares.read(engagementId, 'traffic')
      if (share === 'destroyed') return null
      return share === null ? dataKey : deriveKey(Buffer.concat([dataKey, share]), 'traffic')
    },
    destroy: (engagementId, of) => shares.destroy(engagementId, of),
    house: (purpose) => deriveKey(root, `house/${purpose}`),
  }
}

/** What everything answers that asks for the content of an engagement whose keys were destroyed. */
export const disposed = (): Problem =>
  new Problem(
    'wrong_state',
    say(
      '此项目的数据已按规定销毁，只能查看时间线、账本条目和处置记录',
      'the data of this engagement was destroyed; its timeline, ledger entries and disposal record stay',
    ),
    { rule: 'DISPOSED-1' },
  )

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

import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { KeyError } from '../signing/checkpoint-signer.ts'
import { pkcs11Tool } from '../signing/pkcs11-tool.ts'
import { type ScryptN, shortestPassphrase, wrappingKey } from '../signing/sealed-key.ts'
import { type KeySecrets, mustBePrivate } from '../signing/secrets.ts'
import { deriveKey } from './seal.ts'
import { split } from './shamir.ts'
import { type ShareSet, shareText } from './share-text.ts'
import { writeKeyFile } from './write-key-file.ts'

/*
 * A keeper is how the unlocking key is come by at a start. All key-encryption keys lie wrapped under it in
 * `keys/sealing.json`. Each kind passes the contract in `keepers.test.ts`.
 */

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`))
const scryptN = z.union([
  z.literal(1 << 15),
  z.literal(1 << 16),
  z.literal(1 << 17),
  z.literal(1 << 18),
  z.literal(1 << 19),
])

export const Keeper = z.discriminatedUnion('kind', [
  /** `keys/root.key` in the clear: for trials. */
  z.strictObject({ kind: z.literal('file') }),
  z.strictObject({
    kind: z.literal('passphrase'),
    scrypt: z.strictObject({ n: scryptN, r: z.literal(8), p: z.number().int().min(1).max(4), salt: hex(32) }),
  }),
  z.strictObject({
    kind: z.literal('shares'),
    set: hex(4),
    needed: z.number().int().min(2).max(255),
    of: z.number().int().min(2).max(255),
  }),
  /** An RSA key inside a PKCS#11 token opens what its public half closed. */
  z.strictObject({
    kind: z.literal('token'),
    module: z.string().startsWith('/').max(400),
    token: z.string().min(1).max(32),
    id: z.string().regex(/^([0-9a-f]{2}){1,32}$/),
    wrapped: z.string().regex(/^[A-Za-z0-9+/]{40,2048}={0,2}$/),
  }),
])
export type Keeper = z.infer<typeof Keeper>

export type NewKeeper =
  | { readonly kind: 'file' }
  | { readonly kind: 'passphrase'; readonly scryptN?: ScryptN }
  | { readonly kind: 'shares'; readonly needed: number; readonly of: number }
  | { readonly kind: 'token'; readonly module: string; readonly token: string }

/** What opening may ask for. Shares come from people, so they may take days. */
export type Openers = {
  readonly secrets: KeySecrets
  /** Answers the secret of this set, put together and tried by `isRight`. */
  readonly shares: (set: ShareSet & { readonly of: number }, isRight: (key: Buffer) => boolean) => Promise<Buffer>
}

export const rootKeyFile = 'root.key'

/** A new unlocking key and how it is kept. Shares are answered once and kept nowhere here. @throws KeyError */
export async function makeKeeper(
  folder: string,
  wanted: NewKeeper,
  secrets: KeySecrets,
): Promise<{ keeper: Keeper; key: Buffer; shares: readonly string[] }> {
  if (wanted.kind === 'file') {
    const root = randomBytes(32)
    await writeKeyFile(join(folder, rootKeyFile), root, 0o600)
    return { keeper: { kind: 'file' }, key: unlockingKeyIn(root), shares: [] }
  }
  if (wanted.kind === 'passphrase') {
    const scrypt = { n: wanted.scryptN ?? 1 << 17, r: 8, p: 1, salt: randomBytes(32).toString('hex') } as const
    const passphrase = await secrets.passphrase()
    if ([...passphrase].length < shortestPassphrase)
      throw new KeyError(
        'locked',
        `口令至少 ${shortestPassphrase} 个字符`,
        `the passphrase must have ${shortestPassphrase} characters at least`,
      )
    return { keeper: { kind: 'passphrase', scrypt }, key: await wrappingKey(passphrase, scrypt), shares: [] }
  }
  const key = randomBytes(32)
  if (wanted.kind === 'shares') {
    const { needed, of } = wanted
    const set = randomBytes(4).toString('hex')
    const shares = split(key, needed, of).map((share) => shareText({ set, needed }, share))
    return { keeper: { kind: 'shares', set, needed, of }, key, shares }
  }
  return { keeper: await closeInToken(wanted, key, secrets), key, shares: [] }
}

/** @param isRight whether this key opens what it should; a keeper of people asks on until one does @throws KeyError */
export async function unlockingKey(
  folder: string,
  keeper: Keeper,
  openers: Openers,
  isRight: (key: Buffer) => boolean,
): Promise<Buffer> {
  const key = await candidate(folder, keeper, openers, isRight)
  if (isRight(key)) return key
  throw new KeyError(
    'locked',
    keeper.kind === 'passphrase'
      ? `${join(folder, 'sealing.json')}：口令不正确，或文件被改动`
      : `${join(folder, 'sealing.json')}：密钥与之不符（${keeper.kind}），请从同一备份恢复整个 keys 目录`,
    keeper.kind === 'passphrase'
      ? `${join(folder, 'sealing.json')}: the passphrase is wrong, or the file was changed`
      : `${join(folder, 'sealing.json')}: the key of its ${keeper.kind} does not fit; restore the whole keys folder of one backup`,
  )
}

async function candidate(
  folder: string,
  keeper: Keeper,
  openers: Openers,
  isRight: (key: Buffer) => boolean,
): Promise<Buffer> {
  if (keeper.kind === 'file') {
    const path = join(folder, rootKeyFile)
    await mustBePrivate(path)
    return unlockingKeyIn(await readRoot(path))
  }
  if (keeper.kind === 'passphrase') return wrappingKey(await openers.secrets.passphrase(), keeper.scrypt)
  if (keeper.kind === 'shares') return openers.shares(keeper, isRight)
  const args = ['--decrypt', '--mechanism', 'RSA-PKCS-OAEP', '--hash-algorithm', 'SHA-1', '--mgf', 'MGF1-SHA1']
  const { secrets } = openers
  const input = Buffer.from(keeper.wrapped, 'base64')
  return pkcs11Tool(keeper, [...args, '--id', keeper.id], await secrets.pin(), secrets.tokenEnvironment, input)
}

/** @throws KeyError */
export async function readRoot(path: string): Promise<Buffer> {
  const root = await readFile(path)
  if (root.length !== 32) throw new Error(`${path} must hold 32 bytes; restore it from backup`)
  return root
}

const unlockingKeyIn = (root: Buffer): Buffer => deriveKey(root, 'unlock')

/** The private half is made in the token and never leaves it; SHA-1 within OAEP is what all tokens know, and does no harm there. */
async function closeInToken(
  wanted: { module: string; token: string },
  key: Buffer,
  secrets: KeySecrets,
): Promise<Keeper> {
  const place = { module: wanted.module, token: wanted.token }
  const id = randomBytes(8).toString('hex')
  const run = async (args: string[]) => pkcs11Tool(place, args, await secrets.pin(), secrets.tokenEnvironment)
  const label = `zhongheng-sealing-${id}`
  await run(['--keypairgen', '--key-type', 'rsa:3072', '--id', id, '--label', label, '--sensitive', '--usage-decrypt'])
  const read = await run(['--read-object', '--type', 'pubkey', '--id', id])
  const pem = read.toString('latin1').startsWith('-----')
    ? createPublicKey(read.toString('latin1'))
    : createPublicKey({ key: read, format: 'der', type: 'spki' })
  const wrapped = publicEncrypt({ key: pem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, key)
  return { kind: 'token', ...place, id, wrapped: wrapped.toString('base64') }
}

import { randomBytes, scrypt } from 'node:crypto'
import { z } from 'zod'
import { oneKey, open, seal } from '../sealing/seal.ts'
import { type CheckpointSigner, KeyError } from './checkpoint-signer.ts'
import { softwareSigner } from './software-key.ts'

/** Shortest passphrase that a key is sealed with, in characters. */
export const shortestPassphrase = 12

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`))

/** A key file whose private part opens with a passphrase: scrypt, then AES-256-GCM bound to the public halves. */
export const SealedKeyFile = z.strictObject({
  format: z.literal('zhongheng-sealed-key/1'),
  publicKey: hex(32),
  sm2: hex(65).nullable(),
  // Costs within bounds: a file that demands terabytes is not ours.
  scrypt: z.strictObject({
    n: z.union([z.literal(1 << 15), z.literal(1 << 16), z.literal(1 << 17), z.literal(1 << 18), z.literal(1 << 19)]),
    r: z.literal(8),
    p: z.number().int().min(1).max(4),
    salt: hex(32),
  }),
  sealed: z.string().regex(/^[A-Za-z0-9+/]{40,4096}={0,2}$/),
})
export type SealedKeyFile = z.infer<typeof SealedKeyFile>
export type ScryptN = SealedKeyFile['scrypt']['n']

/**
 * Seals the private keys of `pem`. @param n scrypt’s cost; by default opening takes 128 MiB and about half a second
 * @throws KeyError for a short passphrase
 */
export async function sealKey(pem: string, passphrase: string, n: ScryptN = 1 << 17): Promise<SealedKeyFile> {
  if ([...passphrase].length < shortestPassphrase) {
    throw new KeyError(
      'locked',
      `口令至少 ${shortestPassphrase} 个字符`,
      `the passphrase must have ${shortestPassphrase} characters at least`,
    )
  }
  const { publicKey, sm2 } = softwareSigner('sealed', 'the new key', pem)
  const head = {
    publicKey: Buffer.from(publicKey).toString('hex'),
    sm2: sm2 === undefined ? null : Buffer.from(sm2.publicKey).toString('hex'),
    scrypt: { n, r: 8, p: 1, salt: randomBytes(32).toString('hex') } as const,
  }
  const key = await wrappingKey(passphrase, head.scrypt)
  const sealed = seal(oneKey(key), placeOf(head), pem).toString('base64')
  return { format: 'zhongheng-sealed-key/1', ...head, sealed }
}

/** @param file for messages @throws KeyError locked for another passphrase or a changed file */
export async function unsealKey(content: SealedKeyFile, passphrase: string, file: string): Promise<CheckpointSigner> {
  const key = await wrappingKey(passphrase, content.scrypt)
  let pem: string
  try {
    pem = open(oneKey(key), placeOf(content), Buffer.from(content.sealed, 'base64')).toString('utf8')
  } catch {
    throw new KeyError(
      'locked',
      `${file}：口令不正确，或文件被改动`,
      `${file}: the passphrase is wrong, or the file was changed`,
    )
  }
  return softwareSigner('sealed', file, pem)
}

/** Public halves and costs are associated data: a file of which they were changed does not open. */
const placeOf = ({ publicKey, sm2, scrypt: { n, r, p, salt } }: Omit<SealedKeyFile, 'format' | 'sealed'>) => ({
  table: 'ledger-key-file',
  column: `scrypt/${n}/${r}/${p}/${salt}`,
  row: `${publicKey}/${sm2 ?? '-'}`,
})

/** Key of 32 bytes out of a passphrase: scrypt (RFC 7914), with these costs. */
export const wrappingKey = (passphrase: string, { n, r, p, salt }: SealedKeyFile['scrypt']): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N: n, r, p, maxmem: 256 * n * r }
    scrypt(passphrase.normalize('NFC'), Buffer.from(salt, 'hex'), 32, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { KeyError } from '../signing/checkpoint-signer.ts'
import { mustBePrivate } from '../signing/secrets.ts'
import { Keeper, type Openers, unlockingKey } from './keepers.ts'
import { oneKey, open, seal } from './seal.ts'
import type { Suite } from './suites.ts'
import { readIfThere, writeKeyFile } from './write-key-file.ts'

const base64 = z.string().regex(/^[A-Za-z0-9+/]{40,400}={0,2}$/)
const version = z.number().int().min(1).max(65535)

/** `keys/sealing.json`: the key-encryption keys, wrapped under what the keeper gives; and the house key under the newest. */
export const SealingFile = z.strictObject({
  format: z.literal('zhongheng-sealing/1'),
  /** Grows with each change, so that nobody writes over what somebody else wrote. */
  generation: z.number().int().min(1),
  keeper: Keeper,
  keys: z
    .array(z.strictObject({ version, madeAt: z.iso.datetime(), wrapped: base64 }))
    .min(1)
    .max(16),
  house: z.strictObject({ under: version, wrapped: base64 }),
})
export type SealingFile = z.infer<typeof SealingFile>

/** What is opened of it. */
export type OpenSealing = {
  readonly unlocking: Buffer
  readonly keys: ReadonlyMap<number, Buffer>
  readonly house: Buffer
}

export const sealingFileIn = (folder: string): string => join(folder, 'sealing.json')
const keyPlace = (version: number) => ({ table: 'sealing.json', column: 'keys', row: String(version) })
const housePlace = { table: 'sealing.json', column: 'house', row: 'installation' }

/** @returns undefined where there is none @throws KeyError malformed, readable_by_others */
export async function readSealingFile(folder: string): Promise<SealingFile | undefined> {
  const path = sealingFileIn(folder)
  if ((await readIfThere(path)) === undefined) return undefined
  await mustBePrivate(path)
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch {
    json = undefined
  }
  const read = SealingFile.safeParse(json)
  if (read.success) return read.data
  throw new KeyError('malformed', `${path} 已损坏，请从备份恢复`, `${path} is damaged; restore it from backup`)
}

export const writeSealingFile = (folder: string, file: SealingFile): Promise<void> =>
  writeKeyFile(sealingFileIn(folder), Buffer.from(`${JSON.stringify(file, null, 2)}\n`), 0o600)

/** A first file: one key-encryption key, and a house key, a new one unless one is given. */
export function newSealingFile(
  keeper: Keeper,
  unlocking: Buffer,
  suite: Suite,
  at: Date,
  house: Buffer = randomBytes(32),
): SealingFile {
  return closeSealing({ unlocking, keys: new Map([[1, randomBytes(32)]]), house }, keeper, suite, {
    generation: 1,
    madeAt: () => at.toISOString(),
  })
}

/** Wraps everything under this unlocking key; the house key under the newest key. */
export function closeSealing(
  opened: OpenSealing,
  keeper: Keeper,
  suite: Suite,
  facts: { generation: number; madeAt: (version: number) => string },
): SealingFile {
  const newest = Math.max(...opened.keys.keys())
  const kek = opened.keys.get(newest)
  if (!kek) throw new Error('there is no key to wrap with')
  return {
    format: 'zhongheng-sealing/1',
    generation: facts.generation,
    keeper,
    keys: [...opened.keys].map(([one, key]) => ({
      version: one,
      madeAt: facts.madeAt(one),
      wrapped: seal(oneKey(opened.unlocking, suite), keyPlace(one), key).toString('base64'),
    })),
    house: {
      under: newest,
      wrapped: seal(oneKey(kek, suite, '', newest), housePlace, opened.house).toString('base64'),
    },
  }
}

/** Opens it with what its keeper gives. @throws KeyError */
export async function openSealingFile(folder: string, file: SealingFile, openers: Openers): Promise<OpenSealing> {
  let keys: Map<number, Buffer> | undefined
  const isRight = (key: Buffer): boolean => {
    if (key.length !== 32) return false
    try {
      keys = new Map(
        file.keys.map((one) => [
          one.version,
          open(oneKey(key), keyPlace(one.version), Buffer.from(one.wrapped, 'base64')),
        ]),
      )
      return true
    } catch {
      return false
    }
  }
  const unlocking = await unlockingKey(folder, file.keeper, openers, isRight)
  const kek = keys?.get(file.house.under)
  if (!keys || !kek)
    throw new KeyError(
      'malformed',
      `${sealingFileIn(folder)} 缺少密钥，请从备份恢复`,
      `${sealingFileIn(folder)} misses a key; restore it from backup`,
    )
  const house = open(
    oneKey(kek, undefined, '', file.house.under),
    housePlace,
    Buffer.from(file.house.wrapped, 'base64'),
  )
  return { unlocking, keys, house }
}

import { join } from 'node:path'
import { KeyError } from '../signing/checkpoint-signer.ts'
import type { KeySecrets } from '../signing/secrets.ts'
import { type NewKeeper, type Openers, makeKeeper, rootKeyFile } from './keepers.ts'
import { closeSealing, openSealingFile, readSealingFile, sealingFileIn, writeSealingFile } from './sealing-file.ts'
import { type SuiteName, suiteNamed } from './suites.ts'
import { forgetKeyFile } from './write-key-file.ts'

/**
 * Has the key-encryption keys unlocked in another way from now on. What they wrapped stays as it is. The platform must be
 * stopped. @returns the shares, where there are any; they are kept nowhere here
 * @param openers for the way of today @param secrets for the new way @throws KeyError
 */
export async function changeKeeper(
  folder: string,
  wanted: NewKeeper,
  openers: Openers,
  secrets: KeySecrets,
  suite: SuiteName,
): Promise<readonly string[]> {
  const file = await readSealingFile(folder)
  if (!file)
    throw new KeyError(
      'missing',
      `没有 ${sealingFileIn(folder)}：请先启动一次平台`,
      `there is no ${sealingFileIn(folder)}: start the platform once`,
    )
  // Its new key would take the place of the one that still opens everything.
  if (file.keeper.kind === 'file' && wanted.kind === 'file')
    throw new KeyError('malformed', '已经是明文文件方式', 'they are kept with a file already')
  const opened = await openSealingFile(folder, file, openers)
  const made = await makeKeeper(folder, wanted, secrets)
  const madeAt = new Map(file.keys.map((one) => [one.version, one.madeAt]))
  await writeSealingFile(
    folder,
    closeSealing({ ...opened, unlocking: made.key }, made.keeper, suiteNamed(suite), {
      generation: file.generation + 1,
      madeAt: (version) => madeAt.get(version) ?? new Date(0).toISOString(),
    }),
  )
  if (file.keeper.kind === 'file') await forgetKeyFile(join(folder, rootKeyFile))
  return made.shares
}

import type { OpenDatabase } from '../database/open.ts'
import { KeyError } from '../signing/checkpoint-signer.ts'
import { inOperatorWork } from '../work/work.ts'
import { type KeyRing, type OpenOptions, openKeys } from './keys.ts'

/**
 * Opens the key folder for a database: keys are made only where nothing is sealed yet, and those of another installation or
 * of before a rotation are refused. There is no way to go on without. @throws KeyError
 */
export async function openKeysFor(
  database: OpenDatabase,
  folder: string,
  options: Omit<OpenOptions, 'mayMake'>,
): Promise<KeyRing> {
  const { state, used } = await inOperatorWork(database, async ({ db }) => ({
    state: await db.selectFrom('sealing_state').selectAll().executeTakeFirstOrThrow(),
    used: (await db.selectFrom('organisations').select('id').limit(1).executeTakeFirst()) !== undefined,
  }))
  const mayMake = state.mark === null ? (used ? 'from_root_key' : 'everything') : 'nothing'
  const keys = await openKeys(folder, { ...options, mayMake })
  const mark = keys.mark()
  if (state.mark !== null && state.mark !== mark)
    throw new KeyError(
      'malformed',
      `${folder} 中的密钥不是此数据库的密钥：请恢复同一备份的 keys 目录`,
      `the keys in ${folder} are not those of this database: restore the keys folder of the same backup`,
    )
  const newest = Math.max(...keys.kekVersions().map((one) => one.version))
  if (newest < state.kek)
    throw new KeyError(
      'malformed',
      `${folder} 中的密钥早于最近一次轮换（第 ${newest} 版，应为第 ${state.kek} 版）：请恢复轮换之后的 keys 目录`,
      `the keys in ${folder} are of before the last rotation (version ${newest}, and the database is at ${state.kek}): restore the keys folder of after it`,
    )
  if (state.mark === null || newest > state.kek)
    await inOperatorWork(database, async ({ db }) => {
      await db.updateTable('sealing_state').set({ mark, kek: newest }).execute()
    })
  return keys
}

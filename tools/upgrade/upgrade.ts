import { join } from 'node:path'
import { type Text, say } from '@zhongheng/domain/shared/problem.ts'
import { fsck } from '@zhongheng/ledger/fsck/fsck.ts'
import { migrate, schemaOf } from '@zhongheng/server/database/open.ts'
import type { BackupMade } from '../backup/make.ts'
import type { Settings } from '../settings.ts'
import { openDatabase } from '../start/database.ts'
import { lockData } from '../start/lock.ts'
import { Stop } from '../stop.ts'

export type UpgradeOptions = {
  readonly settings: Pick<Settings, 'data' | 'databaseUrl'>
  /** Makes the backup that one goes back to; is called once everything else has been found in order. */
  readonly backup: () => Promise<BackupMade>
  readonly tell: (text: Text) => void
}
export type Upgraded = {
  /** Names of the steps that ran, in order; none where the schema was this version's already. */
  readonly ran: readonly string[]
  readonly ledger: { readonly size: number; readonly root: Uint8Array }
}

/** What an upgrade of this data would do. @throws Stop while the platform runs, and for data of a newer product */
export const foresee = (settings: UpgradeOptions['settings']): Promise<readonly string[]> =>
  atRest(
    settings,
    () => undefined,
    async (url) => (await readSchema(url)).waiting,
  )

/**
 * Brings the data of an earlier version to this one: the ledger checked from its entries up, a backup, the schema's steps, the ledger
 * checked again. The steps only add, so the version before still runs on the result; the way back from anything else is the backup.
 * Killed at any moment it may be run again.
 * @throws Stop while the platform runs, for data of a newer product, a ledger that is not whole, a backup that fails
 */
export async function upgrade({ settings, backup, tell }: UpgradeOptions): Promise<Upgraded> {
  return atRest(settings, tell, async (url) => {
    const { waiting } = await readSchema(url)
    const before = await wholeLedger(settings.data)
    tell(say(`账本完整：${before.size} 条`, `The ledger is whole: ${before.size} entries`))
    if (waiting.length === 0) return { ran: [], ledger: before }
    await backup()
    const ran = await migrate(url)
    return { ran, ledger: await wholeLedger(settings.data) }
  })
}

async function atRest<T>(
  settings: UpgradeOptions['settings'],
  tell: (text: Text) => void,
  act: (url: string) => Promise<T>,
): Promise<T> {
  const lock = await lockData(settings.data, 'heng upgrade')
  try {
    const failed = Promise.withResolvers<never>()
    const database = await openDatabase({ ...atRestSettings, ...settings }, () => undefined, tell, failed.reject)
    try {
      return await Promise.race([act(database.url), failed.promise])
    } finally {
      await database.stop()
    }
  } finally {
    lock.release()
  }
}
/** Nothing listens during an upgrade. */
const atRestSettings = { port: 0, gatewayPort: 0, demo: false, language: 'en', underNpm: false } as const

async function readSchema(url: string): Promise<{ waiting: string[] }> {
  const { waiting, unknown } = await schemaOf(url)
  if (unknown.length === 0) return { waiting }
  throw new Stop(
    say(
      `数据库来自更新的版本（${unknown.join('、')}）：请用那个版本，或恢复升级前的备份。`,
      `The database is of a newer version (${unknown.join(', ')}): run that version, or restore the backup of before its upgrade.`,
    ),
  )
}

async function wholeLedger(data: string): Promise<Upgraded['ledger']> {
  const verdict = await fsck(join(data, 'ledger'))
  if (verdict.ok) return { size: verdict.size, root: verdict.root }
  throw new Stop(
    say(
      `账本不完整（${verdict.fault.file}：${verdict.fault.what.zh}）。先按 docs/guides/operating.md 处理，再升级。`,
      `The ledger is not whole (${verdict.fault.file}: ${verdict.fault.what.en}). See docs/guides/operating.md first, then upgrade.`,
    ),
  )
}

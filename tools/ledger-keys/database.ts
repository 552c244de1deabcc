import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { superuser } from '../postgres/cluster.ts'
import type { Settings } from '../settings.ts'
import { openDatabase } from '../start/database.ts'
import { type Lock, lockData } from '../start/lock.ts'
import { exitCodes, Stop } from '../stop.ts'

export type DatabaseForACommand = {
  readonly url: string
  /** Whether the platform runs beside the command. */
  readonly running: boolean
  close(): Promise<void>
}

/**
 * The database of an installation, for a command: the user's own, or the embedded one of the running platform; where
 * nothing runs the embedded one is started for the time of the command, and a start of the platform is kept out.
 */
export async function databaseOf(settings: Settings): Promise<DatabaseForACommand> {
  const lock = await lockUnlessRunning(settings)
  if (settings.databaseUrl !== undefined)
    return { url: settings.databaseUrl, running: lock === undefined, close: async () => lock?.release() }
  if (lock === undefined) return { url: urlOfRunning(settings.data), running: true, close: async () => undefined }
  try {
    const quiet = (): void => undefined
    const database = await openDatabase(settings, quiet, quiet, quiet)
    return {
      url: database.url,
      running: false,
      async close() {
        await database.stop()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function lockUnlessRunning(settings: Settings): Promise<Lock | undefined> {
  if (!existsSync(settings.data)) {
    const { data } = settings
    throw new Stop(
      say(`没有数据文件夹 ${data}：请用 ZH_DATA 指定`, `There is no data folder ${data}: name it in ZH_DATA`),
      { exitCode: exitCodes.badSetting },
    )
  }
  try {
    return await lockData(settings.data, 'ledger-keys')
  } catch (error) {
    if (error instanceof Stop && error.exitCode === exitCodes.alreadyRunning) return undefined
    throw error
  }
}

/** The embedded PostgreSQL says its port in its own lock file, and its password lies beside it for this account. */
function urlOfRunning(data: string): string {
  const home = join(data, 'postgres')
  try {
    const port = Number(readFileSync(join(home, 'data', 'postmaster.pid'), 'utf8').split('\n')[3])
    const password = readFileSync(join(home, 'superuser-password'), 'utf8').trim()
    if (port > 0) return `postgresql://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/zhongheng`
  } catch {
    // It is just starting or ending, or belongs to another account.
  }
  throw new Stop(
    say(
      `平台正在运行，但其数据库不可用（${home}）。请以同一账号执行，或设置 DATABASE_URL`,
      `The platform runs, but its database cannot be reached (${home}). Use the same account, or set DATABASE_URL`,
    ),
  )
}

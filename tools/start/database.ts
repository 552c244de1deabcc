import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Text } from '@zhongheng/domain/shared/problem.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { checkPostgres } from '../postgres/check-postgres.ts'
import type { Postgres } from '../postgres/start-postgres.ts'
import { startPostgres } from '../postgres/start-postgres.ts'
import type { Settings } from '../settings.ts'
import { Stop } from '../stop.ts'

/** Between two attempts to start it again. */
const retryMs = 1000

/** The database of a run. */
export type RunningDatabase = { readonly url: string; readonly about: Text; stop(): Promise<void> }

/**
 * The user's own PostgreSQL, checked; else the embedded one, started. The embedded one is started again on the same port when it ends
 * unasked (killed for want of memory, say); when that fails `gaveUp` is told.
 */
export async function openDatabase(
  settings: Settings,
  log: (line: string) => void,
  tell: (text: Text) => void,
  gaveUp: (why: Stop) => void,
): Promise<RunningDatabase> {
  if (settings.databaseUrl !== undefined) {
    const { version, remark } = await checkPostgres(settings.databaseUrl)
    if (remark !== undefined) tell(say(remark, remark))
    const about = say(`PostgreSQL ${version}（DATABASE_URL）`, `PostgreSQL ${version} (DATABASE_URL)`)
    return { url: settings.databaseUrl, about, stop: async () => {} }
  }

  const folder = join(settings.data, 'postgres')
  const first = await startPostgres({ folder, log })
  let running: Postgres = first
  let stopping = false
  // A full disk or one that fails keeps it from starting. The others say so meanwhile; giving up would end them too.
  const untilStarted = async (): Promise<Postgres | undefined> => {
    for (let told = false; !stopping; told = true) {
      try {
        return await startPostgres({ folder, log, port: first.port })
      } catch (cause) {
        if (!(cause instanceof Stop)) throw cause
        if (!told) tell(cause.text)
        await sleep(retryMs)
      }
    }
    return undefined
  }
  const watch = async (): Promise<void> => {
    await running.ended
    if (stopping) return
    tell(say('PostgreSQL 意外结束，正在重新启动', 'PostgreSQL ended unexpectedly; starting it again'))
    const again = await untilStarted()
    if (again === undefined) return
    running = again
    if (stopping) return running.stop()
    if (running.port !== first.port)
      throw new Stop(say('PostgreSQL 的端口已被占用', "PostgreSQL's port was taken meanwhile"))
    return watch()
  }
  watch().catch((cause: unknown) => {
    gaveUp(
      cause instanceof Stop
        ? cause
        : new Stop(say('PostgreSQL 无法重新启动', 'PostgreSQL cannot be started again'), { cause }),
    )
  })
  const { version } = await checkPostgres(first.url)
  return {
    url: first.url,
    about: say(`PostgreSQL ${version}（内置）`, `PostgreSQL ${version} (embedded)`),
    async stop() {
      stopping = true
      await running.stop()
    },
  }
}

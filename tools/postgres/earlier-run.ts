import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { ended, folderOf, isAlive, signal } from '../processes.ts'
import { Stop } from '../stop.ts'

/** No process has this number: Linux counts to 4194304. */
const noProcess = '999999999'

/** The postmaster which the data folder's lock file names, alive or not. */
export function postmasterOf(data: string): number | undefined {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  const pid = Number.parseInt(readFileSync(file, 'latin1'), 10)
  return Number.isInteger(pid) && pid > 0 ? pid : undefined
}

/**
 * Clears the way after a launcher that was killed: waits for its postmaster, which notices the loss and stops by itself, stops it when
 * it does not, and makes a left-over lock file harmless. PostgreSQL itself cannot tell a zombie, or a stranger that got the same
 * process number, from its own; we can. Only the number is overwritten: the rest of the file lets PostgreSQL still check that no
 * back end of the dead postmaster holds the shared memory.
 */
export async function endEarlierRun(data: string): Promise<void> {
  const pid = postmasterOf(data)
  if (pid === undefined) return
  const isOurs = (): boolean => isAlive(pid) && folderOf(pid) === data
  if (isOurs()) {
    const stopped = (await ended(pid, 3_000)) || (signal(pid, 'SIGINT') && (await ended(pid, 10_000)))
    if (!stopped && isOurs() && signal(pid, 'SIGQUIT') && !(await ended(pid, 5_000))) {
      throw new Stop(
        say(
          `${data} 正被另一个 PostgreSQL（进程 ${pid}）使用，且它没有停止。请运行：kill -INT ${pid}`,
          `${data} is in use by another PostgreSQL (process ${pid}) which does not stop. Run: kill -INT ${pid}`,
        ),
      )
    }
  }
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return
  const lines = readFileSync(file, 'latin1').split('\n')
  writeFileSync(file, [noProcess, ...lines.slice(1)].join('\n'))
}

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { commandOf, ended, isAlive, signal, startMark } from '../processes.ts'
import { exitCodes, Stop } from '../stop.ts'

/** What the lock file tells a second start, and the first start after a kill. */
type Holder = {
  readonly pid: number
  /** Tells the process from a later one that got its number. */
  readonly mark: string
  readonly address: string
  /** The programs started, by process number. */
  readonly children: readonly number[]
}

/** One running platform per data folder. */
export type Lock = { noteChildren(pids: readonly number[]): void; release(): void }

/**
 * Takes the data folder for this process. Refuses (`Stop`, exit code 4) while another start holds it; takes over from one that was killed,
 * after its programs have ended, which those that hang are made to after `patienceMs`.
 */
export async function lockData(data: string, address: string, patienceMs = 5_000): Promise<Lock> {
  const file = join(data, 'lock')
  const own: Holder = { pid: process.pid, mark: startMark(process.pid), address, children: [] }
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: 'wx', mode: 0o600 })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    await takeFromDead(file, data, patienceMs)
  }
  return {
    noteChildren(children) {
      writeFileSync(`${file}.new`, JSON.stringify({ ...own, children }), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
    release: () => rmSync(file, { force: true }),
  }
}

async function takeFromDead(file: string, data: string, patienceMs: number): Promise<void> {
  const text = readOrNothing(file)
  if (text === undefined) return
  const holder = parse(text)
  if (holder !== undefined && isAlive(holder.pid) && startMark(holder.pid) === holder.mark) {
    throw new Stop(
      say(
        `平台已在运行（进程 ${holder.pid}，${holder.address}，数据文件夹 ${data}）。停止它：kill ${holder.pid}；另开一个：用 ZH_DATA、ZH_PORT、ZH_GATEWAY_PORT 指定其他文件夹和端口。`,
        `The platform runs already (process ${holder.pid}, ${holder.address}, data folder ${data}). To stop it: kill ${holder.pid}. To run another one: set ZH_DATA, ZH_PORT and ZH_GATEWAY_PORT to another folder and other ports.`,
      ),
      { exitCode: exitCodes.alreadyRunning },
    )
  }
  // Two starts may find the same dead lock: whoever moves it away checks that it is the dead one and not the other's fresh lock.
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (readOrNothing(aside) !== text) linkSync(aside, file)
  rmSync(aside)
  await endChildren(holder?.children ?? [], patienceMs)
}

/** The programs of a killed launcher end by themselves within a moment; one that hangs is ended here, so that its port is free. */
async function endChildren(pids: readonly number[], patienceMs: number): Promise<void> {
  const isOurs = (pid: number): boolean => isAlive(pid) && commandOf(pid).includes('lifeline.ts')
  for (const pid of pids.filter(isOurs)) {
    if (!(await ended(pid, patienceMs)) && isOurs(pid) && signal(pid, 'SIGKILL')) await ended(pid, 2_000)
  }
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** A lock cut short by a full disk or a power cut names nobody. */
function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder
  } catch {
    return undefined
  }
}

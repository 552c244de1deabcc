import { say } from '@zhongheng/domain/shared/problem.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, holderOf, portState } from '../ports.ts'
import { exitCodes, Stop } from '../stop.ts'

/** A port that the platform needs, and the setting that chooses another. */
export type NeededPort = { readonly variable: string; readonly port: number }

/**
 * Refuses (`Stop`, exit code 3) a port that somebody else holds, naming the holder where the system tells, the command that shows it and
 * a free port to use instead. Looks for `patienceMs`: a platform that was just stopped may still be letting go.
 */
export async function checkPorts(needed: readonly NeededPort[], patienceMs = 2_000): Promise<void> {
  for (const { variable, port } of needed) {
    let state = await portState(port)
    for (let waited = 0; state === 'busy' && waited < patienceMs; waited += 100) {
      await sleep(100)
      state = await portState(port)
    }
    if (state === 'free') continue
    const other = await freePort(port < 1024 || port > 32_000 ? 8000 : port + 1)
    const fix = `${variable}=${other} npm start`
    if (state === 'forbidden') {
      throw new Stop(
        say(
          `端口 ${port}（${variable}）：此账号不得使用 1024 以下的端口。请改用其他端口：${fix}`,
          `Port ${port} (${variable}): this account may not use ports below 1024. Use another one: ${fix}`,
        ),
        { exitCode: exitCodes.portBusy },
      )
    }
    const holder = holderOf(port)
    const look = `ss -ltnp 'sport = :${port}'`
    throw new Stop(
      say(
        `端口 ${port}（${variable}）已被占用${holder === undefined ? '' : `：进程 ${holder}`}。\n  查看占用者：${look}\n  改用其他端口：${fix}`,
        `Port ${port} (${variable}) is in use${holder === undefined ? '' : ` by process ${holder}`}.\n  To see who holds it: ${look}\n  To use another port: ${fix}`,
      ),
      { exitCode: exitCodes.portBusy },
    )
  }
}

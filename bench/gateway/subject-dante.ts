import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@zhongheng/tools/ports.ts'
import { keepOn, listening } from './machine.ts'

/** dante as SOCKS5 server: no account, no scope, no record. */
export async function startDante(program: string, folder: string): Promise<{ port: number; pid: number; end(): void }> {
  const port = await freePort(23_000)
  writeFileSync(
    join(folder, 'danted.conf'),
    `logoutput: ${folder}/danted.log
internal: 127.0.0.1 port = ${port}
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 127.0.0.0/8 to: 127.0.0.0/8 }
socks pass { from: 127.0.0.0/8 to: 127.0.0.0/8 }
`,
  )
  const child = spawn(program, ['-f', join(folder, 'danted.conf'), '-p', join(folder, 'danted.pid')], {
    stdio: 'ignore',
    detached: true,
  })
  await listening(port)
  keepOn('subject', child.pid)
  return {
    port,
    pid: child.pid ?? 0,
    end: () => {
      try {
        // Its children too: they are of the group that was made for it.
        process.kill(-(child.pid ?? 0), 'SIGKILL')
      } catch {
        // It ended by itself.
      }
    },
  }
}

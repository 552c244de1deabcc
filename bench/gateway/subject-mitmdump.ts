import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { freePort } from '@zhongheng/tools/ports.ts'
import { keepOn, listening } from './machine.ts'

/** mitmdump that writes every flow into a file, without account and scope. */
export async function startMitmdump(
  program: string,
  folder: string,
): Promise<{ port: number; pid: number; end(): void }> {
  const port = await freePort(21_000)
  const child = spawn(
    program,
    ['-q', '-p', String(port), '--listen-host', '127.0.0.1', '-w', join(folder, 'flows'), '--ssl-insecure'].concat([
      '--set',
      `confdir=${folder}/mitm`,
      '--set',
      'connection_strategy=lazy',
    ]),
    { stdio: 'ignore' },
  )
  await listening(port)
  keepOn('subject', child.pid)
  return { port, pid: child.pid ?? 0, end: () => child.kill('SIGKILL') }
}

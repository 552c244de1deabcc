import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { Stop } from '../stop.ts'

const needed = 24

/**
 * Goes on under Node 24: at once when this is one, else in a second process of the Node that came with the packages, whose exit code
 * becomes ours (then this call does not return). `Stop` where there is none.
 */
export async function ensureNode(root: string, script: string, version = process.versions.node): Promise<void> {
  if (Number.parseInt(version, 10) >= needed) return
  const bundled = join(root, 'node_modules', `node-${platform()}-${arch()}`, 'bin', 'node')
  if (!existsSync(bundled)) {
    throw new Stop(
      say(
        `需要 Node.js ${needed}，当前为 ${version}，且没有随附的版本（${bundled}）。请安装 Node.js ${needed}，或在 Linux x64/arm64 上运行 npm ci（不要使用 --omit=optional）。`,
        `Node.js ${needed} is needed; this is ${version}, and none came with the packages (${bundled}). Install Node.js ${needed}, or on Linux x64/arm64 run npm ci (without --omit=optional).`,
      ),
    )
  }
  const child = spawn(bundled, [script, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name))
  await new Promise<never>(() => {
    child.once('exit', (code) => process.exit(code ?? 1))
  })
}

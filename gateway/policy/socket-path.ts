import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Where a unix socket of the run folder lies. A socket's path may have some 107 bytes; where the run folder is deeper, a
 * short private folder named after it is used, the same for everybody who asks. The folder is made (0700) if missing.
 */
export function socketPath(runFolder: string, name: string): string {
  const direct = join(runFolder, name)
  const short = join(tmpdir(), `zh-${createHash('sha256').update(runFolder).digest('hex').slice(0, 16)}`)
  const folder = Buffer.byteLength(direct) <= 100 ? runFolder : short
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return join(folder, name)
}

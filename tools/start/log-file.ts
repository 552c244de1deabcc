import type { WriteStream } from 'node:fs'
import { createWriteStream, existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** A log on disk that stays small: when `limit` bytes are reached the file becomes `NAME.1`, the former one `NAME.2`, and so on. */
export type LogFile = { readonly path: string; write(line: string): void; close(): Promise<void> }

const kept = 3

/** Opens (makes, continues) the log at `path`; `limit` in bytes. */
export function openLog(path: string, limit = 8_000_000): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let size = existsSync(path) ? statSync(path).size : 0
  let stream = open(path)

  const turn = (): void => {
    stream.end()
    for (let age = kept - 1; age >= 1; age--)
      if (existsSync(`${path}.${age}`)) renameSync(`${path}.${age}`, `${path}.${age + 1}`)
    renameSync(path, `${path}.1`)
    stream = open(path)
    size = 0
  }
  return {
    path,
    write(line) {
      const bytes = Buffer.from(`${line}\n`)
      if (size > 0 && size + bytes.length > limit) turn()
      size += bytes.length
      stream.write(bytes)
    },
    close: () => new Promise((resolve) => stream.end(resolve)),
  }
}

function open(path: string): WriteStream {
  // Opened before the stream's first write, so that a turn in the same moment finds the file.
  const stream = createWriteStream(path, { fd: openSync(path, 'a', 0o600) })
  // A full disk must not end the launcher; the programs themselves refuse what they cannot keep.
  stream.on('error', (error) => process.stderr.write(`${path}: ${error.message}\n`))
  return stream
}

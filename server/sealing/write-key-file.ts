import { open as openFile, readFile, rename, rm } from 'node:fs/promises'

/** The bytes of a key file, made at first and written so that a crash leaves all or nothing. */
export async function readOrMake(path: string, make: () => Buffer, mode = 0o600): Promise<Buffer> {
  const kept = await readIfThere(path)
  if (kept) return kept
  const bytes = make()
  await writeKeyFile(path, bytes, mode)
  return bytes
}

export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

/** Writes a file whole or not at all, with this mode from its first byte on. */
export async function writeKeyFile(path: string, bytes: Buffer, mode: number): Promise<void> {
  // What a killed start left behind may have other rights, which opening alone would keep.
  await rm(`${path}.new`, { force: true })
  const file = await openFile(`${path}.new`, 'wx', mode)
  await file.writeFile(bytes)
  await file.sync()
  await file.close()
  await rename(`${path}.new`, path)
}

/** Overwrites a file of 32 bytes and removes it; nothing where there is none. */
export async function forgetKeyFile(path: string): Promise<void> {
  if ((await readIfThere(path)) === undefined) return
  const file = await openFile(path, 'r+')
  await file.write(Buffer.alloc(32), 0, 32, 0)
  await file.sync()
  await file.close()
  await rm(path)
}

import { lstatSync, mkdirSync, rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { dirname } from 'node:path'

/**
 * Listens on a unix socket that only this account can reach; its folder is made with mode 0700 if it is not there. A socket
 * file left by a kill is removed first: whoever calls holds the lock of the data folder, so nobody listens there.
 * @throws Error when the folder is another account's or a link, for then others could put their own socket in its place
 */
export async function listenPrivately(server: Server, path: string): Promise<void> {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { uid } = lstatSync(folder)
  if (!lstatSync(folder).isDirectory() || (process.getuid && uid !== process.getuid())) {
    throw new Error(`${folder} belongs to another account; give ZH_RUN a folder of your own`)
  }
  unlinkSocket(path)
  // The mode is set by the mask while binding, so that there is no moment in which others may connect.
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, () => {
        server.removeListener('error', reject)
        resolve()
      })
    })
  } finally {
    process.umask(mask)
  }
}

export const unlinkSocket = (path: string): void => rmSync(path, { force: true })

import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { readSealed, writeSealed } from '../../sealing/sealed-file.ts'
import type { Deps } from '../../work/deps.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'
import { attachmentsFolder, contentAt, fileKeys } from './rows.ts'
import { withoutPauses } from './without-pauses.ts'

/** A file that came and is gone when `task` ends. */
export type Aside = { readonly sha256: string; readonly bytes: AsyncIterable<Uint8Array> }

/** How many files of whom are held aside by this server: they count in no sum, because none of them stays. */
const sending = new Map<string, number>()

/**
 * Holds a file that is only looked into: it lies sealed until it is whole, so that a slow uplink holds no place of the examiner, and is
 * removed then. What a crash leaves is swept away.
 * @throws Problem too_large INPUT-6 for more bytes than a file may have; too_many ATTACH-5 for more files at once than one person may send
 */
export async function heldAside<T>(
  { deps, actor }: Work,
  engagement: EngagementHandle,
  file: Readable,
  task: (aside: Aside) => Promise<T>,
): Promise<T> {
  const before = sending.get(actor.personId) ?? 0
  if (before >= attachmentLimits.aside) {
    // The sender still wants an answer.
    file.resume()
    throw new Problem(
      'too_many',
      say(
        `您有 ${before} 个文件正在读取，一次最多 ${attachmentLimits.aside} 个，请等其中一个读完`,
        `${before} files of yours are being read, at most ${attachmentLimits.aside} at once: wait for one of them to end`,
      ),
      { rule: 'ATTACH-5', retryAfter: 5 },
    )
  }
  sending.set(actor.personId, before + 1)
  try {
    return await hold(deps, engagement, file, task)
  } finally {
    const left = (sending.get(actor.personId) ?? 1) - 1
    if (left > 0) sending.set(actor.personId, left)
    else sending.delete(actor.personId)
  }
}

async function hold<T>(
  deps: Deps,
  engagement: EngagementHandle,
  file: Readable,
  task: (aside: Aside) => Promise<T>,
): Promise<T> {
  const folder = attachmentsFolder(deps.settings.dataFolder, engagement.id)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const name = `aside-${randomBytes(12).toString('hex')}`
  const path = join(folder, `${name}.part`)
  const keys = fileKeys(engagement.sealing)
  const hash = createHash('sha256')
  let size = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of withoutPauses(file)) {
      size += chunk.length
      if (size > attachmentLimits.bytes) return
      hash.update(chunk)
      yield chunk
    }
  }
  try {
    const sealed = writeSealed(path, keys, contentAt(name))
    await Promise.all([pipeline(counted(), sealed.out), sealed.done])
    if (size > attachmentLimits.bytes) {
      file.destroy()
      throw new Problem(
        'too_large',
        say(`文件最多 ${attachmentLimits.bytes} 字节`, `a file has at most ${attachmentLimits.bytes} bytes`),
        { rule: 'INPUT-6' },
      )
    }
    return await task({
      sha256: hash.digest('hex'),
      bytes: readSealed(path, keys, contentAt(name), 0, size - 1),
    })
  } finally {
    await rm(path, { force: true })
  }
}

import type { Readable } from 'node:stream'
import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { seconds } from '@zhongheng/domain/shared/clock.ts'

/** Ends the sending where nothing comes for a while. How long all of it may take is the server's limit of time (`http/slow-bodies.ts`). */
export async function* withoutPauses(file: Readable): AsyncGenerator<Buffer> {
  const timer = setTimeout(() => file.destroy(), seconds(attachmentLimits.pauseSeconds))
  try {
    for await (const chunk of file.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      timer.refresh()
      yield chunk
    }
  } finally {
    clearTimeout(timer)
  }
}

import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'

/** The file on standard input. Whoever gives more than a file may have is not listened to: the process ends. */
export async function readAll(): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > attachmentLimits.bytes) process.exit(3)
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

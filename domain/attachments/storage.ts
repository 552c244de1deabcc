import { Problem, type Text, say } from '../shared/problem.ts'
import { attachmentLimits } from './limits.ts'

/** Bytes that files hold in one engagement: those of the person who sends, and those of everybody. */
export type StorageUsed = { readonly ofPerson: number; readonly ofEngagement: number }

const sizeText = (bytes: number): string => `${(Math.max(0, bytes) / 1024 / 1024).toFixed(1)} MiB`
const wholeText = (bytes: number): string => `${bytes / 1024 / 1024} MiB`

/**
 * Whether another file of so many bytes fits. Announced files count with the size that they were announced with, and attached ones stay
 * counted: what is evidence stays on the disk.
 * @throws Problem refused ATTACH-4 with what is held, the limit and what to do
 */
export function checkStorage(used: StorageUsed, bytes: number): void {
  const { ofPersonBytes, ofEngagementBytes } = attachmentLimits
  if (used.ofPerson + bytes > ofPersonBytes)
    throw full(
      say(
        `您在此项目中的文件合计最多 ${wholeText(ofPersonBytes)}，已有 ${sizeText(used.ofPerson)}，此文件 ${sizeText(bytes)}`,
        `your files in this engagement hold at most ${wholeText(ofPersonBytes)} together; they hold ${sizeText(used.ofPerson)}, this one ${sizeText(bytes)}`,
      ),
      say(
        '移除未附到漏洞或评论的文件、压缩此文件，或改为引用流量',
        'remove files that are attached to nothing, compress this one, or cite recorded traffic instead',
      ),
    )
  // How much others hold is theirs: only that there is no room.
  if (used.ofEngagement + bytes > ofEngagementBytes)
    throw full(
      say(
        `此项目的文件合计最多 ${wholeText(ofEngagementBytes)}，已无足够空间`,
        `the files of this engagement hold at most ${wholeText(ofEngagementBytes)} together, and there is no room left for this one`,
      ),
      say('压缩此文件，或改为引用流量', 'compress this one, or cite recorded traffic instead'),
    )
}

const full = (limit: Text, fix: Text): Problem =>
  new Problem('refused', say(`${limit.zh}。${fix.zh}`, `${limit.en}. ${fix.en}`), {
    rule: 'ATTACH-4',
    fields: [{ field: 'body.size', limit, fix }],
  })

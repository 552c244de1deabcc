import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { AttachmentView } from '@zhongheng/contracts/http/attachments.ts'
import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Examined, Refusal } from '../../examiner/examined.ts'
import { ExaminerGaveUp } from '../../ports/examiner.ts'
import { readSealed, syncFolder, writeSealed } from '../../sealing/sealed-file.ts'
import type { Deps } from '../../work/deps.ts'
import { type Work, inWork } from '../../work/work.ts'
import { type EngagementHandle, openEngagement } from '../engagements/reads.ts'
import { withoutPauses } from './without-pauses.ts'
import {
  type AttachmentFacts,
  type AttachmentRow,
  attachmentsFolder,
  contentAt,
  contentPath,
  factsAt,
  fileKeys,
  mayAttach,
  previewAt,
  previewPath,
  viewOf,
} from './rows.ts'

const why: { readonly [refusal in Refusal]: ReturnType<typeof say> } = {
  too_many_pixels: say('图片的像素过多', 'the picture has too many pixels'),
  too_many_frames: say('图片的帧数过多', 'the picture has too many frames'),
  too_many_segments: say('图片由过多的片段构成', 'the picture is made of too many segments'),
  too_many_entries: say('压缩包中的条目过多', 'the archive has too many entries'),
  unpacks_to_too_much: say('压缩包解开后过大', 'the archive unpacks to too much'),
  leads_out: say('压缩包中有指向文件夹之外的条目', 'an entry of the archive leads out of its folder'),
  links: say('压缩包中有链接', 'the archive holds a link'),
  too_deep: say('压缩包嵌套过深', 'archives lie too deep within archives'),
  broken_archive: say('压缩包已损坏或自相矛盾', 'the archive is broken or contradicts itself'),
}
/** Evidence that looks like an attack on us is wrapped, so that nobody's tool opens it unasked. */
const wrapIt = say(
  '如确为证据，请先用 gzip 压缩再上传',
  'if it is evidence as it stands, compress it with gzip and send that',
)

const refused = (text: ReturnType<typeof say>, fix: ReturnType<typeof say>): Problem =>
  new Problem('malformed', text, { rule: 'ATTACH-1', fields: [{ field: 'file', limit: text, fix }] })

type Came = { readonly size: number; readonly sha256: string }

/**
 * Takes the bytes of an announced file: counted, digested and sealed piece by piece as they come; what lies sealed is then read back by the
 * examiner, so that a slow uplink holds no place there. Nothing of it lies on a disk in the clear, and nothing stays of what is
 * refused or cut off.
 * @throws Problem malformed ATTACH-1 for what the examiner refuses or another size than announced; conflict ATTACH-2; unauthenticated
 * LOGIN-1 where the right to send ended meanwhile
 */
export async function receiveFile(
  work: Work,
  engagement: EngagementHandle,
  row: AttachmentRow,
  given: { readonly name: string; readonly file: Readable; stillLives(): Promise<boolean> },
): Promise<AttachmentView> {
  const { deps, actor } = work
  const folder = attachmentsFolder(deps.settings.dataFolder, engagement.id)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Names of this sending alone: two that send the same file at once do not meet before one of them is kept.
  const sending = join(folder, `${row.id}.${randomBytes(6).toString('hex')}`)
  const parts = { content: `${sending}.part`, preview: `${sending}.preview.part` }
  const keys = fileKeys(engagement.sealing)
  try {
    const came = await takeIn(given.file, Number(row.size), writeSealed(parts.content, keys, contentAt(row.id)))
    const { examined, preview } = await look(deps, readSealed(parts.content, keys, contentAt(row.id), 0, came.size - 1))
    if (examined.verdict === 'refused') throw refused(why[examined.why], wrapIt)
    if (preview.length > 0) {
      const copy = writeSealed(parts.preview, keys, previewAt(row.id))
      copy.out.end(preview)
      await copy.done
    }
    if (!(await given.stillLives()))
      throw new Problem('unauthenticated', say('请先登录', 'sign in first'), { rule: 'LOGIN-1' })
    const facts = { name: given.name, sha256: came.sha256, ...examined }
    return await keep(deps, actor, row, facts, async () => {
      if (preview.length > 0) await rename(parts.preview, previewPath(deps.settings.dataFolder, row))
      await rename(parts.content, contentPath(deps.settings.dataFolder, row))
      await syncFolder(folder)
    })
  } finally {
    for (const left of Object.values(parts)) await rm(left, { force: true })
  }
}

async function takeIn(
  file: Readable,
  announced: number,
  sealed: { readonly out: Writable; readonly done: Promise<void> },
): Promise<Came> {
  const hash = createHash('sha256')
  let size = 0
  async function* counted(): AsyncGenerator<Buffer> {
    // The sender still wants an answer: what is too much is left, not cut off.
    for await (const chunk of withoutPauses(file)) {
      size += chunk.length
      if (size > announced) return
      hash.update(chunk)
      yield chunk
    }
  }
  await Promise.all([pipeline(counted(), sealed.out), sealed.done])
  if (size === announced) return { size, sha256: hash.digest('hex') }
  if (size > attachmentLimits.bytes) file.destroy()
  else file.resume()
  throw refused(
    say(`收到的字节数与声明的 ${announced} 不同`, `the bytes that came are not the ${announced} that were announced`),
    say('重新选择文件上传', 'choose the file again and send it'),
  )
}

async function look(deps: Deps, bytes: AsyncIterable<Uint8Array>): ReturnType<Deps['examiner']['examine']> {
  try {
    return await deps.examiner.examine(bytes)
  } catch (error) {
    if (error instanceof ExaminerGaveUp)
      throw refused(say('无法在限度之内检查此文件', 'the file cannot be examined within the limits'), wrapIt)
    throw error
  }
}

/**
 * A new unit of work with the engagement opened anew: the upload may have outlasted a transaction, a role and a rotation of keys. The file
 * counts from its commit on.
 * @param put gives the files their names; a commit that fails afterwards leaves files without a row, which are swept away
 */
async function keep(
  deps: Deps,
  actor: Work['actor'],
  row: AttachmentRow,
  found: { name: string; sha256: string } & Extract<Examined, { verdict: 'kept' }>,
  put: () => Promise<void>,
): Promise<AttachmentView> {
  const { name, sha256, kind, picture, entries, preview } = found
  const facts: AttachmentFacts = { name, kind, sha256, picture, entries }
  return inWork(deps, actor, async (work) => {
    const engagement = await openEngagement(work, row.engagement_id, mayAttach)
    const kept = await work.db
      .updateTable('attachments')
      .set({
        state: 'kept',
        preview_size: preview,
        facts_version: 2,
        sealed_facts: engagement.sealing.seal(factsAt({ id: row.id, facts_version: 2 }), JSON.stringify(facts)),
      })
      .where('id', '=', row.id)
      .where('state', '=', 'announced')
      .returningAll()
      .executeTakeFirst()
    if (!kept)
      throw new Problem('conflict', say('该文件已上传或已删除', 'the file was sent already, or dropped'), {
        rule: 'ATTACH-2',
      })
    await put()
    work.record({
      kind: 'attachment.kept',
      engagementId: engagement.id,
      subject: row.id,
      role: engagement.role,
      audience: 'house',
      facts: { size: Number(row.size), kind, digest: engagement.sealing.commit(sha256) },
    })
    return viewOf(engagement, kept, actor.name)
  })
}

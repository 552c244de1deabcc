import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { fileKinds } from '@zhongheng/domain/attachments/kinds.ts'
import { z } from 'zod'
import { Digest, type HttpContract, Moment, idOf } from './shape.ts'

const inEngagement = z.strictObject({ engagementId: idOf('engagement') })
const ofAttachment = inEngagement.extend({ attachmentId: idOf('attachment') })

export const AttachmentView = z
  .strictObject({
    attachmentId: idOf('attachment'),
    name: z.string(),
    /** Bytes. */
    size: z.number().int(),
    /** By its bytes; its name counts for nothing. */
    kind: z.enum(fileKinds),
    sha256: Digest,
    /** Pixels of the original; a copy for the eye can be had where it is there. */
    picture: z.strictObject({ width: z.number().int(), height: z.number().int() }).nullable(),
    /** Entries that an archive lists. */
    entries: z.number().int().nullable(),
    commentId: idOf('comment').nullable(),
    byName: z.string(),
    at: Moment,
  })
  .meta({ id: 'Attachment' })
export type AttachmentView = z.infer<typeof AttachmentView>

export const attachmentsHttp = {
  'POST /api/engagements/:engagementId/attachments': {
    summary: 'Announce a file that is to be attached to an own finding or comment; its bytes follow',
    params: inEngagement,
    body: z.strictObject({
      name: z.string().min(1).max(4096),
      size: z.number().int().min(1).max(attachmentLimits.bytes),
    }),
    reply: z.strictObject({ attachmentId: idOf('attachment') }),
    status: 201,
  },
  'PUT /api/engagements/:engagementId/attachments/:attachmentId/content': {
    summary: 'The bytes of an announced file; it is looked into and sealed while it comes',
    params: ofAttachment,
    takes: 'application/octet-stream',
    reply: AttachmentView,
  },
  'DELETE /api/engagements/:engagementId/attachments/:attachmentId': {
    summary: 'Drop an own file that is attached to nothing',
    params: ofAttachment,
  },
  'GET /api/engagements/:engagementId/attachments/:attachmentId/preview': {
    summary: 'A copy of a picture for the eye: encoded anew, without metadata',
    params: ofAttachment,
    file: 'image/webp',
  },
  'POST /api/engagements/:engagementId/attachments/:attachmentId/links': {
    summary: 'An address on another origin from which the file is downloaded once, within a minute',
    params: ofAttachment,
    reply: z.strictObject({ url: z.string(), expiresAt: Moment }),
    status: 201,
  },
} as const satisfies HttpContract

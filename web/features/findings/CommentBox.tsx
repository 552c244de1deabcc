import type { AttachmentView } from '@zhongheng/contracts/http/attachments.ts'
import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { attachmentLimits } from '@zhongheng/contracts/records/attachment-limits.ts'
import { App, Button, Segmented } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { GrowingText } from '../../ui/GrowingText.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { FilesField } from '../attachments/FilesField.tsx'
import { useKeepFinding } from './use-finding.ts'

type Audience = FindingPage['comments'][number]['audience']

/** Writing a comment. The box turns red while only the own organisation would read it, so that nobody errs in either direction. */
export function CommentBox({ page }: { page: FindingPage }): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const { orgKind } = useMe()
  const { change } = useKeepFinding()
  const act = useAct('POST /api/engagements/:engagementId/findings/:findingId/comments')
  // A tester's comment always reaches the organizer (COMMENT-1).
  const audiences: readonly Audience[] =
    orgKind === 'tester' ? ['everyone', 'internal'] : ['internal', 'parties', 'everyone']
  const [audience, setAudience] = useState<Audience>(audiences[0] ?? 'internal')
  const [body, setBody] = useState('')
  const [files, setFiles] = useState<readonly AttachmentView[]>([])
  const [sending, setSending] = useState(false)
  const send = (): void =>
    act.mutate(
      {
        params: { engagementId: page.engagementId, findingId: page.findingId },
        body: { audience, body, attachments: files.map(({ attachmentId }) => attachmentId) },
      },
      {
        onSuccess: (comment) => {
          change(page, {
            comments: [...page.comments, comment],
            attachments: [...page.attachments, ...files.map((file) => ({ ...file, commentId: comment.commentId }))],
          })
          setBody('')
          setFiles([])
          void message.success(t('findings.comment.done'))
        },
      },
    )
  return (
    <div className={`comment-box ${audience}`}>
      <div className="comment-box-top">
        <Segmented
          value={audience}
          onChange={setAudience}
          aria-label={t('findings.comment.audience')}
          options={audiences.map((value) => ({ value, label: t(`findings.comment.${value}`) }))}
        />
        <span className="comment-audience">
          <Icon name={audience === 'internal' ? 'key' : 'people'} size={14} />
          {t(`findings.comment.${audience}Hint`)}
        </span>
      </div>
      <GrowingText
        aria-label={t('findings.comment.title')}
        placeholder={t('findings.comment.placeholder')}
        rows={3}
        maxLength={10_000}
        value={body}
        onChange={(event) => setBody(event.target.value)}
      />
      <FilesField
        engagementId={page.engagementId}
        most={attachmentLimits.ofComment}
        value={files}
        onChange={setFiles}
        onBusy={setSending}
      />
      <ProblemAlert problem={act.error} />
      <div className="button-row">
        <Button
          type={audience === 'internal' ? 'default' : 'primary'}
          disabled={body.trim() === '' || sending}
          loading={act.isPending}
          onClick={send}
        >
          {t('findings.comment.submit')} · {t(`findings.comment.${audience}`)}
        </Button>
      </div>
    </div>
  )
}

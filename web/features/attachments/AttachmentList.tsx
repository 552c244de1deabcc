import type { AttachmentView } from '@zhongheng/contracts/http/attachments.ts'
import { Button, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf, call } from '../../api/call.ts'
import { useAct } from '../../api/hooks.ts'
import { ApiProblem } from '../../api/problem.ts'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { sizeText } from '../traffic/bodies.ts'
import './attachments.css'

/** Files with what they are by their bytes. Seeing a picture and saving a file are entered in the ledger. */
export function AttachmentList({
  engagementId,
  files,
}: {
  engagementId: string
  files: readonly AttachmentView[]
}): ReactNode {
  return (
    <ul className="files-list attached">
      {files.map((file) => (
        <One key={file.attachmentId} engagementId={engagementId} file={file} />
      ))}
    </ul>
  )
}

function One({ engagementId, file }: { engagementId: string; file: AttachmentView }): ReactNode {
  const { t } = useTranslation()
  const [shown, setShown] = useState(false)
  const [refused, setRefused] = useState<ApiProblem | null>(null)
  const link = useAct('POST /api/engagements/:engagementId/attachments/:attachmentId/links')
  const params = { engagementId, attachmentId: file.attachmentId }
  const save = (): void =>
    link.mutate(
      { params },
      // Saved, never opened: the answer says so, and it comes from another origin.
      { onSuccess: ({ url }) => location.assign(url) },
    )
  // A picture that is not given cannot say why, nor ask for a purpose.
  const show = async (): Promise<void> => {
    setRefused(null)
    try {
      await call('GET /api/engagements/:engagementId/reading-check', {
        params: { engagementId },
        query: { what: 'attachment', subject: file.attachmentId },
      })
      setShown(true)
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setRefused(error)
    }
  }
  return (
    <li>
      <div className="files-line">
        <span className="files-name break">{file.name}</span>
        <span className="muted">
          {t(`attachments.kinds.${file.kind}`)} · {sizeText(file.size)}
          {file.picture ? ` · ${file.picture.width} × ${file.picture.height}` : ''}
          {file.entries === null ? '' : ` · ${t('attachments.entries', { entries: file.entries })}`}
        </span>
      </div>
      <div className="files-low muted">
        <span>{file.byName}</span>
        <Moment at={file.at} />
        <code title={file.sha256}>SHA-256 {file.sha256.slice(0, 12)}…</code>
        <span className="files-acts">
          {file.picture ? (
            <Button size="small" onClick={() => void show()}>
              {t('attachments.show')}
            </Button>
          ) : null}
          <Button size="small" loading={link.isPending} onClick={save}>
            {t('attachments.save')}
          </Button>
        </span>
      </div>
      {['markup', 'zip', 'gzip', 'other', 'pdf'].includes(file.kind) && link.isSuccess ? (
        <Notice tone="warn">{t('attachments.beware')}</Notice>
      ) : null}
      <ProblemAlert problem={link.error ?? refused} />
      <Modal
        open={shown}
        onCancel={() => setShown(false)}
        footer={null}
        width="min(92vw, 1100px)"
        title={file.name}
        destroyOnHidden
      >
        <p className="muted">{t('attachments.copy')}</p>
        <img
          className="files-picture"
          alt={file.name}
          src={addressOf('GET /api/engagements/:engagementId/attachments/:attachmentId/preview', { params })}
        />
      </Modal>
    </li>
  )
}

import { Input, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ProblemAlert } from './ProblemAlert.tsx'

/** Asks for the reason of an act before it is done. Mounted while open, so that each asking starts empty. */
export function ReasonModal({
  title,
  about,
  confirm,
  danger = false,
  min = 10,
  max = 2000,
  pending,
  problem,
  onCancel,
  onConfirm,
}: {
  title: string
  about?: ReactNode
  confirm: string
  danger?: boolean
  min?: number
  max?: number
  pending: boolean
  problem: Error | null
  onCancel: () => void
  onConfirm: (reason: string) => void
}): ReactNode {
  const { t } = useTranslation()
  const [reason, setReason] = useState('')
  const length = reason.trim().length
  const fits = length >= min && reason.length <= max
  return (
    <Modal
      open
      title={title}
      okText={confirm}
      cancelText={t('action.cancel')}
      okButtonProps={{ danger, disabled: !fits }}
      confirmLoading={pending}
      onCancel={onCancel}
      onOk={() => onConfirm(reason)}
      destroyOnHidden
    >
      <div className="stack">
        {about === undefined ? null : <div className="quiet">{about}</div>}
        <label className="stack-tight">
          <span>{t('reason.label')}</span>
          <Input.TextArea
            rows={4}
            maxLength={max}
            value={reason}
            autoFocus
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <p className="muted" aria-live="polite">
          {t('reason.limit', { min, max })}
          {length > 0 && length < min ? ` · ${t('reason.short', { left: min - length })}` : ''}
        </p>
        <ProblemAlert problem={problem} />
      </div>
    </Modal>
  )
}

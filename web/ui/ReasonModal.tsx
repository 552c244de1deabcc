import { Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isReason, ReasonField, reasonLength } from './fields/ReasonField.tsx'
import { ProblemAlert } from './ProblemAlert.tsx'

/** Asks for the reason of an act before it is done. Mounted while open, so that each asking starts empty. */
export function ReasonModal({
  title,
  about,
  confirm,
  danger = false,
  min = reasonLength.min,
  max = reasonLength.max,
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
  return (
    <Modal
      open
      title={title}
      okText={confirm}
      cancelText={t('action.cancel')}
      okButtonProps={{ danger, disabled: !isReason(reason, { min, max }) }}
      confirmLoading={pending}
      onCancel={onCancel}
      onOk={() => onConfirm(reason)}
      destroyOnHidden
    >
      <div className="stack">
        {about === undefined ? null : <div className="quiet">{about}</div>}
        <ReasonField value={reason} onChange={setReason} min={min} max={max} autoFocus />
        <ProblemAlert problem={problem} />
      </div>
    </Modal>
  )
}

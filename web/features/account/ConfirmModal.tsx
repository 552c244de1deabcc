import { Modal } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

/** Says what an act ends before it is done. */
export function ConfirmModal({
  title,
  about,
  confirm,
  pending,
  problem,
  onCancel,
  onConfirm,
}: {
  title: string
  about: string
  confirm: string
  pending: boolean
  problem: Error | null
  onCancel: () => void
  onConfirm: () => void
}): ReactNode {
  const { t } = useTranslation()
  return (
    <Modal
      open
      title={title}
      okText={confirm}
      cancelText={t('action.cancel')}
      okButtonProps={{ danger: true }}
      confirmLoading={pending}
      onCancel={onCancel}
      onOk={onConfirm}
    >
      <div className="stack">
        <p className="quiet">{about}</p>
        <ProblemAlert problem={problem} />
      </div>
    </Modal>
  )
}

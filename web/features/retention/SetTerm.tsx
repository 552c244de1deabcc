import { InputNumber, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { isReason, ReasonField } from '../../ui/fields/ReasonField.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

/** Sets for how many days recorded traffic is kept. */
export function SetTerm({
  engagementId,
  days,
  least,
  most,
  onClose,
}: {
  engagementId: string
  days: number
  least: number
  most: number
  onClose: () => void
}): ReactNode {
  const { t } = useTranslation()
  const [wished, setWished] = useState<number | null>(days)
  const [reason, setReason] = useState('')
  const act = useAct('PUT /api/engagements/:engagementId/retention')
  const set = (): void => {
    if (wished !== null)
      act.mutate(
        { params: { engagementId }, body: { trafficDays: wished, reason: reason.trim() } },
        { onSuccess: onClose },
      )
  }
  return (
    <Modal
      open
      title={t('retention.term.title')}
      okText={t('retention.term.set')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: wished === null || wished === days || !isReason(reason) }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={set}
      destroyOnHidden
    >
      <div className="stack">
        <p className="quiet">{t('retention.term.about')}</p>
        <label className="stack-tight">
          <span>{t('retention.term.days', { least, most })}</span>
          <InputNumber min={least} max={most} precision={0} value={wished} autoFocus onChange={setWished} />
        </label>
        <ReasonField value={reason} onChange={setReason} rows={3} />
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}

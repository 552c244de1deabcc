import { Input, InputNumber, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
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
      okButtonProps={{ disabled: wished === null || wished === days || reason.trim().length < 10 }}
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
        <label className="stack-tight">
          <span>{t('reason.label')}</span>
          <Input.TextArea
            rows={3}
            maxLength={2000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <p className="muted">{t('reason.limit', { min: 10, max: 2000 })}</p>
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}

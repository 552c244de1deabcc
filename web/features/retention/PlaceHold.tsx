import { Input, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

/** Places a hold on an engagement, or without one on everything that the own organisation takes part in. */
export function PlaceHold({
  engagementId,
  onClose,
}: {
  engagementId: string | undefined
  onClose: () => void
}): ReactNode {
  const { t } = useTranslation()
  const [reference, setReference] = useState('')
  const [reason, setReason] = useState('')
  const here = useAct('POST /api/engagements/:engagementId/holds')
  const everywhere = useAct('POST /api/holds')
  const act = engagementId === undefined ? everywhere : here
  const body = { reason: reason.trim(), reference: reference.trim() }
  const place = (): void => {
    if (engagementId === undefined) everywhere.mutate({ body }, { onSuccess: onClose })
    else here.mutate({ params: { engagementId }, body }, { onSuccess: onClose })
  }
  return (
    <Modal
      open
      title={t(engagementId === undefined ? 'retention.place.houseTitle' : 'retention.place.title')}
      okText={t('retention.place.place')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: body.reference === '' || body.reason.length < 10 }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={place}
      destroyOnHidden
    >
      <div className="stack">
        <p className="quiet">
          {t(engagementId === undefined ? 'retention.place.houseAbout' : 'retention.place.about')}
        </p>
        <label className="stack-tight">
          <span>{t('retention.place.reference')}</span>
          <Input
            maxLength={200}
            value={reference}
            autoFocus
            placeholder={t('retention.place.referenceHint')}
            onChange={(event) => setReference(event.target.value)}
          />
        </label>
        <label className="stack-tight">
          <span>{t('reason.label')}</span>
          <Input.TextArea
            rows={4}
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

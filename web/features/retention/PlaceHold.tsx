import { Input, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { isReason, ReasonField } from '../../ui/fields/ReasonField.tsx'
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
      okButtonProps={{ disabled: body.reference === '' || !isReason(reason) }}
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
        <ReasonField value={reason} onChange={setReason} />
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}

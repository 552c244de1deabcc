import { Input, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { Notice } from '../../ui/Notice.tsx'
import { RefusalOrApproval } from '../approvals/AskApproval.tsx'

/** Orders the destruction of an engagement's traffic, or of all its data. */
export function OrderDisposal({
  engagementId,
  what,
  onClose,
}: {
  engagementId: string
  what: 'traffic' | 'file'
  onClose: () => void
}): ReactNode {
  const { t } = useTranslation()
  const [basis, setBasis] = useState('')
  const [witness, setWitness] = useState('')
  const act = useAct('POST /api/engagements/:engagementId/disposals')
  const body = { what, basis: basis.trim(), witness: witness.trim() }
  return (
    <Modal
      open
      title={t(`retention.order.${what}`)}
      okText={t('retention.order.order')}
      cancelText={t('action.cancel')}
      okButtonProps={{ danger: true, disabled: body.basis.length < 2 || body.witness.length < 2 }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => act.mutate({ params: { engagementId }, body }, { onSuccess: onClose })}
      destroyOnHidden
    >
      <div className="stack">
        <Notice tone="bad" title={t('retention.order.final')}>
          <p>{t(`retention.order.${what}About`)}</p>
        </Notice>
        <label className="stack-tight">
          <span>{t('retention.basis')}</span>
          <Input
            maxLength={200}
            value={basis}
            autoFocus
            placeholder={t('retention.order.basisHint')}
            onChange={(event) => setBasis(event.target.value)}
          />
        </label>
        <label className="stack-tight">
          <span>{t('retention.witness')}</span>
          <Input
            maxLength={100}
            value={witness}
            placeholder={t('retention.order.witnessHint')}
            onChange={(event) => setWitness(event.target.value)}
          />
        </label>
        <RefusalOrApproval problem={act.error} act={{ kind: 'disposal', engagementId, disposal: body }} />
      </div>
    </Modal>
  )
}

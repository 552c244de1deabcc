import { Modal } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

type Props = { invitation: { readonly invitationId: string; readonly name: string }; onClose: () => void }

export function WithdrawInvitation({ invitation, onClose }: Props): ReactNode {
  const { t } = useTranslation()
  const act = useAct('DELETE /api/invitations/:invitationId')
  return (
    <Modal
      open
      title={t('people.members.withdrawTitle', { name: invitation.name })}
      okText={t('people.members.withdraw')}
      cancelText={t('action.cancel')}
      okButtonProps={{ danger: true }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => act.mutate({ params: { invitationId: invitation.invitationId } }, { onSuccess: onClose })}
    >
      <div className="stack">
        <p>{t('people.members.withdrawText')}</p>
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}

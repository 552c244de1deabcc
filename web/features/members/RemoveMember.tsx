import type { Member } from '@zhongheng/contracts/http/people.ts'
import { Modal } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

export function RemoveMember({ member, onClose }: { member: Member; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('PATCH /api/members/:personId')
  return (
    <Modal
      open
      title={t('people.members.removeTitle', { name: member.name })}
      okText={t('people.members.remove')}
      cancelText={t('action.cancel')}
      okButtonProps={{ danger: true }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() =>
        act.mutate(
          { params: { personId: member.personId }, body: { state: 'removed', version: member.version } },
          { onSuccess: onClose },
        )
      }
    >
      <div className="stack">
        <p>{t('people.members.removeText')}</p>
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}

import type { Member } from '@zhongheng/contracts/http/people.ts'
import { Modal } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { PostTags } from './PostTags.tsx'

export function ConfirmMember({ member, onClose }: { member: Member; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('PATCH /api/members/:personId')
  return (
    <Modal
      open
      title={t('people.members.confirmTitle', { name: member.name })}
      okText={t('people.members.confirm')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() =>
        act.mutate(
          { params: { personId: member.personId }, body: { state: 'active', version: member.version } },
          { onSuccess: onClose },
        )
      }
    >
      <div className="stack">
        <p>{t('people.members.confirmText')}</p>
        <PostTags posts={member.posts} />
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}

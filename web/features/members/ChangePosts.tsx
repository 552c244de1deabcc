import type { Member } from '@zhongheng/contracts/http/people.ts'
import { Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { RefusalOrApproval } from '../approvals/AskApproval.tsx'
import { PostChoice } from './PostChoice.tsx'

export function ChangePosts({ member, onClose }: { member: Member; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const [posts, setPosts] = useState(member.posts)
  const act = useAct('PATCH /api/members/:personId')
  return (
    <Modal
      open
      title={t('people.members.changeTitle', { name: member.name })}
      okText={t('action.save')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: posts.length === 0 }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() =>
        act.mutate(
          { params: { personId: member.personId }, body: { posts, version: member.version } },
          { onSuccess: onClose },
        )
      }
    >
      <div className="stack">
        <PostChoice value={posts} onChange={setPosts} />
        <RefusalOrApproval
          problem={act.error}
          act={{ kind: 'member_posts', personId: member.personId, posts, version: member.version }}
        />
      </div>
    </Modal>
  )
}

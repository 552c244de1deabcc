import type { Member } from '@zhongheng/contracts/http/people.ts'
import { DatePicker, Modal } from 'antd'
import dayjs from 'dayjs'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { RefusalOrApproval } from '../approvals/AskApproval.tsx'
import { PostChoice } from './PostChoice.tsx'

export function ChangePosts({ member, onClose }: { member: Member; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const [posts, setPosts] = useState(member.posts)
  const [ends, setEnds] = useState(member.postEnds)
  // An end counts only for a post that is ticked.
  const given = Object.fromEntries(posts.flatMap((post) => (ends[post] ? [[post, ends[post]]] : [])))
  const body = { posts, ...(Object.keys(given).length > 0 ? { ends: given } : {}), version: member.version }
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
      onOk={() => act.mutate({ params: { personId: member.personId }, body }, { onSuccess: onClose })}
    >
      <div className="stack">
        <PostChoice value={posts} onChange={setPosts} />
        {posts.map((post) => (
          <label key={post} className="stack-tight">
            <span>{t('people.members.endOf', { post: t(`post.${post}`) })}</span>
            <DatePicker
              showTime={{ format: 'HH:mm' }}
              format="YYYY-MM-DD HH:mm"
              placeholder={t('people.members.noEnd')}
              minDate={dayjs()}
              {...(ends[post] ? { value: dayjs(ends[post]) } : {})}
              onChange={(moment) => setEnds({ ...ends, [post]: moment?.toISOString() })}
            />
          </label>
        ))}
        <RefusalOrApproval problem={act.error} act={{ kind: 'member_posts', personId: member.personId, ...body }} />
      </div>
    </Modal>
  )
}

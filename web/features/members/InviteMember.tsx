import { Form, Input, Modal } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { RefusalOrApproval } from '../approvals/AskApproval.tsx'
import { OnceLink } from './OnceLink.tsx'
import { PostChoice } from './PostChoice.tsx'
import type { Post } from './PostTags.tsx'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'

/** Invites somebody into the own organisation and shows the link once. */
export function InviteMember({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const [form] = Form.useForm<{ name: string; posts: Post[] }>()
  const act = useAct('POST /api/invitations')
  const { error } = act
  useFormProblem(form, error)
  return (
    <Modal
      open
      title={t('people.members.inviteTitle')}
      okText={act.data ? t('action.close') : t('people.members.inviteSubmit')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      {...(act.data ? { cancelButtonProps: { style: { display: 'none' } } } : {})}
      // Closing by a stray click would lose the link for good.
      mask={{ closable: !act.data }}
      onCancel={onClose}
      onOk={() => (act.data ? onClose() : form.submit())}
    >
      {act.data ? (
        <OnceLink link={act.data.link} name={act.data.invitation.name} expiresAt={act.data.invitation.expiresAt} />
      ) : (
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          initialValues={{ posts: ['member'] }}
          onFinish={(body) => act.mutate({ body })}
        >
          <Form.Item
            name="name"
            label={t('people.members.name')}
            rules={[
              { required: true, whitespace: true, message: t('form.required', { label: t('people.members.name') }) },
            ]}
          >
            <Input maxLength={60} autoFocus />
          </Form.Item>
          <Form.Item
            name="posts"
            label={t('people.members.posts')}
            rules={[
              {
                required: true,
                type: 'array',
                min: 1,
                message: t('form.required', { label: t('people.members.posts') }),
              },
            ]}
          >
            <PostChoice />
          </Form.Item>
          <RefusalOrApproval
            problem={act.error}
            act={{ kind: 'invitation', name: '', posts: [], ...act.variables?.body }}
          />
        </Form>
      )}
    </Modal>
  )
}

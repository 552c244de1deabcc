import type { SecurityPage } from '@zhongheng/contracts/http/account.ts'
import { App, Button, Form, Input, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { Moment } from '../../ui/Moment.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'

export function PasswordPanel({ page }: { page: SecurityPage }): ReactNode {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  return (
    <Panel
      title={t('account.password.title')}
      extra={<Button onClick={() => setOpen(true)}>{t('account.password.change')}</Button>}
    >
      <Facts
        rows={[
          [t('account.password.set'), <Moment key="set" at={page.password.setAt} day />],
          [t('account.password.renew'), <Moment key="renew" at={page.password.renewBy} day />],
        ]}
      />
      {open ? <ChangePassword onClose={() => setOpen(false)} /> : null}
    </Panel>
  )
}

type Fields = { current: string; password: string; repeat: string }

function ChangePassword({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const [form] = Form.useForm<Fields>()
  const act = useAct('POST /api/account/password')
  const { error } = act
  useFormProblem(form, error)
  const required = (label: string) => ({ required: true, message: t('form.required', { label }) })
  return (
    <Modal
      open
      title={t('account.password.change')}
      okText={t('account.password.change')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => form.submit()}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={({ current, password }) =>
          act.mutate(
            { body: { current, password } },
            {
              onSuccess: () => {
                void message.success(t('account.password.changed'))
                onClose()
              },
            },
          )
        }
      >
        <Form.Item
          name="current"
          label={t('account.password.current')}
          rules={[required(t('account.password.current'))]}
        >
          <Input.Password autoComplete="current-password" autoFocus />
        </Form.Item>
        <Form.Item
          name="password"
          label={t('account.password.next')}
          extra={t('account.password.rule')}
          rules={[required(t('account.password.next'))]}
        >
          <Input.Password autoComplete="new-password" maxLength={128} />
        </Form.Item>
        <Form.Item
          name="repeat"
          label={t('people.credentials.repeat')}
          dependencies={['password']}
          rules={[
            ({ getFieldValue }) => ({
              validator: (_rule, value) =>
                value === getFieldValue('password')
                  ? Promise.resolve()
                  : Promise.reject(new Error(t('people.credentials.differs'))),
            }),
          ]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <ProblemAlert problem={error} />
      </Form>
    </Modal>
  )
}

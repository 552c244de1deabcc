import type { OidcPage } from '@zhongheng/contracts/http/account.ts'
import { Form, Input, Modal, Radio, Select, Switch } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'

type Provider = {
  label: string
  issuer: string
  clientId: string
  clientSecret?: string
  strong: string
  enabled: boolean
}

export function ConfigureOidc({ page, onClose }: { page: OidcPage; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const [form] = Form.useForm<Provider>()
  const act = useAct('PUT /api/oidc-provider')
  const { error } = act
  useFormProblem(form, error)
  const { provider } = page
  const needed = (label: string) => [{ required: true, whitespace: true, message: t('form.required', { label }) }]
  return (
    <Modal
      open
      title={t('account.oidc.title')}
      okText={t('action.save')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => form.submit()}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{
          ...provider,
          strong: provider?.strongValues.join('\n') ?? '',
          enabled: provider?.enabled ?? true,
        }}
        onFinish={({ label, issuer, clientId, clientSecret, strong, enabled }) =>
          act.mutate(
            {
              body: {
                label,
                issuer: issuer.trim(),
                clientId: clientId.trim(),
                ...(clientSecret ? { clientSecret } : {}),
                strongValues: strong.split(/\s+/).filter(Boolean),
                enabled,
                version: provider?.version ?? 0,
              },
            },
            { onSuccess: onClose },
          )
        }
      >
        <Form.Item name="label" label={t('account.oidc.label')} rules={needed(t('account.oidc.label'))}>
          <Input maxLength={60} autoFocus />
        </Form.Item>
        <Form.Item
          name="issuer"
          label={t('account.oidc.issuer')}
          extra={t('account.oidc.issuerHint')}
          rules={needed(t('account.oidc.issuer'))}
        >
          <Input maxLength={300} inputMode="url" placeholder="https://id.example.com" />
        </Form.Item>
        <Form.Item name="clientId" label={t('account.oidc.clientId')} rules={needed(t('account.oidc.clientId'))}>
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="clientSecret"
          label={t('account.oidc.clientSecret')}
          {...(provider ? { extra: t('account.oidc.keepSecret') } : { rules: needed(t('account.oidc.clientSecret')) })}
        >
          <Input.Password maxLength={500} autoComplete="new-password" />
        </Form.Item>
        <Form.Item name="strong" label={t('account.oidc.strong')} extra={t('account.oidc.strongHint')}>
          <Input.TextArea rows={2} />
        </Form.Item>
        <Form.Item name="enabled" label={t('account.oidc.enabled')} valuePropName="checked">
          <Switch />
        </Form.Item>
        <ProblemAlert problem={error} />
      </Form>
    </Modal>
  )
}

type Given = { personId: string; by: 'subject' | 'email'; value: string }

export function AddIdentity({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const [form] = Form.useForm<Given>()
  const by = Form.useWatch('by', form) ?? 'email'
  const members = useApi('GET /api/members')
  const act = useAct('POST /api/oidc-identities')
  const { error } = act
  useFormProblem(form, error)
  const active = members.data?.members.filter((one) => one.state === 'active') ?? []
  return (
    <Modal
      open
      title={t('account.oidc.add')}
      okText={t('account.oidc.add')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => form.submit()}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ by: 'email' }}
        onFinish={(body) => act.mutate({ body: { ...body, value: body.value.trim() } }, { onSuccess: onClose })}
      >
        <Form.Item
          name="personId"
          label={t('account.oidc.member')}
          rules={[{ required: true, message: t('form.required', { label: t('account.oidc.member') }) }]}
        >
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            loading={members.isPending}
            options={active.map((one) => ({ value: one.personId, label: `${one.name} (${one.login})` }))}
          />
        </Form.Item>
        <Form.Item name="by" label={t('account.oidc.by')}>
          <Radio.Group
            options={[
              { value: 'email', label: t('account.oidc.email') },
              { value: 'subject', label: t('account.oidc.subject') },
            ]}
          />
        </Form.Item>
        <Form.Item
          name="value"
          label={t(`account.oidc.${by}`)}
          {...(by === 'email' ? { extra: t('account.oidc.emailHint') } : {})}
          rules={[
            { required: true, whitespace: true, message: t('form.required', { label: t(`account.oidc.${by}`) }) },
          ]}
        >
          <Input maxLength={255} autoComplete="off" spellCheck={false} />
        </Form.Item>
        <ProblemAlert problem={error} />
      </Form>
    </Modal>
  )
}

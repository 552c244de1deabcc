import type { SignInRules } from '@zhongheng/contracts/http/account.ts'
import { App, Button, Form, InputNumber, Radio } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'

type Fields = Pick<SignInRules, 'secondFactor' | 'idleMinutes' | 'absoluteMinutes'>

export function RulesForm({ rules }: { rules: SignInRules }): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const [form] = Form.useForm<Fields>()
  const act = useAct('PUT /api/sign-in-rules')
  const { error } = act
  useFormProblem(form, error)
  const { installation } = rules
  return (
    <Panel
      title={t('account.rules.own')}
      about={
        installation.secondFactor === 'required'
          ? t('account.rules.installationRequired')
          : t('account.rules.installationOptional')
      }
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={rules}
        onFinish={({ secondFactor, idleMinutes, absoluteMinutes }) =>
          act.mutate(
            {
              body: {
                secondFactor,
                idleMinutes: idleMinutes ?? null,
                absoluteMinutes: absoluteMinutes ?? null,
                version: rules.version,
              },
            },
            { onSuccess: () => void message.success(t('account.rules.saved')) },
          )
        }
      >
        <Form.Item name="secondFactor" label={t('account.rules.secondFactor')}>
          <Radio.Group
            options={[
              { value: 'installation', label: t('account.rules.installation') },
              { value: 'everybody', label: t('account.rules.everybody') },
            ]}
          />
        </Form.Item>
        <Form.Item
          name="idleMinutes"
          label={t('account.rules.idle')}
          extra={t('account.rules.idleHint', { limit: installation.idleMinutes })}
        >
          <InputNumber min={5} max={installation.idleMinutes} precision={0} />
        </Form.Item>
        <Form.Item
          name="absoluteMinutes"
          label={t('account.rules.absolute')}
          extra={t('account.rules.idleHint', { limit: installation.absoluteMinutes })}
        >
          <InputNumber min={15} max={installation.absoluteMinutes} precision={0} />
        </Form.Item>
        <div className="stack">
          <ProblemAlert problem={error} />
          <div>
            <Button type="primary" htmlType="submit" loading={act.isPending}>
              {t('action.save')}
            </Button>
          </div>
        </div>
      </Form>
    </Panel>
  )
}

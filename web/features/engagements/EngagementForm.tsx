import type { Call } from '@zhongheng/contracts/http/index.ts'
import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import { Button, DatePicker, Form, Input, Radio, Select } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { yuanInput } from '../../ui/money.ts'
import { severities } from '../../ui/severities.ts'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'
import { RewardRows } from './RewardRows.tsx'
import { type MoneyDraft, budgetOf, rewardTableOf } from './reward-table.ts'

export type EngagementDraft = Call<'POST /api/engagements'>['body']
type FormValues = Omit<EngagementDraft, 'windowOpens' | 'windowCloses' | 'rewardTable' | 'budgetFen'> & {
  windowOpens: Dayjs | null
  windowCloses: Dayjs | null
} & MoneyDraft

const dataLevels = ['general', 'important', 'core'] as const
const environments = ['prod', 'staging', 'dedicated'] as const
const auditModes = ['third_party', 'organizer_post'] as const

/** The demand as a form: for beginning one and for changing a draft. */
export function EngagementForm({
  page,
  submit,
  pending,
  problem,
  onSubmit,
}: {
  page?: EngagementPage
  submit: string
  pending: boolean
  problem: ApiProblem | null
  onSubmit: (draft: EngagementDraft) => void
}): ReactNode {
  const { t } = useTranslation()
  const [form] = Form.useForm<FormValues>()
  const auditMode = Form.useWatch('auditMode', form)
  const dataLevel = Form.useWatch('dataLevel', form)
  const organizers = useApi('GET /api/organisations', { query: { kind: 'organizer' } })
  const auditors = useApi('GET /api/organisations', { query: { kind: 'auditor' } })
  const organizerRows = organizers.data?.organisations ?? []
  // An audit post is the organizer's own; a third party is an organisation of auditors.
  const auditorRows = auditMode === 'organizer_post' ? organizerRows : (auditors.data?.organisations ?? [])

  useFormProblem(form, problem)

  const send = (values: FormValues): void => {
    const { rewards, budget, windowOpens, windowCloses, ...rest } = values
    if (windowOpens === null || windowCloses === null) return
    onSubmit({
      ...rest,
      title: rest.title.trim(),
      windowOpens: windowOpens.toISOString(),
      windowCloses: windowCloses.toISOString(),
      rewardTable: rewardTableOf(rewards),
      budgetFen: budgetOf(budget),
    })
  }
  const required = (label: string): { required: true; message: string } => ({
    required: true,
    message: t('form.required', { label }),
  })
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <Form
      form={form}
      layout="vertical"
      className="edit-form"
      initialValues={startValues(page)}
      onFinish={send}
      requiredMark={false}
    >
      <Panel title={t('engagement.edit.what')}>
        <Form.Item
          name="title"
          label={t('engagement.edit.title')}
          extra={t('engagement.edit.titleHint')}
          rules={[required(t('engagement.edit.title')), { min: 4, max: 120, message: t('engagement.edit.titleHint') }]}
        >
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item
          name="goals"
          label={t('engagement.edit.goals')}
          extra={t('engagement.edit.goalsHint')}
          rules={[
            required(t('engagement.edit.goals')),
            { min: 10, max: 4000, message: t('engagement.edit.goalsHint') },
          ]}
        >
          <Input.TextArea rows={6} maxLength={4000} />
        </Form.Item>
        <div className="edit-pair">
          <Form.Item name="environment" label={t('engagement.edit.environment')}>
            <Select options={environments.map((value) => ({ value, label: t(`environment.${value}`) }))} />
          </Form.Item>
          <Form.Item name="dataLevel" label={t('engagement.edit.dataLevel')}>
            <Select options={dataLevels.map((value) => ({ value, label: t(`dataLevel.${value}`) }))} />
          </Form.Item>
        </div>
        {dataLevel === 'core' ? <Notice tone="warn">{t('engagement.edit.coreData')}</Notice> : null}
      </Panel>
      <Panel title={t('engagement.edit.when')} about={t('engagement.edit.windowHint', { zone })}>
        <div className="edit-pair">
          <Form.Item
            name="windowOpens"
            label={t('engagement.edit.opens')}
            rules={[required(t('engagement.edit.opens'))]}
          >
            <DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" needConfirm={false} />
          </Form.Item>
          <Form.Item
            name="windowCloses"
            label={t('engagement.edit.closes')}
            dependencies={['windowOpens']}
            rules={[
              required(t('engagement.edit.closes')),
              {
                validator: async (_rule, closes: Dayjs | null) => {
                  const opens = form.getFieldValue('windowOpens') as Dayjs | null
                  if (opens && closes && !closes.isAfter(opens)) throw new Error(t('engagement.edit.badWindow'))
                },
              },
            ]}
          >
            <DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" needConfirm={false} />
          </Form.Item>
        </div>
      </Panel>
      <Panel title={t('engagement.edit.who')}>
        <div className="edit-pair">
          <Form.Item
            name="organizerOrgId"
            label={t('engagement.edit.organizer')}
            rules={[required(t('engagement.edit.organizer'))]}
          >
            <Select
              placeholder={t('form.choose')}
              loading={organizers.isPending}
              options={organizerRows.map(({ orgId, name }) => ({ value: orgId, label: name }))}
              notFoundContent={t('engagement.edit.noOrganisations')}
            />
          </Form.Item>
          <Form.Item name="minGrade" label={t('engagement.edit.minGrade')}>
            <Select
              options={[0, 1, 2, 3, 4, 5].map((grade) => ({
                value: grade,
                label: grade === 0 ? t('grade.any') : t('grade.from', { grade }),
              }))}
            />
          </Form.Item>
          <Form.Item name="auditMode" label={t('engagement.edit.auditMode')}>
            <Radio.Group
              options={auditModes.map((value) => ({ value, label: t(`auditMode.${value}`) }))}
              onChange={() => form.resetFields(['auditorOrgId'])}
            />
          </Form.Item>
          <Form.Item
            name="auditorOrgId"
            label={t('engagement.edit.auditor')}
            rules={[required(t('engagement.edit.auditor'))]}
          >
            <Select
              placeholder={t('form.choose')}
              loading={auditors.isPending}
              options={auditorRows.map(({ orgId, name }) => ({ value: orgId, label: name }))}
              notFoundContent={t('engagement.edit.noOrganisations')}
            />
          </Form.Item>
        </div>
      </Panel>
      <Panel title={t('engagement.edit.money')} about={t('engagement.edit.rewardHint')}>
        <RewardRows />
      </Panel>
      <div className="stack">
        <ProblemAlert problem={problem} />
        <div className="button-row">
          <Button type="primary" htmlType="submit" loading={pending}>
            {submit}
          </Button>
        </div>
      </div>
    </Form>
  )
}

/** A fresh demand opens two weeks from now at nine and lasts two weeks: a start to change, not a rule. */
function startValues(page: EngagementPage | undefined): Partial<FormValues> {
  const opens = dayjs().add(14, 'day').hour(9).startOf('hour')
  if (!page) {
    return {
      environment: 'staging',
      dataLevel: 'general',
      auditMode: 'third_party',
      minGrade: 0,
      windowOpens: opens,
      windowCloses: opens.add(14, 'day').hour(18),
      rewards: {},
      budget: '',
    }
  }
  const rewards: MoneyDraft['rewards'] = {}
  for (const severity of severities) {
    const row = page.rewardTable.find((one) => one.severity === severity)
    if (row) rewards[severity] = { from: yuanInput(row.minFen), to: yuanInput(row.maxFen) }
  }
  return {
    title: page.title,
    goals: page.goals,
    environment: page.environment,
    dataLevel: page.dataLevel,
    auditMode: page.auditMode ?? 'third_party',
    minGrade: page.minGrade,
    ...(page.organizerOrgId === null ? {} : { organizerOrgId: page.organizerOrgId }),
    ...(page.auditorOrgId === null ? {} : { auditorOrgId: page.auditorOrgId }),
    windowOpens: page.windowOpens === null ? opens : dayjs(page.windowOpens),
    windowCloses: page.windowCloses === null ? opens.add(14, 'day') : dayjs(page.windowCloses),
    rewards,
    budget: yuanInput(page.budgetFen ?? 0),
  }
}

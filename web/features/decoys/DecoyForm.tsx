import type { DecoyView } from '@zhongheng/contracts/http/decoys.ts'
import type { Call } from '@zhongheng/contracts/http/index.ts'
import { submissionLimits } from '@zhongheng/contracts/records/finding-limits.ts'
import { Form, Input, Modal, Radio, Select } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'
import { useLengthRule } from '../../ui/fields/use-length-rule.ts'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import { severities } from '../../ui/severities.ts'
import { MarkdownField } from '../findings/MarkdownField.tsx'
import { WeaknessSelect } from '../findings/WeaknessSelect.tsx'

type Values = Call<'POST /api/engagements/:engagementId/decoys'>['body']
/** Hours after which a new one shows. */
const settling = [0, 24, 72, 168] as const

/** A decoy as a form: for placing one, and for changing what one says. Mounted while open. */
export function DecoyForm({
  engagementId,
  decoy,
  testers,
  assets,
  onClose,
}: {
  engagementId: string
  /** Null for a new one. */
  decoy: DecoyView | null
  testers: readonly { personId: string; name: string }[]
  assets: readonly string[]
  onClose: () => void
}): ReactNode {
  const { t } = useTranslation()
  const [form] = Form.useForm<Values>()
  const placing = useAct('POST /api/engagements/:engagementId/decoys')
  const changing = useAct('PUT /api/engagements/:engagementId/decoys/:findingId')
  const act = decoy === null ? placing : changing
  useFormProblem(form, act.error)
  const length = useLengthRule()
  const need = (label: string) => [{ required: true, message: t('form.required', { label }) }]
  const save = ({ testerId, settleHours, ...text }: Values): void => {
    if (decoy === null)
      placing.mutate({ params: { engagementId }, body: { ...text, testerId, settleHours } }, { onSuccess: onClose })
    else
      changing.mutate(
        { params: { engagementId, findingId: decoy.findingId }, body: { ...text, version: decoy.version } },
        { onSuccess: onClose },
      )
  }
  const start = decoy ?? { description: '', steps: '', impact: '', repair: '', severity: 'high', settleHours: 72 }
  return (
    <Modal
      open
      width={760}
      title={t(decoy === null ? 'decoys.place' : 'decoys.change')}
      okText={t(decoy === null ? 'decoys.place' : 'decoys.save')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => form.submit()}
      destroyOnHidden
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        scrollToFirstError={{ block: 'center' }}
        initialValues={start}
        // The fields of the form and no others: what is shown of a decoy beside them is not sent back.
        onFinish={save}
      >
        <div className="stack">
          <Notice>{t('decoys.formNote')}</Notice>
          <div>
            {decoy === null ? (
              <>
                <Form.Item
                  name="testerId"
                  label={t('decoys.tester')}
                  extra={t('decoys.testerHint')}
                  rules={need(t('decoys.tester'))}
                >
                  <Select
                    options={testers.map(({ personId, name }) => ({ value: personId, label: name }))}
                    notFoundContent={t('decoys.noTesters')}
                  />
                </Form.Item>
                <Form.Item name="settleHours" label={t('decoys.settle')} extra={t('decoys.settleHint')}>
                  <Radio.Group
                    options={settling.map((value) => ({
                      value,
                      label: value === 0 ? t('decoys.atOnce') : t('decoys.hours', { hours: value }),
                    }))}
                  />
                </Form.Item>
              </>
            ) : null}
            <Form.Item name="asset" label={t('decoys.asset')} rules={need(t('decoys.asset'))}>
              <Select showSearch options={assets.map((value) => ({ value, label: value }))} />
            </Form.Item>
            <Form.Item
              name="title"
              label={t('findings.form.name')}
              rules={length(t('findings.form.name'), ...submissionLimits.title)}
              validateTrigger="onBlur"
            >
              <Input maxLength={submissionLimits.title[1]} />
            </Form.Item>
            <Form.Item name="cwe" label={t('findings.form.weakness')} rules={need(t('findings.form.weakness'))}>
              <WeaknessSelect />
            </Form.Item>
            <Form.Item name="severity" label={t('decoys.severity')}>
              <Radio.Group options={severities.map((value) => ({ value, label: <SeverityPill severity={value} /> }))} />
            </Form.Item>
            <Form.Item
              name="description"
              label={t('findings.form.description')}
              rules={length(t('findings.form.description'), ...submissionLimits.description)}
              validateTrigger="onBlur"
            >
              <MarkdownField max={submissionLimits.description[1]} />
            </Form.Item>
            <Form.Item
              name="steps"
              label={t('findings.form.steps')}
              rules={length(t('findings.form.steps'), ...submissionLimits.steps)}
              validateTrigger="onBlur"
            >
              <MarkdownField max={submissionLimits.steps[1]} rows={4} />
            </Form.Item>
            <Form.Item
              name="impact"
              label={t('findings.form.impact')}
              rules={length(t('findings.form.impact'), ...submissionLimits.impact)}
              validateTrigger="onBlur"
            >
              <MarkdownField max={submissionLimits.impact[1]} rows={3} />
            </Form.Item>
            <Form.Item name="repair" label={t('findings.form.repair')}>
              <MarkdownField max={submissionLimits.repair[1]} rows={3} />
            </Form.Item>
            <Form.Item
              name="note"
              label={t('decoys.note')}
              extra={t('decoys.noteHint')}
              rules={length(t('decoys.note'), 4, 1000)}
              validateTrigger="onBlur"
            >
              <Input.TextArea rows={2} maxLength={1000} />
            </Form.Item>
          </div>
          <ProblemAlert problem={act.error} />
        </div>
      </Form>
    </Modal>
  )
}

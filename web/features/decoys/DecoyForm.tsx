import type { DecoyView } from '@zhongheng/contracts/http/decoys.ts'
import type { Call } from '@zhongheng/contracts/http/index.ts'
import { Form, Input, Modal, Radio, Select } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'
import { useLengthRule } from '../../ui/fields/use-length-rule.ts'
import { severities } from '../../ui/severities.ts'
import { MarkdownField } from '../findings/MarkdownField.tsx'
import { useWeaknesses } from '../findings/use-weaknesses.ts'

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
  const { say } = useLanguage()
  const { weaknesses } = useWeaknesses()
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
              rules={length(t('findings.form.name'), 4, 200)}
              validateTrigger="onBlur"
            >
              <Input maxLength={200} />
            </Form.Item>
            <Form.Item name="cwe" label={t('findings.form.weakness')} rules={need(t('findings.form.weakness'))}>
              <Select
                showSearch={{ optionFilterProp: 'search' }}
                options={weaknesses.map(({ cwe, name }) => ({
                  value: cwe,
                  label: `${cwe} ${say(name)}`,
                  search: `${cwe} ${name.zh} ${name.en}`,
                }))}
              />
            </Form.Item>
            <Form.Item name="severity" label={t('decoys.severity')}>
              <Radio.Group options={severities.map((value) => ({ value, label: <SeverityPill severity={value} /> }))} />
            </Form.Item>
            <Form.Item
              name="description"
              label={t('findings.form.description')}
              rules={length(t('findings.form.description'), 10, 50_000)}
              validateTrigger="onBlur"
            >
              <MarkdownField max={50_000} />
            </Form.Item>
            <Form.Item
              name="steps"
              label={t('findings.form.steps')}
              rules={length(t('findings.form.steps'), 5, 50_000)}
              validateTrigger="onBlur"
            >
              <MarkdownField max={50_000} rows={4} />
            </Form.Item>
            <Form.Item
              name="impact"
              label={t('findings.form.impact')}
              rules={length(t('findings.form.impact'), 5, 20_000)}
              validateTrigger="onBlur"
            >
              <MarkdownField max={20_000} rows={3} />
            </Form.Item>
            <Form.Item name="repair" label={t('findings.form.repair')}>
              <MarkdownField max={20_000} rows={3} />
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

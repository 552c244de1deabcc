import { Button, Checkbox, Form, Input, Radio } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiProblem } from '../../api/problem.ts'
import { useLanguage } from '../../i18n/index.ts'
import { ProblemAlert } from '../ProblemAlert.tsx'
import { type Field, type FieldValues, emptyValues, fits, needOf, sentValues } from './field-rules.ts'
import { useFormProblem } from './use-form-problem.ts'

/** A form out of data: the fields of a record kind, with their limits shown and checked before sending. */
export function FieldsForm({
  fields,
  submit,
  pending,
  problem,
  onSubmit,
  onCancel,
}: {
  fields: readonly Field[]
  submit: string
  pending: boolean
  problem: ApiProblem | null
  onSubmit: (values: FieldValues) => void
  onCancel?: () => void
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const [form] = Form.useForm<{ fields: FieldValues }>()
  useFormProblem(form, problem)

  const ruleOf = (field: Field): { validator: (rule: unknown, value: unknown) => Promise<void> } => ({
    validator: async (_rule, value) => {
      if (fits(field, value)) return
      const asked = needOf(field)
      if (asked.need === 'confirmed') throw new Error(t('form.mustConfirm'))
      if (asked.need === 'choice') throw new Error(t('form.required', { label: say(field.label) }))
      throw new Error(`${t('form.required', { label: say(field.label) })} (${t('form.length', asked)})`)
    },
  })
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ fields: emptyValues(fields) }}
      onFinish={(values) => onSubmit(sentValues(fields, values.fields))}
    >
      {fields.map((field) => (
        <Form.Item
          key={field.name}
          name={['fields', field.name]}
          rules={[ruleOf(field)]}
          validateTrigger="onBlur"
          {...(field.kind === 'confirm' ? { valuePropName: 'checked' } : { label: say(field.label) })}
          {...(field.kind === 'long' || field.kind === 'line'
            ? { extra: lengthHint(field, t('form.length', needOf(field) as { min: number; max: number })) }
            : {})}
        >
          {inputOf(field, say)}
        </Form.Item>
      ))}
      <div className="stack">
        <ProblemAlert problem={problem} />
        <div className="button-row">
          <Button type="primary" htmlType="submit" loading={pending}>
            {submit}
          </Button>
          {onCancel ? <Button onClick={onCancel}>{t('action.cancel')}</Button> : null}
        </div>
      </div>
    </Form>
  )
}

/** Only unusual limits are worth a line. */
const lengthHint = (field: Field, text: string): string | null =>
  (field.min ?? 1) > 2 || field.kind === 'long' ? text : null

function inputOf(field: Field, say: (text: Field['label']) => string): ReactNode {
  switch (field.kind) {
    case 'line':
      return <Input maxLength={field.max} />
    case 'long':
      // antd’s growing text field measures with inline styles, which the content policy forbids.
      return <Input.TextArea rows={4} maxLength={field.max} />
    case 'choice':
      return <Radio.Group options={(field.options ?? []).map(({ value, label }) => ({ value, label: say(label) }))} />
    case 'confirm':
      return <Checkbox>{say(field.label)}</Checkbox>
  }
}

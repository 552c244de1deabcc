import type { CorrectionWish } from '@zhongheng/contracts/http/corrections.ts'
import { App, Form, Input, Modal, Radio } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { PlaceSelect } from '../../ui/fields/PlaceSelect.tsx'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'
import { useLengthRule } from '../../ui/fields/use-length-rule.ts'
import { IdentityFields } from '../testers/IdentityFields.tsx'

type Field = CorrectionWish['field']
type Values = {
  field: Field
  name?: string
  place?: Extract<CorrectionWish, { field: 'jurisdiction' }>['value']
  realName?: string
  documentKind?: 'cn_id' | 'passport'
  documentNumber?: string
  reason: string
}

const wishOf = (values: Values): CorrectionWish => {
  const reason = values.reason.trim()
  if (values.field === 'name') return { field: 'name', value: values.name?.trim() ?? '', reason }
  if (values.field === 'jurisdiction') return { field: 'jurisdiction', value: values.place ?? null, reason }
  return {
    field: 'identity',
    realName: values.realName?.trim() ?? '',
    documentKind: values.documentKind ?? 'cn_id',
    documentNumber: values.documentNumber?.trim() ?? '',
    reason,
  }
}

/** Asks to have corrected what others rely on. Mounted while open, so that each asking starts empty. */
export function AskCorrection({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const { message } = App.useApp()
  const [form] = Form.useForm<Values>()
  const field = Form.useWatch('field', form) ?? 'name'
  const act = useAct('POST /api/account/corrections')
  useFormProblem(form, act.error)
  const fields: readonly Field[] = me.may.includes('testers.own')
    ? ['name', 'jurisdiction', 'identity']
    : ['name', 'jurisdiction']
  const need = useLengthRule()
  return (
    <Modal
      open
      title={t('corrections.ask')}
      okText={t('corrections.send')}
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
        initialValues={{ field: 'name', documentKind: 'cn_id', place: null, reason: '' }}
        onFinish={(values) =>
          act.mutate(
            { body: wishOf(values) },
            {
              onSuccess: () => {
                void message.success(t('corrections.sent'))
                onClose()
              },
            },
          )
        }
      >
        <Form.Item name="field" label={t('corrections.what')}>
          <Radio.Group options={fields.map((value) => ({ value, label: t(`corrections.field.${value}`) }))} />
        </Form.Item>
        {field === 'name' ? (
          <Form.Item name="name" label={t('corrections.newName')} rules={need(t('corrections.newName'), 1, 60)}>
            <Input maxLength={60} autoComplete="name" />
          </Form.Item>
        ) : field === 'jurisdiction' ? (
          <Form.Item name="place" label={t('corrections.newPlace')} extra={t('corrections.newPlaceHint')}>
            <PlaceSelect clearable />
          </Form.Item>
        ) : (
          <IdentityFields />
        )}
        <Form.Item name="reason" label={t('reason.label')} rules={need(t('reason.label'), 4, 1000)}>
          <Input.TextArea rows={3} maxLength={1000} />
        </Form.Item>
        <div className="stack">
          <Notice>{t('corrections.askNote')}</Notice>
          <ProblemAlert problem={act.error} />
        </div>
      </Form>
    </Modal>
  )
}

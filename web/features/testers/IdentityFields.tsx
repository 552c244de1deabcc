import { Form, Input, Radio } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLengthRule } from '../../ui/fields/use-length-rule.ts'

/** Who somebody is by their document: for the check, and for its correction. Fields `realName`, `documentKind`, `documentNumber`. */
export function IdentityFields(): ReactNode {
  const { t } = useTranslation()
  const need = useLengthRule()
  return (
    <>
      <Form.Item name="realName" label={t('testers.own.realName')} rules={need(t('testers.own.realName'), 2, 60)}>
        <Input maxLength={60} autoComplete="name" />
      </Form.Item>
      <Form.Item name="documentKind" label={t('testers.own.documentKind')}>
        <Radio.Group
          options={(['cn_id', 'passport'] as const).map((value) => ({ value, label: t(`testers.own.${value}`) }))}
        />
      </Form.Item>
      <Form.Item
        name="documentNumber"
        label={t('testers.own.documentNumber')}
        extra={t('testers.own.documentHint')}
        rules={need(t('testers.own.documentNumber'), 5, 30)}
      >
        <Input maxLength={30} autoComplete="off" spellCheck={false} />
      </Form.Item>
    </>
  )
}

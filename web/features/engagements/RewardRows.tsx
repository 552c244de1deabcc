import { Form, Input } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import { fenOf } from '../../ui/money.ts'
import { severities } from '../../ui/severities.ts'
import { type RewardDraft, faultOf } from './reward-table.ts'

/** The reward table and budget in yuan; fields of the form around it. */
export function RewardRows(): ReactNode {
  const { t } = useTranslation()
  return (
    <>
      <div className="reward-rows">
        {severities.map((severity) => (
          <div key={severity} className="reward-row">
            <SeverityPill severity={severity} />
            <Form.Item name={['rewards', severity, 'from']}>
              <Input
                prefix="¥"
                inputMode="decimal"
                placeholder={t('engagement.edit.from')}
                aria-label={`${t(`severity.${severity}`)} ${t('engagement.edit.from')}`}
              />
            </Form.Item>
            <Form.Item
              name={['rewards', severity, 'to']}
              dependencies={[['rewards', severity, 'from']]}
              rules={[
                (form) => ({
                  validator: async () => {
                    const fault = faultOf((form.getFieldValue(['rewards', severity]) ?? {}) as RewardDraft)
                    if (fault) throw new Error(t(`engagement.edit.${fault}`))
                  },
                }),
              ]}
            >
              <Input
                prefix="¥"
                inputMode="decimal"
                placeholder={t('engagement.edit.to')}
                aria-label={`${t(`severity.${severity}`)} ${t('engagement.edit.to')}`}
              />
            </Form.Item>
          </div>
        ))}
      </div>
      <div className="edit-pair">
        <Form.Item
          name="budget"
          label={t('engagement.edit.budget')}
          rules={[
            {
              validator: async (_rule, typed: string) => {
                if (typed.trim() !== '' && fenOf(typed) === null) throw new Error(t('engagement.edit.badMoney'))
              },
            },
          ]}
        >
          <Input prefix="¥" inputMode="decimal" />
        </Form.Item>
      </div>
    </>
  )
}

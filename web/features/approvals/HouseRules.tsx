import type { TwoPersonRulesView } from '@zhongheng/contracts/http/approvals.ts'
import { Switch } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { RefusalOrApproval } from './AskApproval.tsx'

const parts = ['members', 'exports', 'disposals'] as const
type Part = (typeof parts)[number]

/** What the own organisation has two persons for. */
export function HouseRules(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/two-person-rules')
  return (
    <Panel title={t('approvals.rules.title')} about={t('approvals.rules.about')}>
      <Loaded query={found} lines={2}>
        {(rules) => <Rules rules={rules} />}
      </Loaded>
    </Panel>
  )
}

function Rules({ rules }: { rules: TwoPersonRulesView }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('PUT /api/two-person-rules')
  const now = Object.fromEntries(parts.map((part) => [part, rules[part]])) as { [part in Part]: boolean }
  const [wished, setWished] = useState(now)
  const change = (part: Part, on: boolean): void => {
    const next = { ...now, [part]: on }
    setWished(next)
    act.mutate({ body: { ...next, version: rules.version } })
  }
  return (
    <div className="stack-tight">
      {parts.map((part) => (
        <label key={part} className="approval-rule">
          <Switch
            checked={rules[part]}
            disabled={!rules.mayChange}
            loading={act.isPending}
            onChange={(on) => change(part, on)}
          />
          <span>
            {t(`approvals.rules.${part}`)}
            <span className="muted"> {t(`approvals.rules.${part}Hint`)}</span>
          </span>
        </label>
      ))}
      {rules.approvers < 2 ? (
        <Notice tone="warn" title={t('approvals.rules.alone')}>
          <p>{t('approvals.rules.aloneText')}</p>
        </Notice>
      ) : null}
      <RefusalOrApproval problem={act.error} act={{ kind: 'two_person_rules', ...wished, version: rules.version }} />
    </div>
  )
}

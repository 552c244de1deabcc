import type { TwoPersonRulesView } from '@zhongheng/contracts/http/approvals.ts'
import { Switch } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { RefusalOrApproval } from './AskApproval.tsx'

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
  const [wished, setWished] = useState({ members: rules.members, exports: rules.exports })
  const change = (part: 'members' | 'exports', on: boolean): void => {
    const next = { members: rules.members, exports: rules.exports, [part]: on }
    setWished(next)
    act.mutate({ body: { ...next, version: rules.version } })
  }
  return (
    <div className="stack-tight">
      {(['members', 'exports'] as const).map((part) => (
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

import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Markdown } from '../../ui/Markdown.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import { yuanText } from '../../ui/money.ts'
import { severities } from '../../ui/severities.ts'
import { TestRules } from '../conduct/TestRules.tsx'
import { WitnessRule } from './WitnessRule.tsx'
import { useEngagement } from './engagement-context.ts'

const rules = ['window', 'gateway', 'scope', 'stop', 'secrecy'] as const

/** What testers keep to and what a finding earns. */
export default function RulesTab(): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const page = useEngagement()
  const rewardOf = new Map(page.rewardTable.map((row) => [row.severity, row]))
  return (
    <div className="columns">
      <div className="stack">
        <Panel title={t('engagement.rules.conduct')}>
          <ul className="rule-list">
            {rules.map((rule) => (
              <li key={rule}>
                <Icon name="check" />
                <div>
                  <strong>{t(`engagement.rules.${rule}`)}</strong>
                  <p className="quiet">{t(`engagement.rules.${rule}Text`)}</p>
                </div>
              </li>
            ))}
            <li>
              <Icon name="check" />
              <div>
                <strong>{t('engagement.rules.grade')}</strong>
                <p className="quiet">
                  {page.minGrade === 0 ? t('grade.any') : t('grade.from', { grade: page.minGrade })}
                </p>
              </div>
            </li>
          </ul>
        </Panel>
        <Panel title={t('engagement.rules.goals')}>
          <Markdown text={page.goals} />
        </Panel>
        <TestRules engagementId={page.engagementId} role={page.myRole} />
        {page.may.includes('witness_rule.read') ? (
          <WitnessRule engagementId={page.engagementId} role={page.myRole} />
        ) : null}
      </div>
      <Panel
        title={t('engagement.rules.rewards')}
        about={t('engagement.rules.rewardsAbout')}
        extra={
          page.budgetFen === null ? undefined : (
            <span className="quiet">
              {t('engagement.rules.budget')} <strong>{yuanText(page.budgetFen, language)}</strong>
            </span>
          )
        }
        flush
      >
        <DataList
          label={t('engagement.rules.rewards')}
          rows={severities}
          rowKey={(severity) => severity}
          empty={null}
          columns={[
            {
              key: 'severity',
              label: t('engagement.rules.severity'),
              cell: (severity) => <SeverityPill severity={severity} />,
            },
            {
              key: 'range',
              label: t('engagement.rules.range'),
              role: 'end',
              cell: (severity) => {
                const row = rewardOf.get(severity)
                if (!row) return <span className="muted">{t('engagement.rules.none')}</span>
                return `${yuanText(row.minFen, language)} – ${yuanText(row.maxFen, language)}`
              },
            },
          ]}
        />
      </Panel>
    </div>
  )
}

import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../i18n/index.ts'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import { yuanText } from '../../ui/money.ts'
import { useEngagement } from '../engagements/engagement-context.ts'

const rules = ['evidence', 'merge', 'data', 'record'] as const

/** Beside the form: why it came back, what it pays, and what counts. */
export function SubmissionNotes({ returned }: { returned?: string }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const { rewardTable } = useEngagement()
  return (
    <div className="stack">
      {returned === undefined ? null : (
        <Notice tone="warn" title={t('findings.page.mendWhy')}>
          <p className="pre break">{returned}</p>
        </Notice>
      )}
      <Panel title={t('findings.form.rules')}>
        <ul className="note-list">
          {rules.map((rule) => (
            <li key={rule}>{t(`findings.form.rule.${rule}`)}</li>
          ))}
        </ul>
      </Panel>
      <Panel title={t('findings.form.rewards')}>
        {rewardTable.length === 0 ? (
          <p className="muted">{t('findings.form.noRewards')}</p>
        ) : (
          <ul className="note-rewards">
            {rewardTable.map(({ severity, minFen, maxFen }) => (
              <li key={severity}>
                <SeverityPill severity={severity} />
                <span>
                  {yuanText(minFen, language)} – {yuanText(maxFen, language)}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </div>
  )
}

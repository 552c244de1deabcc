import { WorkTeamPanel } from '../groups/WorkTeam.tsx'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { LinkButton } from '../../app/LinkButton.tsx'
import { useLanguage } from '../../i18n/index.ts'
import { Markdown } from '../../ui/Markdown.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { TimeWindow } from '../../ui/TimeWindow.tsx'
import { yuanText } from '../../ui/money.ts'
import { NextSteps } from './NextSteps.tsx'
import { PhaseRoad } from './PhaseRoad.tsx'
import { useEngagement } from './engagement-context.ts'

const counted = ['findings', 'exchanges', 'refusals', 'testers'] as const
/** Whoever has no list of the traffic has no number of it either: theirs would be a nought that is not true. */
const ofTraffic: ReadonlySet<(typeof counted)[number]> = new Set(['exchanges', 'refusals'])

export default function OverviewTab(): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const page = useEngagement()
  const editable = page.state === 'draft' && page.may.includes('engagement.edit')
  const unknown = <span className="muted">{t('time.none')}</span>
  return (
    <div className="stack">
      <PhaseRoad state={page.state} />
      <div className="columns">
        <div className="stack">
          <NextSteps page={page} />
          <Panel
            title={t('engagement.overview.goals')}
            extra={
              editable ? (
                <LinkButton to="/engagements/$engagementId/edit" params={{ engagementId: page.engagementId }}>
                  {t('engagement.overview.editDraft')}
                </LinkButton>
              ) : undefined
            }
          >
            <Markdown text={page.goals} />
          </Panel>
        </div>
        <div className="stack">
          <dl className="counts">
            {counted
              .filter((name) => page.may.includes('traffic.list') || !ofTraffic.has(name))
              .map((name) => (
                <div key={name}>
                  <dt>{t(`engagement.overview.counts.${name}`)}</dt>
                  <dd>{page.counts[name].toLocaleString(language)}</dd>
                </div>
              ))}
          </dl>
          <Panel title={t('engagement.overview.facts')}>
            <Facts
              rows={[
                [t('engagement.overview.demand'), page.demandName],
                [t('engagement.overview.organizer'), page.organizerName ?? unknown],
                [t('engagement.overview.auditor'), page.auditorName ?? unknown],
                [
                  t('engagement.overview.auditMode'),
                  page.auditMode === null ? unknown : t(`auditMode.${page.auditMode}`),
                ],
                [
                  t('engagement.overview.window'),
                  <TimeWindow key="window" opens={page.windowOpens} closes={page.windowCloses} lines />,
                ],
                [t('engagement.overview.environment'), t(`environment.${page.environment}`)],
                [t('engagement.overview.data'), t(`dataLevel.${page.dataLevel}`)],
                [
                  t('engagement.overview.minGrade'),
                  page.minGrade === 0 ? t('grade.any') : t('grade.from', { grade: page.minGrade }),
                ],
                ...(page.budgetFen === null
                  ? []
                  : [[t('engagement.overview.budget'), yuanText(page.budgetFen, language)] as const]),
              ]}
            />
          </Panel>
          <WorkTeamPanel engagementId={page.engagementId} />
        </div>
      </div>
    </div>
  )
}

import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { LinkButton } from '../../app/LinkButton.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'
import { maySubmit } from './may-submit.ts'

/** A form for whoever submits findings here; others learn so before they fill it in. */
export function ForSubmitters({ children }: { children: ReactNode }): ReactNode {
  const { t } = useTranslation()
  const page = useEngagement()
  const { engagementId } = page
  if (maySubmit(page)) return children
  const late = page.may.includes('finding.submit')
  return (
    <div className="panel">
      <EmptyState
        icon="bug"
        title={t(late ? 'findings.form.notNow' : 'findings.form.notYours')}
        why={t(late ? 'findings.form.notNowWhy' : 'findings.form.notYoursWhy')}
        action={
          <LinkButton to="/engagements/$engagementId/findings" params={{ engagementId }}>
            {t('findings.page.back')}
          </LinkButton>
        }
      />
    </div>
  )
}

import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { EngagementForm } from './EngagementForm.tsx'
import { useEngagement } from './engagement-context.ts'

/** Changes the demand while it is a draft. */
export default function EditTab(): ReactNode {
  const { t } = useTranslation()
  const page = useEngagement()
  const navigate = useNavigate()
  const act = useAct('PATCH /api/engagements/:engagementId')
  const { engagementId } = page
  if (page.state !== 'draft' || !page.may.includes('engagement.edit'))
    return (
      <div className="panel">
        <EmptyState
          icon="target"
          title={t('engagement.edit.notNow')}
          why={t('engagement.edit.notNowWhy')}
          action={
            <LinkButton to="/engagements/$engagementId" params={{ engagementId }}>
              {t('engagement.tab.overview')}
            </LinkButton>
          }
        />
      </div>
    )
  return (
    <EngagementForm
      page={page}
      submit={t('engagement.edit.saveChange')}
      pending={act.isPending}
      problem={act.error}
      onSubmit={(draft) =>
        act.mutate(
          { params: { engagementId }, body: { ...draft, version: page.version } },
          { onSuccess: () => void navigate({ to: '/engagements/$engagementId', params: { engagementId } }) },
        )
      }
    />
  )
}

import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { EngagementForm } from './EngagementForm.tsx'
import './engagements.css'

/** Begins a demand; afterwards the scope is written. */
export default function CreateEngagementPage(): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const me = useMe()
  const act = useAct('POST /api/engagements')
  if (!me.may.includes('engagement.create')) {
    return (
      <>
        <PageHeader title={t('engagement.edit.create')} />
        <div className="panel">
          <EmptyState icon="target" title={t('engagement.edit.notYours')} why={t('engagement.edit.notYoursWhy')} />
        </div>
      </>
    )
  }
  return (
    <>
      <PageHeader title={t('engagement.edit.create')} about={t('engagement.edit.createAbout')} />
      <EngagementForm
        submit={t('engagement.edit.save')}
        pending={act.isPending}
        problem={act.error}
        onSubmit={(body) =>
          act.mutate(
            { body },
            {
              onSuccess: ({ engagementId }) =>
                void navigate({ to: '/engagements/$engagementId/scope', params: { engagementId } }),
            },
          )
        }
      />
    </>
  )
}

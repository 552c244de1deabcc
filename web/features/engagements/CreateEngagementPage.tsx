import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { EngagementForm } from './EngagementForm.tsx'
import './engagements.css'

/** Begins a demand; afterwards the scope is written. */
export default function CreateEngagementPage(): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const act = useAct('POST /api/engagements')
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

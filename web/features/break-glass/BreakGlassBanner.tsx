import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { TimeLeft } from '../approvals/TimeLeft.tsx'
import { Notice } from '../../ui/Notice.tsx'
import '../approvals/approvals.css'

/** On every page of an engagement while somebody reads it in an emergency. */
export function BreakGlassBanner({ engagementId }: { engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const found = useApi(
    'GET /api/engagements/:engagementId/break-glass',
    { params: { engagementId } },
    { every: 15_000 },
  )
  const open = (found.data?.accesses ?? []).filter((one) => one.open)
  if (open.length === 0) return null
  return (
    <div className="stack-tight break-glass">
      {open.map((one) => (
        <Notice
          key={one.breakGlassId}
          tone="bad"
          title={t('breakGlass.open', { name: one.reader, org: one.orgName })}
          action={
            <Link to="/engagements/$engagementId/readings" params={{ engagementId }}>
              {t('breakGlass.details')}
            </Link>
          }
        >
          <p className="approval-words">{t('breakGlass.purposeIs', { purpose: one.purpose })}</p>
          <p>
            {t('breakGlass.approvedBy', { name: one.approvedBy })} · {t('approvals.timeLeft')}{' '}
            <TimeLeft until={one.endsAt} />
          </p>
        </Notice>
      ))}
    </div>
  )
}

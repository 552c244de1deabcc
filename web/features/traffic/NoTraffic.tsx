import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'

/** Why nothing is here; a tester learns how to point a tool at the gateway. */
export function NoTraffic({ filtered }: { filtered: boolean }): ReactNode {
  const { t } = useTranslation()
  const { engagementId, may } = useEngagement()
  const isTester = may.includes('lease.issue')
  const leases = useApi(
    'GET /api/engagements/:engagementId/leases',
    { params: { engagementId } },
    { enabled: isTester && !filtered },
  )
  if (filtered)
    return <EmptyState icon="search" title={t('traffic.empty.filtered')} why={t('traffic.empty.filteredWhy')} />
  const lease = leases.data?.leases.find(({ state }) => state === 'active')
  return (
    <EmptyState
      icon="traffic"
      title={t('traffic.empty.title')}
      why={t('traffic.empty.why')}
      action={
        isTester ? (
          <div className="traffic-how">
            <p>{lease ? t('traffic.empty.how') : t('traffic.empty.noLease')}</p>
            {lease ? <code>{lease.proxyName}</code> : null}
            <Link to="/engagements/$engagementId/people" params={{ engagementId }}>
              {t('traffic.empty.toPeople')}
            </Link>
          </div>
        ) : undefined
      }
    />
  )
}

import { Link, Outlet, getRouteApi } from '@tanstack/react-router'
import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { NotFoundPage } from '../../app/NotFoundPage.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Loading } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { StateChip } from '../../ui/StateChip.tsx'
import { TimeWindow } from '../../ui/TimeWindow.tsx'
import { usePageTitle } from '../../ui/use-page-title.ts'
import { BreakGlassBanner } from '../break-glass/BreakGlassBanner.tsx'
import { StopOrder } from './StopOrder.tsx'
import { EngagementContext } from './engagement-context.ts'
import { engagementTabs } from './tabs.ts'
import './engagements.css'

const route = getRouteApi('/shell/engagements/$engagementId')

/** Header, stop banner and tabs of one engagement; the tab itself is the outlet. */
export default function EngagementFrame(): ReactNode {
  const { engagementId } = route.useParams()
  const found = useApi('GET /api/engagements/:engagementId', { params: { engagementId } }, { every: 15_000 })
  if (found.error?.status === 404) return <NotFoundPage />
  const page = found.data?.engagementId === engagementId ? found.data : undefined
  if (page === undefined) {
    return found.error ? (
      <ProblemAlert problem={found.error} onRetry={() => void found.refetch()} />
    ) : (
      <Loading lines={8} />
    )
  }
  return (
    <EngagementContext value={page}>
      <Head page={page} />
      {page.may.includes('break_glass.read') ? <BreakGlassBanner engagementId={engagementId} /> : null}
      <Tabs page={page} />
      <Outlet />
    </EngagementContext>
  )
}

function Head({ page }: { page: EngagementPage }): ReactNode {
  const { t } = useTranslation()
  usePageTitle(page.title)
  return (
    <>
      <header className="engagement-head">
        <div>
          <div className="engagement-line">
            <span className="mono">{page.number}</span>
            <StateChip engagement={page.state} />
            <span className="tag">
              <Icon name="person" size={13} />
              {t('engagement.list.myRole')} · {t(`role.${page.myRole}`)}
            </span>
          </div>
          <h1>{page.title}</h1>
          <div className="engagement-line">
            <span>{page.demandName}</span>
            <TimeWindow opens={page.windowOpens} closes={page.windowCloses} />
          </div>
        </div>
        <StopOrder page={page} />
      </header>
      {page.stop === null ? null : (
        <div className="stop-banner" role="alert">
          <Icon name="stop" size={26} />
          <div>
            <strong>{t('engagement.stop.active', { role: t(`role.${page.stop.byRole}`) })}</strong>
            <p>{page.stop.reason}</p>
            <p>
              {t('engagement.stop.at')} <Moment at={page.stop.at} seconds /> · {t('engagement.stop.none')}
            </p>
          </div>
        </div>
      )}
    </>
  )
}

function Tabs({ page }: { page: EngagementPage }): ReactNode {
  const { t } = useTranslation()
  const bar = useRef<HTMLElement>(null)
  const { engagementId } = page
  // On a narrow screen the tab of this page may stand outside of the visible part of the bar.
  useEffect(() => {
    bar.current?.querySelector('.active')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [])
  return (
    <nav className="tabs no-print" ref={bar} aria-label={t('engagement.tab.label')}>
      {engagementTabs
        .filter((tab) => tab.shows(page))
        .map((tab) => (
          <Link
            key={tab.to}
            to={tab.to}
            params={{ engagementId }}
            search={{}}
            activeOptions={{ exact: tab.to === '/engagements/$engagementId', includeSearch: false }}
          >
            {t(tab.label) as string}
          </Link>
        ))}
    </nav>
  )
}

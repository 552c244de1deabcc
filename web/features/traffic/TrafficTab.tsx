import type { ExchangeRowView } from '@zhongheng/contracts/http/traffic.ts'
import { Link, Outlet, getRouteApi, useNavigate, useParams } from '@tanstack/react-router'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../i18n/index.ts'
import { Icon } from '../../ui/Icon.tsx'
import { Loading } from '../../ui/Loaded.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useMedia } from '../../ui/use-media.ts'
import { useEngagement } from '../engagements/engagement-context.ts'
import { ExchangeList } from './ExchangeList.tsx'
import { ExportMenu } from './ExportMenu.tsx'
import { MarkedBar } from './MarkedBar.tsx'
import { type Marked, toggledMark } from './marked.ts'
import { NoTraffic } from './NoTraffic.tsx'
import { TrafficFilterBar } from './TrafficFilterBar.tsx'
import { TrafficStatus } from './TrafficStatus.tsx'
import { useExchanges } from './use-exchanges.ts'
import './traffic.css'

const route = getRouteApi('/shell/engagements/$engagementId/traffic')

/** The live list; an opened exchange stands beside it where there is room, and in its place where there is not. */
export default function TrafficTab(): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { engagementId, may } = useEngagement()
  const filters = route.useSearch()
  const navigate = useNavigate()
  const opened = useParams({ strict: false, select: (params) => params.exchangeId })
  const beside = useMedia('(min-width: 1200px)')
  const [paused, setPaused] = useState(false)
  const [marked, setMarked] = useState<Marked>(new Map())
  const mark = (row: ExchangeRowView): void => setMarked(toggledMark(marked, row))
  const { feed, problem, live, missed, loadingOlder, loadOlder, retry } = useExchanges(engagementId, filters, paused)
  const open = (exchangeId: string): void =>
    void navigate({
      to: '/engagements/$engagementId/traffic/$exchangeId',
      params: { engagementId, exchangeId },
      search: filters,
    })

  if (opened !== undefined && !beside) return <Outlet />
  // Who may not look has nothing to filter, and asking again changes nothing.
  if (problem?.status === 403) return <ProblemAlert problem={problem} />
  return (
    <div className="traffic">
      <div className="traffic-bar">
        <TrafficFilterBar
          engagementId={engagementId}
          filters={filters}
          seesAll={!may.includes('lease.issue')}
          searchesText={may.includes('captures.read')}
        />
        <div className="traffic-live">
          <Link to="/engagements/$engagementId/coverage" params={{ engagementId }}>
            {t('traffic.coverage.title')}
          </Link>
          {/* What a search in content found is exported by marking it. */}
          {may.includes('captures.read') && filters.text === undefined && !feed?.disposed ? (
            <ExportMenu engagementId={engagementId} filters={filters} label={t('traffic.export.all')} />
          ) : null}
          <span className={`live-dot ${paused ? 'paused' : live}`} aria-hidden />
          <span aria-live="polite">{t(`traffic.live.${paused ? 'paused' : live}`)}</span>
          <Button
            size="small"
            onClick={() => setPaused(!paused)}
            {...(missed ? { type: 'primary' as const, title: t('traffic.live.waiting') } : {})}
          >
            {t(paused ? 'traffic.live.resume' : 'traffic.live.pause')}
          </Button>
        </div>
      </div>
      {feed?.disposed ? (
        <Notice tone="warn" title={t('traffic.disposed')}>
          <p>{say(feed.disposed.words)}</p>
        </Notice>
      ) : feed ? (
        <TrafficStatus feed={feed} />
      ) : null}
      <div className={opened === undefined ? '' : 'with-exchange'}>
        <section className="traffic-list" aria-label={t('traffic.title')}>
          <ProblemAlert problem={problem} onRetry={retry} />
          {feed === undefined && !problem ? <Loading lines={10} /> : null}
          <MarkedBar engagementId={engagementId} marked={marked} onClear={() => setMarked(new Map())} />
          {feed?.searched ? (
            <p className="muted traffic-note" role="status">
              <Icon name="search" size={14} /> {t('traffic.searched', { opened: feed.searched.opened })}
              {feed.searched.partly ? ` ${t('traffic.searchedPartly')}` : ''}
            </p>
          ) : null}
          {feed?.rows.length === 0 && feed.next !== null ? (
            <Button loading={loadingOlder} onClick={loadOlder}>
              {t('traffic.searchOn')}
            </Button>
          ) : null}
          {feed?.rows.length === 0 && feed.next === null ? (
            <NoTraffic filtered={Object.keys(filters).length > 0} />
          ) : null}
          {feed && feed.rows.length > 0 ? (
            <>
              <ExchangeList
                rows={feed.rows}
                opened={opened}
                onOpen={open}
                more={feed.next !== null && !loadingOlder}
                onEnd={loadOlder}
                marked={marked}
                onMark={mark}
                showTester={!may.includes('lease.issue')}
              />
              <p className="traffic-foot muted">
                <span>{t('traffic.shown', { count: feed.rows.length })}</span>
                <span className="traffic-keys">{t('traffic.keys')}</span>
                {feed.next === null ? (
                  <span>{t('traffic.end')}</span>
                ) : (
                  <Button size="small" type="text" loading={loadingOlder} onClick={loadOlder}>
                    {t('traffic.older')}
                  </Button>
                )}
              </p>
            </>
          ) : null}
          <p className="traffic-note muted">
            <Icon name="info" size={14} /> {t('traffic.gateway.notRecorded')}
          </p>
        </section>
        {opened === undefined ? null : <Outlet />}
      </div>
    </div>
  )
}

import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { present } from '../../app/search.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'
import { useAdmitted } from '../testers/use-admitted.ts'
import { useLive } from '../traffic/use-live.ts'
import { AlertCard } from './AlertCard.tsx'
import { AlertReceivers } from './AlertReceivers.tsx'
import { type AlertFilters, alertStates } from './alert-filters.ts'
import { signals } from './signals.ts'
import './conduct.css'

const route = getRouteApi('/shell/engagements/$engagementId/alerts')
const pageSize = 50

/** The inbox of alerts; it follows the engagement's live events. */
export default function AlertsTab(): ReactNode {
  const { t } = useTranslation()
  const page = useEngagement()
  const { engagementId } = page
  const filters = route.useSearch()
  const [limit, setLimit] = useState(pageSize)
  const found = useApi('GET /api/engagements/:engagementId/alerts', {
    params: { engagementId },
    query: { ...filters, limit },
  })
  useLive(engagementId, () => void found.refetch())
  const filtered = Object.keys(filters).length > 0
  return (
    <div className="stack">
      <Panel
        flush
        title={t('conduct.alerts.title')}
        about={t('conduct.alerts.about')}
        extra={
          found.data ? <span className="quiet">{t('conduct.alerts.open', { count: found.data.open })}</span> : null
        }
      >
        <Filters engagementId={engagementId} filters={filters} seesAll={page.myRole !== 'tester'} />
        <Loaded query={found} lines={6}>
          {(list) => (
            <>
              {list.lagSeconds > 5 ? (
                <Notice tone="warn">{t('conduct.alerts.lag', { seconds: Math.round(list.lagSeconds) })}</Notice>
              ) : null}
              {list.alerts.length === 0 ? (
                <EmptyState
                  icon="shield"
                  title={t(filtered ? 'conduct.alerts.noneFiltered' : 'conduct.alerts.none')}
                  why={t('conduct.alerts.noneWhy')}
                />
              ) : null}
              {list.alerts.map((alert) => (
                <AlertCard key={alert.alertId} alert={alert} page={page} mayHandle={list.mayHandle} />
              ))}
              {list.next === null || limit >= 200 ? null : (
                <div className="alert-more">
                  <Button onClick={() => setLimit(Math.min(200, limit + pageSize))}>{t('conduct.alerts.older')}</Button>
                </div>
              )}
            </>
          )}
        </Loaded>
      </Panel>
      {page.may.includes('alert_receiver.read') ? <AlertReceivers engagementId={engagementId} /> : null}
    </div>
  )
}

function Filters({
  engagementId,
  filters,
  seesAll,
}: {
  engagementId: string
  filters: AlertFilters
  seesAll: boolean
}): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const testers = useAdmitted(engagementId, seesAll)
  const set = (change: { readonly [name in keyof AlertFilters]?: string | undefined }): void =>
    void navigate({
      to: '.',
      search: (before: object) => present({ ...before, ...change }) as AlertFilters,
      replace: true,
    })
  return (
    <div className="alert-filters" role="search">
      <Select
        aria-label={t('conduct.alerts.state')}
        value={filters.state ?? ''}
        onChange={(state) => set({ state: state || undefined })}
        options={[
          { value: '', label: t('conduct.alerts.anyState') },
          ...alertStates.map((value) => ({ value, label: t(`conduct.alerts.states.${value}`) })),
        ]}
      />
      <Select
        aria-label={t('conduct.alerts.kind')}
        value={filters.kind ?? ''}
        onChange={(kind) => set({ kind: kind || undefined })}
        options={[
          { value: '', label: t('conduct.alerts.anyKind') },
          ...signals.map((value) => ({ value, label: t(`conduct.signals.${value}`) })),
        ]}
      />
      {seesAll ? (
        <Select
          aria-label={t('conduct.alerts.tester')}
          value={filters.testerId ?? ''}
          onChange={(testerId) => set({ testerId: testerId || undefined })}
          options={[
            { value: '', label: t('conduct.alerts.anyTester') },
            ...testers.map(({ personId, name }) => ({ value: personId, label: name })),
          ]}
        />
      ) : null}
      {Object.keys(filters).length > 0 ? (
        <Button onClick={() => set({ state: undefined, kind: undefined, testerId: undefined })}>
          {t('conduct.alerts.clear')}
        </Button>
      ) : null}
    </div>
  )
}

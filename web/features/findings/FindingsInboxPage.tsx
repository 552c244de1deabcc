import { Link, getRouteApi, useNavigate } from '@tanstack/react-router'
import { Select } from 'antd'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { present } from '../../app/search.ts'
import { useMe } from '../../app/session.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Loading } from '../../ui/Loaded.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { severities } from '../../ui/severities.ts'
import { useMedia } from '../../ui/use-media.ts'
import { AssignBar } from './AssignBar.tsx'
import { FindingRows } from './FindingRows.tsx'
import { FindingView } from './FindingView.tsx'
import { type InboxSearch, assignees, openedOf, viewNames } from './filters.ts'
import { useFindings } from './use-findings.ts'
import './findings.css'

const route = getRouteApi('/shell/findings')

/** Views, list and finding side by side; the views move above the list, then the list gives way, as it gets narrow. */
export default function FindingsInboxPage(): ReactNode {
  const { t } = useTranslation()
  const search = route.useSearch()
  const me = useMe()
  const narrow = useMedia('(max-width: 767px)')
  const view = search.view ?? 'all'
  const found = useFindings(view, search)
  const views = useRef<HTMLElement>(null)
  const mayAssign = found.data?.mayAssign ?? false
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set())
  // What left the list or was settled meanwhile is no longer meant.
  const tickedRows = found.data?.rows.filter((row) => row.assignable && ticked.has(row.findingId)) ?? []
  const tick = (findingId: string): void =>
    setTicked((before) => {
      const after = new Set(before)
      if (!after.delete(findingId)) after.add(findingId)
      return after
    })
  // Where the views stand in one line, the chosen one may be outside of it.
  useEffect(() => {
    views.current?.querySelector('.chosen')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [view])
  const opened = openedOf(search.open)
  const { open: _open, ...list } = search
  const back = (
    <Link to="/findings" search={list} className="finding-back">
      <Icon name="back" size={16} />
      {t('findings.page.back')}
    </Link>
  )
  const finding = opened ? <FindingView key={opened.findingId} {...opened} back={narrow ? back : undefined} /> : null
  if (narrow && finding) return finding
  const counts = found.data?.counts
  const filtered =
    search.severity !== undefined ||
    search.assignee !== undefined ||
    search.engagementId !== undefined ||
    (search.view !== undefined && search.view !== 'all')
  return (
    <>
      <PageHeader title={t('findings.title')} about={t('findings.about')} />
      <div className="inbox">
        <nav className="inbox-views" ref={views} aria-label={t('findings.views')}>
          {viewNames.map((name) => (
            <Link
              key={name}
              to="/findings"
              search={present({ ...list, view: name })}
              className={name === view ? 'chosen' : ''}
              aria-current={name === view ? 'page' : undefined}
            >
              <span>{t(`findings.view.${name}`)}</span>
              <span className="inbox-count">{counts?.get(name) ?? '·'}</span>
            </Link>
          ))}
        </nav>
        <section className="inbox-list" aria-label={t(`findings.view.${view}`)}>
          <InboxFilters search={search} mayAssign={mayAssign} />
          {tickedRows.length > 0 ? <AssignBar rows={tickedRows} onDone={() => setTicked(new Set())} /> : null}
          <ProblemAlert problem={found.error} onRetry={() => void found.refetch()} />
          {found.data === undefined && !found.error ? <Loading lines={8} /> : null}
          {found.data?.rows.length === 0 ? (
            filtered ? (
              <EmptyState icon="search" title={t('findings.list.empty')} why={t('findings.list.emptyWhy')} />
            ) : (
              <EmptyState icon="bug" title={t('findings.list.none')} why={t(`findings.list.noneWhy.${me.orgKind}`)} />
            )
          ) : null}
          {found.data && found.data.rows.length > 0 ? (
            <FindingRows
              rows={found.data.rows}
              inbox={search}
              ticking={mayAssign ? { ticked, tick } : undefined}
              showEngagement={search.engagementId === undefined}
              more={
                found.hasNextPage
                  ? { loading: found.isFetchingNextPage, load: () => void found.fetchNextPage() }
                  : undefined
              }
            />
          ) : null}
        </section>
        {narrow ? null : (
          <section className="inbox-finding">
            {finding ?? (
              <EmptyState
                icon="bug"
                title={t('findings.list.pick')}
                why={`${t('findings.list.pickWhy')} ${t(mayAssign ? 'findings.list.keysAssign' : 'findings.list.keys')}`}
              />
            )}
          </section>
        )}
      </div>
    </>
  )
}

function InboxFilters({ search, mayAssign }: { search: InboxSearch; mayAssign: boolean }): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const engagements = useApi('GET /api/engagements', { query: { limit: 100 } })
  const set = (change: { [K in keyof InboxSearch]?: InboxSearch[K] | undefined }): void =>
    void navigate({ to: '/findings', search: present({ ...search, ...change }) as InboxSearch, replace: true })
  return (
    <div className={mayAssign ? 'inbox-filters three' : 'inbox-filters'}>
      <Select
        aria-label={t('findings.list.severity')}
        value={search.severity ?? ''}
        onChange={(value) => set({ severity: severities.find((one) => one === value) })}
        options={[
          { value: '', label: t('findings.list.anySeverity') },
          ...severities.map((value) => ({ value, label: t(`severity.${value}`) })),
        ]}
      />
      {mayAssign ? (
        <Select
          aria-label={t('findings.assign.label')}
          value={search.assignee ?? ''}
          onChange={(value) => set({ assignee: assignees.find((one) => one === value) })}
          options={[
            { value: '', label: t('findings.assign.anybody') },
            { value: 'me', label: t('findings.assign.mine') },
            { value: 'nobody', label: t('findings.assign.none') },
          ]}
        />
      ) : null}
      <Select
        aria-label={t('findings.list.engagement')}
        value={search.engagementId ?? ''}
        onChange={(value) => set({ engagementId: value === '' ? undefined : value })}
        options={[
          { value: '', label: t('findings.list.anyEngagement') },
          ...(engagements.data?.engagements ?? []).map(({ engagementId, title }) => ({
            value: engagementId,
            label: title,
          })),
        ]}
      />
    </div>
  )
}

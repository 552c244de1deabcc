import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, getRouteApi } from '@tanstack/react-router'
import type { EngagementRow } from '@zhongheng/contracts/http/engagements.ts'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { Button, Input, Select } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { useMe } from '../../app/session.ts'
import { type Column, DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loading } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { StateChip } from '../../ui/StateChip.tsx'
import { TimeWindow } from '../../ui/TimeWindow.tsx'
import { stateNames } from './filters.ts'
import './engagements.css'

const route = getRouteApi('/shell/engagements')

export default function EngagementsPage(): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const found = useInfiniteQuery<
    Reply<'GET /api/engagements'>,
    ApiProblem,
    EngagementRow[],
    readonly unknown[],
    string | undefined
  >({
    queryKey: ['GET /api/engagements', { pages: true, query: filters }],
    queryFn: ({ pageParam, signal }) =>
      callWith(
        'GET /api/engagements',
        { query: { ...filters, ...(pageParam ? { after: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    select: ({ pages }) => pages.flatMap((page) => page.engagements),
  })
  const filtered = filters.state !== undefined || filters.search !== undefined
  const create = me.may.includes('engagement.create') ? (
    <LinkButton color="primary" variant="solid" to="/engagements/new">
      {t('engagement.list.create')}
    </LinkButton>
  ) : undefined
  const clear = <Button onClick={() => void navigate({ search: {} })}>{t('action.clear')}</Button>
  const columns: Column<EngagementRow>[] = [
    {
      key: 'title',
      label: t('engagement.list.name'),
      role: 'lead',
      cell: (row) => (
        <div>
          <Link to="/engagements/$engagementId" params={{ engagementId: row.engagementId }} className="row-title">
            {row.title}
          </Link>
          <div className="muted mono">{row.number}</div>
        </div>
      ),
    },
    { key: 'state', label: t('engagement.list.state'), cell: (row) => <StateChip engagement={row.state} /> },
    {
      key: 'role',
      label: t('engagement.list.myRole'),
      cell: (row) => <span className="nowrap">{t(`role.${row.myRole}`)}</span>,
    },
    {
      key: 'parties',
      label: t('engagement.list.parties'),
      wide: true,
      cell: (row) => (
        <div className="quiet parties">
          <div>{row.demandName}</div>
          <div className="muted">
            {[row.organizerName, row.auditorName].filter((name) => name !== null).join(' · ')}
          </div>
        </div>
      ),
    },
    {
      key: 'window',
      label: t('engagement.list.window'),
      cell: (row) => <TimeWindow opens={row.windowOpens} closes={row.windowCloses} lines />,
    },
    { key: 'updated', label: t('engagement.list.updated'), wide: true, cell: (row) => <Moment at={row.updatedAt} /> },
  ]
  return (
    <>
      <PageHeader title={t('engagement.list.title')} about={t('engagement.list.about')} actions={create} />
      <div className="filters" role="search">
        <Input.Search
          key={filters.search ?? ''}
          className="filter-text"
          allowClear
          defaultValue={filters.search ?? ''}
          placeholder={t('engagement.list.search')}
          aria-label={t('engagement.list.search')}
          maxLength={100}
          onSearch={(typed) =>
            void navigate({
              search: ({ search: _before, ...rest }) => (typed.trim() ? { ...rest, search: typed.trim() } : rest),
            })
          }
        />
        <Select
          className="filter-state"
          aria-label={t('engagement.list.state')}
          value={filters.state ?? 'any'}
          options={[
            { value: 'any', label: t('engagement.list.anyState') },
            ...stateNames.map((state) => ({ value: state, label: t(`engagementState.${state}`) })),
          ]}
          onChange={(chosen: string) =>
            void navigate({
              search: ({ state: _before, ...rest }) => {
                const state = stateNames.find((name) => name === chosen)
                return state ? { ...rest, state } : rest
              },
            })
          }
        />
        {filtered ? clear : null}
      </div>
      <ProblemAlert problem={found.error} onRetry={() => void found.refetch()} />
      {found.data === undefined ? (
        found.error ? null : (
          <Loading lines={8} />
        )
      ) : (
        <div className="panel">
          <DataList
            label={t('engagement.list.title')}
            columns={columns}
            rows={found.data}
            rowKey={(row) => row.engagementId}
            empty={
              filtered ? (
                <EmptyState
                  icon="search"
                  title={t('engagement.list.emptyFiltered')}
                  why={t('engagement.list.emptyFilteredWhy')}
                  action={clear}
                />
              ) : (
                <EmptyState
                  icon="target"
                  title={t('engagement.list.empty')}
                  why={t(`people.home.noneRunningText.${me.orgKind}`)}
                  action={create}
                />
              )
            }
          />
        </div>
      )}
      {found.hasNextPage ? (
        <div className="more">
          <Button loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t('action.more')}
          </Button>
        </div>
      ) : null}
    </>
  )
}

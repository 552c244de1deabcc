import { Link, getRouteApi } from '@tanstack/react-router'
import type { EngagementRow } from '@zhongheng/contracts/http/engagements.ts'
import { Button, Input, Select } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import { usePages } from '../../api/use-pages.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { useMe } from '../../app/session.ts'
import { type Column, DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Paged } from '../../ui/Paged.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
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
  const found = usePages(
    ['GET /api/engagements', { pages: true, query: filters }],
    (after, options) => callWith('GET /api/engagements', { query: { ...filters, ...after } }, options),
    (page) => page.engagements,
  )
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
      <Paged found={found}>
        {(rows) => (
          <div className="panel">
            <DataList
              label={t('engagement.list.title')}
              columns={columns}
              rows={rows}
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
      </Paged>
    </>
  )
}

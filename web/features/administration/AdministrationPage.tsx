import { getRouteApi } from '@tanstack/react-router'
import type { AdministrationEntry } from '@zhongheng/contracts/http/administration.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import { usePages } from '../../api/use-pages.ts'
import { useMe } from '../../app/session.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { LedgerTag } from '../../ui/LedgerTag.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Paged } from '../../ui/Paged.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { PrivacyCounts } from './PrivacyCounts.tsx'
import { RecordFilterBar } from './RecordFilterBar.tsx'
import { TraceCopies } from './TraceCopies.tsx'
import { recordQuery } from './record-filters.ts'
import './administration.css'

const key = 'GET /api/administration-record'
const route = getRouteApi('/shell/administration')

/** What the administrators of the own organisation did, and who signed in: for its audit administrator. */
export default function AdministrationPage(): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const filters = route.useSearch()
  const found = usePages(
    [key, filters],
    (after, options) => callWith(key, { query: { ...recordQuery(filters), ...after } }, options),
    (page) => page.entries,
  )
  return (
    <>
      <PageHeader title={t('administration.title')} about={t('administration.about')} />
      <div className="stack">
        <Panel flush title={t('administration.entries')}>
          <RecordFilterBar filters={filters} />
          <Paged found={found}>
            {(entries) => <Entries entries={entries} filtered={Object.keys(filters).length > 0} />}
          </Paged>
        </Panel>
        {me.may.includes('copies.trace') ? <TraceCopies /> : null}
        <PrivacyCounts />
      </div>
    </>
  )
}

function Entries({ entries, filtered }: { entries: readonly AdministrationEntry[]; filtered: boolean }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  return (
    <DataList
      label={t('administration.title')}
      rows={entries}
      rowKey={(entry) => entry.eventId}
      empty={
        <EmptyState
          icon="ledger"
          title={t(filtered ? 'administration.emptyFiltered' : 'administration.empty')}
          why={t(filtered ? 'administration.emptyFilteredWhy' : 'administration.emptyWhy')}
        />
      }
      columns={[
        { key: 'at', label: t('administration.column.at'), cell: (entry) => <Moment at={entry.at} seconds /> },
        {
          key: 'by',
          label: t('administration.column.by'),
          role: 'lead',
          cell: (entry) =>
            entry.by === null ? (
              <span className="muted">{t('administration.platform')}</span>
            ) : (
              <strong>{entry.by.name}</strong>
            ),
        },
        {
          key: 'what',
          label: t('administration.column.what'),
          cell: (entry) => (
            <span className="record-what">
              {say(entry.text)}
              {entry.detail === null ? null : <span className="muted">{say(entry.detail)}</span>}
            </span>
          ),
        },
        {
          key: 'about',
          label: t('administration.column.about'),
          cell: (entry) => entry.about ?? <span className="muted">—</span>,
        },
        {
          key: 'area',
          label: t('administration.column.area'),
          wide: true,
          cell: (entry) => <span className="tag">{t(`administration.area.${entry.area}`)}</span>,
        },
        {
          key: 'ledger',
          label: t('administration.column.ledger'),
          role: 'end',
          wide: true,
          cell: (entry) => <LedgerTag index={entry.ledgerIndex} />,
        },
      ]}
    />
  )
}

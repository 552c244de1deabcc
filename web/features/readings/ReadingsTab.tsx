import { Link, getRouteApi } from '@tanstack/react-router'
import type { ReadingRow } from '@zhongheng/contracts/http/readings.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import { usePages } from '../../api/use-pages.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { LedgerTag } from '../../ui/LedgerTag.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Paged } from '../../ui/Paged.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { BreakGlassPanel } from '../break-glass/BreakGlassPanel.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'
import { roleWord } from '../engagements/role-word.ts'
import { ReadingFilterBar } from './ReadingFilterBar.tsx'
import { readingQuery } from './reading-filters.ts'
import './readings.css'

const key = 'GET /api/engagements/:engagementId/readings'
const route = getRouteApi('/shell/engagements/$engagementId/readings')

/** Who read what and when; a tester sees their own readings. */
export default function ReadingsTab(): ReactNode {
  const { t } = useTranslation()
  const { engagementId, myRole, may } = useEngagement()
  const filters = route.useSearch()
  const found = usePages(
    [key, { engagementId, filters }],
    (after, options) =>
      callWith(key, { params: { engagementId }, query: { ...readingQuery(filters), ...after } }, options),
    (page) => page.readings,
  )
  const filtered = Object.keys(filters).length > 0
  const readings = (
    <Panel flush title={t('readings.title')} about={t(myRole === 'tester' ? 'readings.aboutOwn' : 'readings.about')}>
      <ReadingFilterBar filters={filters} people={found.first?.people ?? []} own={myRole === 'tester'} />
      <Paged found={found}>
        {(rows) => <Readings rows={rows} engagementId={engagementId} empty={<None filtered={filtered} />} />}
      </Paged>
    </Panel>
  )
  return (
    <div className="stack">
      {may.includes('break_glass.read') ? <BreakGlassPanel engagementId={engagementId} /> : null}
      {readings}
    </div>
  )
}

function None({ filtered }: { filtered: boolean }): ReactNode {
  const { t } = useTranslation()
  return (
    <EmptyState
      icon="ledger"
      title={t(filtered ? 'readings.emptyFiltered' : 'readings.empty')}
      why={t(filtered ? 'readings.emptyFilteredWhy' : 'readings.emptyWhy')}
    />
  )
}

function Readings({
  rows,
  engagementId,
  empty,
}: {
  rows: readonly ReadingRow[]
  engagementId: string
  empty: ReactNode
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  return (
    <DataList
      label={t('readings.title')}
      rows={rows}
      rowKey={(row) => row.eventId}
      empty={empty}
      columns={[
        { key: 'at', label: t('readings.column.at'), cell: (row) => <Moment at={row.at} seconds /> },
        {
          key: 'who',
          label: t('readings.column.who'),
          role: 'lead',
          cell: (row) => (
            <span className="reading-who">
              <strong>{row.personName || row.personId}</strong>
              <span className="muted">
                {row.orgName} · {roleWord(row.role, t)}
              </span>
            </span>
          ),
        },
        {
          key: 'what',
          label: t('readings.column.what'),
          cell: (row) => (
            <span className={row.what === 'unmasked' || row.what === 'captures' ? 'reading-more' : undefined}>
              {say(row.text)}
              {row.purpose === null ? null : (
                <span className="reading-purpose muted">{t('readings.purpose.said', { purpose: row.purpose })}</span>
              )}
            </span>
          ),
        },
        {
          key: 'subject',
          label: t('readings.column.subject'),
          cell: (row) => <Subject row={row} engagementId={engagementId} />,
        },
        {
          key: 'ledger',
          label: t('readings.column.ledger'),
          role: 'end',
          wide: true,
          cell: (row) => <LedgerTag index={row.ledgerIndex} />,
        },
      ]}
    />
  )
}

/** Leads to the object without opening it by itself: no preloading, for a look would be a reading. */
function Subject({ row, engagementId }: { row: ReadingRow; engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const { subject, label } = row
  if (subject === null) return <span className="muted">—</span>
  if (label === null) return <span className="muted">{t(`readings.nameless.${row.what}`)}</span>
  if (row.what === 'finding')
    return (
      <Link
        to="/engagements/$engagementId/findings/$findingId"
        params={{ engagementId, findingId: subject }}
        preload={false}
        className="mono"
      >
        {label}
      </Link>
    )
  if (row.what === 'exchange' || row.what === 'unmasked')
    return (
      <Link
        to="/engagements/$engagementId/traffic/$exchangeId"
        params={{ engagementId, exchangeId: subject }}
        preload={false}
        className="mono break"
      >
        {label}
      </Link>
    )
  return <span className="mono break">{label}</span>
}

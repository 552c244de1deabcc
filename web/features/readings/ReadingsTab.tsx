import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, getRouteApi } from '@tanstack/react-router'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import type { ReadingRow } from '@zhongheng/contracts/http/readings.ts'
import { Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loading } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
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
  const found = useInfiniteQuery<
    Reply<typeof key>,
    ApiProblem,
    Reply<typeof key>[],
    readonly unknown[],
    string | undefined
  >({
    queryKey: [key, { engagementId, filters }],
    queryFn: ({ pageParam, signal }) =>
      callWith(
        key,
        { params: { engagementId }, query: { ...readingQuery(filters), ...(pageParam ? { after: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    select: ({ pages }) => pages,
  })
  const rows = found.data?.flatMap((page) => page.readings)
  const filtered = Object.keys(filters).length > 0
  const readings = (
    <Panel flush title={t('readings.title')} about={t(myRole === 'tester' ? 'readings.aboutOwn' : 'readings.about')}>
      <ReadingFilterBar filters={filters} people={found.data?.[0]?.people ?? []} own={myRole === 'tester'} />
      <ProblemAlert problem={found.error} onRetry={() => void found.refetch()} />
      {rows === undefined && !found.error ? (
        <div className="reading-waits">
          <Loading lines={8} />
        </div>
      ) : null}
      {rows === undefined ? null : (
        <Readings rows={rows} engagementId={engagementId} empty={<None filtered={filtered} />} />
      )}
      {found.hasNextPage ? (
        <div className="more">
          <Button loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t('action.more')}
          </Button>
        </div>
      ) : null}
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
          cell: (row) =>
            row.ledgerIndex === null ? (
              <span className="tag warn">{t('engagement.timeline.pending')}</span>
            ) : (
              <Link to="/ledger" search={{ entry: String(row.ledgerIndex) }} className="tag mono">
                #{row.ledgerIndex}
              </Link>
            ),
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

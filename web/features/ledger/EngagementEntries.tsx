import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { Button, Select } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import { useApi } from '../../api/hooks.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loading } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

const key = 'GET /api/engagements/:engagementId/ledger'
type Entries = Reply<typeof key>

/** The entries of one engagement as they stand, newest first; each leads to its check above. */
export function EngagementEntries({ engagementId }: { engagementId: string | undefined }): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const engagements = useApi('GET /api/engagements', { query: { limit: 100 } })
  return (
    <Panel
      flush
      title={t('ledger.list.title')}
      extra={
        <Select
          className="ledger-choice"
          aria-label={t('ledger.list.engagement')}
          placeholder={t('ledger.list.choose')}
          {...(engagementId === undefined ? {} : { value: engagementId })}
          showSearch={{ optionFilterProp: 'label' }}
          onChange={(value: string) =>
            void navigate({
              to: '/ledger',
              search: (before: object) => ({ ...before, engagementId: value }),
              replace: true,
            })
          }
          options={(engagements.data?.engagements ?? []).map((one) => ({ value: one.engagementId, label: one.title }))}
        />
      }
    >
      {engagementId === undefined ? (
        <EmptyState icon="ledger" title={t('ledger.list.choose')} why={t('ledger.list.chooseWhy')} />
      ) : (
        <List engagementId={engagementId} />
      )}
    </Panel>
  )
}

function List({ engagementId }: { engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const found = useInfiniteQuery<Entries, ApiProblem, Entries['entries'], readonly unknown[], string | undefined>({
    queryKey: [key, 'pages', engagementId],
    queryFn: ({ pageParam, signal }) =>
      callWith(
        key,
        { params: { engagementId }, query: { limit: 50, ...(pageParam ? { after: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    select: ({ pages }) => pages.flatMap(({ entries }) => entries),
  })
  if (found.error) return <ProblemAlert problem={found.error} onRetry={() => void found.refetch()} />
  if (found.data === undefined) return <Loading lines={6} />
  return (
    <>
      <DataList
        label={t('ledger.list.title')}
        rows={found.data}
        rowKey={(row) => row.leaf}
        empty={<EmptyState icon="ledger" title={t('ledger.list.empty')} why={t('ledger.list.emptyWhy')} />}
        columns={[
          {
            key: 'index',
            label: t('ledger.list.index'),
            cell: (row) =>
              row.index === null ? (
                <span className="muted">{t('ledger.list.pending')}</span>
              ) : (
                <Link to="/ledger" search={{ engagementId, entry: String(row.index) }} className="mono">
                  #{row.index}
                </Link>
              ),
          },
          { key: 'at', label: t('ledger.list.at'), cell: (row) => <Moment at={row.at} seconds /> },
          { key: 'kind', label: t('ledger.list.kind'), cell: (row) => <code>{row.kind}</code> },
          {
            key: 'subject',
            label: t('ledger.list.subject'),
            cell: (row) => <code className="ledger-id">{row.subject ?? '—'}</code>,
            wide: true,
          },
          {
            key: 'actor',
            label: t('ledger.list.actor'),
            cell: (row) => <code className="ledger-id">{row.actor}</code>,
            wide: true,
          },
        ]}
      />
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

import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import type { ReceiptLine } from '@zhongheng/contracts/http/receipts.ts'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loading } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { CheckFile } from './CheckFile.tsx'
import { ReceiptDialog } from './ReceiptDialog.tsx'
import './receipts.css'

const key = 'GET /api/receipts'

/** Everything the reader did that a receipt proves. */
export default function ReceiptsPage(): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const [chosen, setChosen] = useState<string>()
  const found = useInfiniteQuery<Reply<typeof key>, ApiProblem, ReceiptLine[], readonly unknown[], string | undefined>({
    queryKey: [key],
    queryFn: ({ pageParam, signal }) =>
      callWith(key, { query: { limit: 50, ...(pageParam ? { after: pageParam } : {}) } }, { signal }),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    select: ({ pages }) => pages.flatMap((page) => page.receipts),
    refetchInterval: (query) =>
      query.state.data?.pages[0]?.receipts.some((one) => one.ledgerIndex === null) ? 2000 : false,
  })
  return (
    <>
      <PageHeader title={t('receipts.title')} about={t('receipts.about')} />
      <div className="stack">
        <Panel flush title={t('receipts.list')}>
          <ProblemAlert problem={found.error} onRetry={() => void found.refetch()} />
          {found.data === undefined && !found.error ? <Loading lines={8} /> : null}
          {found.data === undefined ? null : (
            <DataList
              label={t('receipts.list')}
              rows={found.data}
              rowKey={(row) => row.eventId}
              empty={<EmptyState icon="ledger" title={t('receipts.empty')} why={t('receipts.emptyWhy')} />}
              columns={[
                { key: 'act', label: t('receipts.act'), role: 'lead', cell: (row) => say(row.text) },
                { key: 'at', label: t('receipts.at'), cell: (row) => <Moment at={row.at} seconds /> },
                {
                  key: 'engagement',
                  label: t('receipts.engagement'),
                  cell: (row) =>
                    row.engagementId === null || row.engagementTitle === null ? (
                      '—'
                    ) : (
                      <Link to="/engagements/$engagementId" params={{ engagementId: row.engagementId }}>
                        {row.engagementTitle}
                      </Link>
                    ),
                },
                {
                  key: 'entry',
                  label: t('receipts.entry'),
                  cell: (row) =>
                    row.ledgerIndex === null ? (
                      <span className="tag warn">{t('engagement.timeline.pending')}</span>
                    ) : (
                      <Link to="/ledger" search={{ entry: String(row.ledgerIndex) }} className="tag mono">
                        #{row.ledgerIndex}
                      </Link>
                    ),
                },
                {
                  key: 'show',
                  label: '',
                  role: 'end',
                  cell: (row) => (
                    <Button size="small" disabled={row.ledgerIndex === null} onClick={() => setChosen(row.eventId)}>
                      {t('receipts.show')}
                    </Button>
                  ),
                },
              ]}
            />
          )}
          {found.hasNextPage ? (
            <div className="receipts-more">
              <Button loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
                {t('action.more')}
              </Button>
            </div>
          ) : null}
        </Panel>
        <CheckFile />
      </div>
      {chosen === undefined ? null : <ReceiptDialog eventId={chosen} onClose={() => setChosen(undefined)} />}
    </>
  )
}

import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import { usePages } from '../../api/use-pages.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { LedgerTag } from '../../ui/LedgerTag.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Paged } from '../../ui/Paged.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { CheckFile } from './CheckFile.tsx'
import { ReceiptDialog } from './ReceiptDialog.tsx'
import './receipts.css'

const key = 'GET /api/receipts'

/** Everything the reader did that a receipt proves. */
export default function ReceiptsPage(): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const [chosen, setChosen] = useState<string>()
  const found = usePages(
    [key],
    (after, options) => callWith(key, { query: { limit: 50, ...after } }, options),
    (page) => page.receipts,
    { again: ([newest]) => (newest?.receipts.some((one) => one.ledgerIndex === null) ? 2000 : false) },
  )
  return (
    <>
      <PageHeader title={t('receipts.title')} about={t('receipts.about')} />
      <div className="stack">
        <Panel flush title={t('receipts.list')}>
          <Paged found={found}>
            {(rows) => (
              <DataList
                label={t('receipts.list')}
                rows={rows}
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
                    cell: (row) => <LedgerTag index={row.ledgerIndex} />,
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
          </Paged>
        </Panel>
        <CheckFile />
      </div>
      {chosen === undefined ? null : <ReceiptDialog eventId={chosen} onClose={() => setChosen(undefined)} />}
    </>
  )
}

import { useMutation, useQuery } from '@tanstack/react-query'
import type { ReceiptFile } from '@zhongheng/contracts/http/receipts.ts'
import { Button, Modal } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { call, callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { Loading } from '../../ui/Loaded.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { checkReceipt, type Outcome, receiptText } from './check.ts'
import { ReceiptResult } from './ReceiptResult.tsx'
import './receipts.css'

type Checked = { readonly receipt: ReceiptFile; readonly outcome: Outcome }

/** The receipt of one act: fetched, checked here, downloadable. */
export function ReceiptDialog({ eventId, onClose }: { eventId: string; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const found = useQuery<Checked, ApiProblem>({
    queryKey: ['receipt', eventId],
    queryFn: async ({ signal }) => {
      const receipt = await callWith('GET /api/receipts/:eventId', { params: { eventId } }, { signal })
      return { receipt, outcome: await checkReceipt(receiptText(receipt)) }
    },
    // The entry is in the ledger a moment after the act.
    retry: (tries, problem) => problem.rule === 'RECEIPT-1' && tries < 5,
    retryDelay: 1000,
    staleTime: 'static',
    gcTime: 0,
  })
  const newer = useMutation<Outcome, ApiProblem, Checked>({
    mutationFn: async ({ receipt, outcome }) => {
      if (outcome === 'no_signatures' || !outcome.ok) return outcome
      const head = await call('GET /api/ledger/consistency', { query: { from: outcome.head.size } })
      return checkReceipt(receiptText(receipt), head)
    },
  })
  const { data } = found
  return (
    <Modal open title={t('receipts.one')} onCancel={onClose} footer={null} width={680} destroyOnHidden>
      <div className="stack">
        {found.isLoading ? <Loading lines={6} /> : null}
        {found.error?.rule === 'RECEIPT-1' ? (
          <Notice tone="warn" action={<Button onClick={() => void found.refetch()}>{t('action.retry')}</Button>}>
            {t('receipts.pending')}
          </Notice>
        ) : (
          <ProblemAlert problem={found.error} onRetry={() => void found.refetch()} />
        )}
        {data === undefined ? null : (
          <>
            <ReceiptResult outcome={newer.data ?? data.outcome} />
            <div className="button-row">
              <Download receipt={data.receipt} />
              <Button loading={newer.isPending} onClick={() => newer.mutate(data)}>
                {t('receipts.checkNewer')}
              </Button>
            </div>
            <ProblemAlert problem={newer.error} />
            <details>
              <summary>{t('receipts.file')}</summary>
              <pre className="receipt-text">{receiptText(data.receipt)}</pre>
            </details>
            <p className="muted">{t('receipts.keep')}</p>
          </>
        )}
      </div>
    </Modal>
  )
}

/** The file is a few kilobytes and made here, so the link itself holds it. */
function Download({ receipt }: { receipt: ReceiptFile }): ReactNode {
  const { t } = useTranslation()
  return (
    <Button
      type="primary"
      href={`data:application/json;charset=utf-8,${encodeURIComponent(receiptText(receipt))}`}
      download={`receipt-${receipt.entry.index}.json`}
    >
      {t('receipts.download')}
    </Button>
  )
}

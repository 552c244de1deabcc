import { useMutation } from '@tanstack/react-query'
import { Button } from 'antd'
import { type ReactNode, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { checkReceipt, type Outcome } from './check.ts'
import { ReceiptResult } from './ReceiptResult.tsx'

/** A receipt that somebody kept, held against the ledger as it is now. The file stays in the browser. */
export function CheckFile(): ReactNode {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  const check = useMutation<Outcome, ApiProblem, File>({
    mutationFn: async (file) => {
      // A receipt has a few kilobytes; the check refuses what is larger than its own limit.
      const text = await file.slice(0, (1 << 20) + 1).text()
      const outcome = await checkReceipt(text)
      if (outcome === 'no_signatures' || !outcome.ok) return outcome
      return checkReceipt(text, await call('GET /api/ledger/consistency', { query: { from: outcome.head.size } }))
    },
  })
  return (
    <Panel title={t('receipts.checkFile')} about={t('receipts.checkFileAbout')}>
      <div className="stack">
        <input
          ref={input}
          type="file"
          accept="application/json,.json"
          hidden
          aria-label={t('receipts.choose')}
          onChange={(event) => {
            const [file] = event.target.files ?? []
            if (file) check.mutate(file)
            event.target.value = ''
          }}
        />
        <div className="button-row">
          <Button loading={check.isPending} onClick={() => input.current?.click()}>
            {t('receipts.choose')}
          </Button>
        </div>
        {check.data === undefined ? null : <ReceiptResult outcome={check.data} />}
        <ProblemAlert problem={check.error} />
      </div>
    </Panel>
  )
}

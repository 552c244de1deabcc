import type { CorrectionView } from '@zhongheng/contracts/http/corrections.ts'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { AskCorrection } from './AskCorrection.tsx'
import { CorrectionState } from './CorrectionState.tsx'

/** What the reader asked to have corrected, and asking for more. */
export function OwnCorrections(): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const found = useApi('GET /api/account/corrections')
  const [asking, setAsking] = useState(false)
  return (
    <Panel
      title={t('corrections.title')}
      about={t('corrections.about')}
      extra={<Button onClick={() => setAsking(true)}>{t('corrections.ask')}</Button>}
      flush
    >
      <Loaded query={found} lines={2}>
        {({ corrections }) => (
          <DataList
            label={t('corrections.title')}
            rows={corrections}
            rowKey={(row) => row.correctionId}
            empty={<EmptyState icon="pen" title={t('corrections.none')} why={t('corrections.noneWhy')} />}
            columns={[
              {
                key: 'what',
                label: t('corrections.what'),
                role: 'lead',
                cell: (row) => <strong className="sentence">{say(row.what)}</strong>,
              },
              { key: 'state', label: t('corrections.state'), cell: (row) => <CorrectionState correction={row} /> },
              {
                key: 'answer',
                label: t('corrections.answer'),
                cell: (row) =>
                  row.answer === null ? <span className="muted">—</span> : <span className="break">{row.answer}</span>,
              },
              { key: 'asked', label: t('corrections.askedAt'), cell: (row) => <Moment at={row.askedAt} day /> },
              {
                key: 'withdraw',
                label: '',
                role: 'end',
                cell: (row) => (row.state === 'asked' ? <Withdraw correction={row} /> : null),
              },
            ]}
          />
        )}
      </Loaded>
      {asking ? <AskCorrection onClose={() => setAsking(false)} /> : null}
    </Panel>
  )
}

function Withdraw({ correction }: { correction: CorrectionView }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('POST /api/account/corrections/:correctionId/withdrawal')
  return (
    <div className="stack-tight">
      <Button
        size="small"
        loading={act.isPending}
        onClick={() => act.mutate({ params: { correctionId: correction.correctionId } })}
      >
        {t('corrections.withdraw')}
      </Button>
      <ProblemAlert problem={act.error} />
    </div>
  )
}

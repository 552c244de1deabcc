import type { ReportView } from '@zhongheng/contracts/http/evidence.ts'
import { Button, Segmented } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../api/call.ts'
import { freshlyConfirmed } from '../../api/freshly-confirmed.ts'
import { useAct, useApi } from '../../api/hooks.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useDownload } from '../../ui/use-download.ts'
import { AskApproval } from '../approvals/AskApproval.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'
import { PackBuilder } from './PackBuilder.tsx'
import { ReportPanel } from './ReportPanel.tsx'
import './reports.css'

const kinds = ['test', 'audit'] as const
const drafts = { test: 'report.draft_test', audit: 'report.draft_audit' } as const

/** Both reports and the evidence pack. */
export default function ReportsTab(): ReactNode {
  const { engagementId, may } = useEngagement()
  const found = useApi('GET /api/engagements/:engagementId/reports', { params: { engagementId } })
  return (
    <Loaded query={found} lines={8}>
      {({ reports }) => (
        <div className="stack">
          {kinds.map((kind) => {
            const [newest, ...former] = reports.filter((one) => one.kind === kind)
            if (newest === undefined || (newest.state === 'superseded' && may.includes(drafts[kind])))
              return <NoReport key={kind} kind={kind} former={newest ? [newest, ...former] : []} />
            return <ReportPanel key={newest.reportId} report={newest} former={former} />
          })}
          <EvidencePack />
        </div>
      )}
    </Loaded>
  )
}

function NoReport({ kind, former }: { kind: ReportView['kind']; former: readonly ReportView[] }): ReactNode {
  const { t } = useTranslation()
  const { engagementId, may } = useEngagement()
  const [locale, setLocale] = useState<ReportView['locale']>('zh-CN')
  const act = useAct('POST /api/engagements/:engagementId/reports')
  return (
    <Panel title={t(`reports.kind.${kind}`)} about={t(`reports.author.${kind}`)}>
      <EmptyState
        icon="report"
        title={t(`reports.none.${kind}`)}
        why={t('reports.noneWhy')}
        action={
          may.includes(drafts[kind]) ? (
            <div className="report-begin">
              <Segmented
                aria-label={t('reports.beginLocale')}
                value={locale}
                onChange={setLocale}
                options={(['zh-CN', 'en'] as const).map((value) => ({ value, label: t(`reports.locale.${value}`) }))}
              />
              <Button
                type="primary"
                loading={act.isPending}
                onClick={() => act.mutate({ params: { engagementId }, body: { kind, locale } })}
              >
                {t('reports.begin')}
              </Button>
            </div>
          ) : undefined
        }
      />
      <ProblemAlert problem={act.error} />
      {former.length > 0 ? (
        <p className="muted">
          {t('reports.former')}: {former.map(({ revision }) => t('reports.revision', { revision })).join(' · ')}
        </p>
      ) : null}
    </Panel>
  )
}

function EvidencePack(): ReactNode {
  const { t } = useTranslation()
  const { engagementId, may, number } = useEngagement()
  const rules = useApi('GET /api/two-person-rules')
  const download = useDownload(engagementId)
  const pack = addressOf('GET /api/engagements/:engagementId/evidence.zip', { params: { engagementId } })
  const line = `npm exec heng -- verify ${number}-evidence.zip`
  return (
    <Panel title={t('reports.pack.title')} about={t('reports.pack.about')}>
      <div className="stack">
        {may.includes('pack.build') ? (
          <>
            <PackBuilder />
            <div className="button-row">
              <Button
                href={pack}
                download
                disabled={rules.data?.exports !== false}
                onClick={(event) => {
                  // A download cannot ask; so it is asked before, and begun only when the confirmation is fresh.
                  event.preventDefault()
                  void freshlyConfirmed().then((confirmed) => {
                    if (confirmed) download.begin('pack', engagementId, pack)
                  })
                }}
              >
                {t('reports.pack.download')}
              </Button>
              <Button href="/verifier/heng-verify.mjs" download>
                heng-verify.mjs
              </Button>
              <Button href="/verifier/verify.html" download>
                verify.html
              </Button>
            </div>
            {rules.data?.exports ? (
              <details>
                <summary>{t('approvals.needed')}</summary>
                <AskApproval act={{ kind: 'evidence', engagementId }} />
              </details>
            ) : null}
          </>
        ) : (
          <p className="muted">{t('reports.pack.notYet')}</p>
        )}
        <div className="stack-tight">
          <strong>{t('reports.pack.how')}</strong>
          <p className="quiet">{t('reports.pack.howText')}</p>
          <div className="secret-box">
            <code>{line}</code>
            <CopyButton text={line} />
          </div>
          <p className="muted">{t('reports.pack.result')}</p>
        </div>
      </div>
    </Panel>
  )
}

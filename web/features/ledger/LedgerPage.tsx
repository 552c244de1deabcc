import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { HoldsPanel } from '../retention/HoldsPanel.tsx'
import { EngagementEntries } from './EngagementEntries.tsx'
import { EntryCheck } from './EntryCheck.tsx'
import { Keys } from './Keys.tsx'
import { TimeStamps } from './TimeStamps.tsx'
import { Witnesses } from './Witnesses.tsx'
import './ledger.css'

const route = getRouteApi('/shell/ledger')

/** State of the ledger, the check of one entry, and the entries of an engagement. */
export default function LedgerPage(): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const { entry, engagementId } = route.useSearch()
  const status = useApi('GET /api/ledger', {}, { every: 10_000 })
  return (
    <>
      <PageHeader title={t('ledger.title')} about={t('ledger.about')} />
      <div className="ledger-page">
        <div className="stack">
          <EntryCheck entry={entry} size={status.data?.size} />
          <Keys />
          <Witnesses />
          <TimeStamps />
          <HoldsPanel />
          <EngagementEntries engagementId={engagementId} />
        </div>
        <Loaded query={status}>
          {(ledger) => (
            <div className="stack">
              <Panel title={t('ledger.state')}>
                <Facts
                  rows={[
                    [
                      t('ledger.origin'),
                      <span key="origin" className="mono">
                        {ledger.origin}
                      </span>,
                    ],
                    [
                      t('ledger.size'),
                      <strong key="size" className="ledger-size">
                        {ledger.size.toLocaleString(language)}
                      </strong>,
                    ],
                    [t('ledger.waiting'), ledger.waiting.toLocaleString(language)],
                    [t('ledger.root'), <code key="root">{ledger.root}</code>],
                    [t('ledger.key'), <code key="key">{ledger.keyFingerprint}</code>],
                  ]}
                />
              </Panel>
              <Panel
                title={t('ledger.checkpoint')}
                about={t('ledger.checkpointAbout')}
                extra={<CopyButton text={ledger.checkpoint} />}
              >
                <pre className="ledger-text">{ledger.checkpoint}</pre>
              </Panel>
            </div>
          )}
        </Loaded>
      </div>
    </>
  )
}

import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { HoldsPanel } from '../retention/HoldsPanel.tsx'
import { EntryCheck } from './EntryCheck.tsx'
import { EntrySearch } from './EntrySearch.tsx'
import { Keys } from './Keys.tsx'
import { State } from './State.tsx'
import { TimeStamps } from './TimeStamps.tsx'
import { Witnesses } from './Witnesses.tsx'
import './ledger.css'

const route = getRouteApi('/shell/ledger')

/** The ledger's sections: what is proved and found on the left, how it does on the right. */
export default function LedgerPage(): ReactNode {
  const { t } = useTranslation()
  const search = route.useSearch()
  const status = useApi('GET /api/ledger', {}, { every: 10_000 })
  return (
    <>
      <PageHeader title={t('ledger.title')} about={t('ledger.about')} />
      <div className="ledger-page">
        <div className="stack">
          <EntryCheck entry={search.entry} size={status.data?.size} />
          <EntrySearch search={search} />
          <Keys />
          <Witnesses />
          <TimeStamps />
          <HoldsPanel />
        </div>
        <div className="stack ledger-aside">
          <State />
          <Loaded query={status}>
            {(ledger) => (
              <div className="stack">
                <Panel title={t('ledger.identity')}>
                  <Facts
                    rows={[
                      [
                        t('ledger.origin'),
                        <span key="origin" className="mono">
                          {ledger.origin}
                        </span>,
                      ],
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
      </div>
    </>
  )
}

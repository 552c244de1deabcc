import type { LedgerState } from '@zhongheng/contracts/http/ledger.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'

/** How the ledger does: its head, what waits, what the last scrub found, and how far back it reaches without a gap. */
export function State(): ReactNode {
  const { t } = useTranslation()
  const state = useApi('GET /api/ledger/state', {}, { every: 10_000 })
  return (
    <Panel title={t('ledger.state')}>
      <Loaded query={state} lines={5}>
        {(ledger) => <Body ledger={ledger} />}
      </Loaded>
    </Panel>
  )
}

function Body({
  ledger: { size, checkpointAt, waiting, fault, scrub, restores, retention },
}: {
  ledger: LedgerState
}): ReactNode {
  const { t } = useTranslation()
  const { language, say } = useLanguage()
  const count = (n: number): string => n.toLocaleString(language)
  const never = <span className="muted">{t('ledger.never')}</span>
  return (
    <div className="stack">
      {fault ? (
        <Notice tone="bad" title={t('ledger.fault')}>
          <p>{say(fault.what)}</p>
        </Notice>
      ) : null}
      {scrub.fault ? (
        <Notice tone="bad" title={t('ledger.damaged')}>
          <p>
            {say(scrub.fault.what)}
            {scrub.fault.entry === null ? '' : ` · #${count(scrub.fault.entry)}`} · <code>{scrub.fault.file}</code>
          </p>
        </Notice>
      ) : null}
      <Facts
        rows={[
          [
            t('ledger.size'),
            <strong key="size" className="ledger-size">
              {count(size)}
            </strong>,
          ],
          [t('ledger.checkpointAt'), checkpointAt === null ? never : <Moment key="at" at={checkpointAt} seconds />],
          [t('ledger.waiting'), waiting === 0 ? t('ledger.noneWaiting') : count(waiting)],
          [
            t('ledger.scrub'),
            scrub.underWay ? (
              t('ledger.scrubbing', { position: count(scrub.underWay.position), size: count(scrub.underWay.size) })
            ) : scrub.endedAt === null ? (
              never
            ) : (
              <span key="scrub">
                {t(scrub.result === 'whole' ? 'ledger.whole' : 'ledger.damagedShort', { size: count(scrub.size ?? 0) })}{' '}
                <Moment at={scrub.endedAt} />
              </span>
            ),
          ],
          [t('ledger.oldest'), retention.oldestAt === null ? never : <Moment key="oldest" at={retention.oldestAt} />],
          [
            t('ledger.gapless'),
            retention.gaplessTo === null ? never : t('ledger.gaplessTo', { size: count(retention.gaplessTo) }),
          ],
          [
            t('ledger.retention'),
            t('ledger.retentionDays', { events: count(retention.eventDays), traffic: retention.trafficDays }),
          ],
          ...(restores.length > 0
            ? ([
                [
                  t('ledger.restores'),
                  <ul key="restores" className="restores">
                    {restores.map((one) => (
                      <li key={one.at}>
                        <Moment at={one.at} /> {t(`ledger.restoreKinds.${one.kind}`, { lost: count(one.lost) })}
                        {one.reason === null ? null : <p className="muted">{one.reason}</p>}
                      </li>
                    ))}
                  </ul>,
                ],
              ] as const)
            : []),
        ]}
      />
    </div>
  )
}

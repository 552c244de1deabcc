import type { LedgerKeyView } from '@zhongheng/contracts/http/ledger-keys.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Icon, type IconName } from '../../ui/Icon.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import type { StateTone } from '../../ui/states.ts'

const looks: Record<LedgerKeyView['state'], { tone: StateTone; icon: IconName }> = {
  in_force: { tone: 'good', icon: 'checkCircle' },
  reserve: { tone: 'pending', icon: 'clock' },
  ended: { tone: 'plain', icon: 'close' },
  revoked: { tone: 'bad', icon: 'stop' },
}

/** Which keys sign the ledger, which did, and what became of them. */
export function Keys(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/ledger/keys', {}, { every: 30_000 })
  return (
    <Panel
      title={t('ledger.keys.title')}
      about={t('ledger.keys.about')}
      flush
      extra={
        <a href="/ledger/keys.json" download="keys.json">
          {t('ledger.keys.file')}
        </a>
      }
    >
      <Loaded query={found} lines={2}>
        {({ keys }) => (
          <>
            <Faults keys={keys} />
            <DataList
              label={t('ledger.keys.title')}
              rows={keys}
              rowKey={(row) => row.fingerprint}
              empty={<EmptyState icon="key" title={t('ledger.keys.empty')} why={t('ledger.keys.emptyWhy')} />}
              columns={[
                {
                  key: 'fingerprint',
                  label: t('ledger.keys.fingerprint'),
                  role: 'lead',
                  cell: (row) => (
                    <div className="ledger-key">
                      <code className="break">{row.fingerprint}</code>
                      <CopyButton text={row.fingerprint} />
                    </div>
                  ),
                },
                {
                  key: 'state',
                  label: t('ledger.keys.state'),
                  cell: (row) => (
                    <span className={`chip state-${looks[row.state].tone}`}>
                      <Icon name={looks[row.state].icon} size={13} />
                      {t(`ledger.keys.states.${row.state}`)}
                    </span>
                  ),
                },
                {
                  key: 'span',
                  label: t('ledger.keys.span'),
                  cell: (row) => <Span of={row} />,
                },
                {
                  key: 'algorithms',
                  label: t('ledger.keys.algorithms'),
                  cell: (row) => (row.sm2 ? 'Ed25519 + SM2' : 'Ed25519'),
                },
                ...(keys.some((key) => key.kept !== null)
                  ? [
                      {
                        key: 'kept',
                        label: t('ledger.keys.kept'),
                        cell: (row: LedgerKeyView) =>
                          row.kept?.kind ? t(`ledger.keys.kinds.${row.kept.kind}`) : <span className="muted">—</span>,
                      },
                    ]
                  : []),
              ]}
            />
          </>
        )}
      </Loaded>
    </Panel>
  )
}

/** A key that must sign and cannot: nothing is published any more until somebody acts. */
function Faults({ keys }: { keys: readonly LedgerKeyView[] }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const faulty = keys.filter((key) => key.state === 'in_force' && key.kept?.fault)
  if (faulty.length === 0) return null
  return (
    <div className="witness-alarm">
      <Notice tone="bad" title={t('ledger.keys.fault')}>
        {faulty.map((key) => (
          <p key={key.fingerprint}>{language === 'en' ? key.kept?.fault?.en : key.kept?.fault?.zh}</p>
        ))}
        <p>{t('ledger.keys.faultHelp')}</p>
      </Notice>
    </div>
  )
}

function Span({ of: { revoked, from, to } }: { of: LedgerKeyView }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const number = (place: number): string => place.toLocaleString(language)
  if (revoked !== null) {
    const why = t(`ledger.keys.reasons.${revoked.reason}`)
    return t('ledger.keys.upTo', { size: number(revoked.upTo), why })
  }
  if (from === null) return t('ledger.keys.never')
  return to === null
    ? t('ledger.keys.since', { from: number(from) })
    : t('ledger.keys.between', { from: number(from), to: number(to) })
}

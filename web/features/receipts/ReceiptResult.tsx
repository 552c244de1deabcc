import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../i18n/index.ts'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Facts } from '../../ui/Panel.tsx'
import type { Outcome } from './check.ts'

/** What a check found, in words and figures. */
export function ReceiptResult({ outcome }: { outcome: Outcome }): ReactNode {
  const { t } = useTranslation()
  const { say, language } = useLanguage()
  if (outcome === 'no_signatures') return <Notice tone="warn">{t('receipts.noSignatures')}</Notice>
  if (!outcome.ok)
    return (
      <Notice
        tone={outcome.malformed ? 'warn' : 'bad'}
        title={t(outcome.malformed ? 'receipts.unread' : 'receipts.bad')}
      >
        <p>{say(outcome.what)}</p>
      </Notice>
    )
  const { head, newer, names, leaf } = outcome
  return (
    <div className="stack" aria-live="polite">
      <Notice tone="ok" title={t('receipts.good', { index: outcome.index })}>
        <p>{t('receipts.goodText', { size: head.size.toLocaleString(language) })}</p>
        {newer === null ? null : <p>{t('receipts.newer', { size: newer.size.toLocaleString(language) })}</p>}
      </Notice>
      <Facts
        rows={[
          [t('receipts.act'), say(names.act)],
          [t('receipts.actor'), names.actor],
          ...(names.engagement === null ? [] : ([[t('receipts.engagement'), names.engagement]] as const)),
          ...(names.subject === null
            ? []
            : ([[t('receipts.subject'), <code key="subject">{names.subject}</code>]] as const)),
          [t('receipts.at'), <Moment key="at" at={leaf.at} seconds />],
          [t('receipts.key'), <code key="key">{outcome.fingerprint}</code>],
        ]}
      />
      <p className="muted">{t('receipts.namesNote')}</p>
    </div>
  )
}

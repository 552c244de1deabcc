import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

/** Where an entry stands in the ledger, leading to its proof; or that it waits for its place. */
export function LedgerTag({ index, text = `#${index ?? ''}` }: { index: number | null; text?: string }): ReactNode {
  const { t } = useTranslation()
  return index === null ? (
    <span className="tag warn">{t('engagement.timeline.pending')}</span>
  ) : (
    <Link to="/ledger" search={{ entry: String(index) }} className="tag mono">
      {text}
    </Link>
  )
}

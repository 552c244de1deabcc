import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { lineChanges } from './line-changes.ts'

/** What a proposed text adds and takes away. */
export function LineChanges({ before, after }: { before: string; after: string }): ReactNode {
  const { t } = useTranslation()
  const { added, gone } = lineChanges(before, after)
  if (added.length + gone.length === 0) return <p className="muted">{t('scope.noDiff')}</p>
  return (
    <div className="stack-tight">
      <span className="quiet">{t('scope.diff')}</span>
      <ul className="changes">
        {gone.map((line) => (
          <li key={`- ${line}`} className="gone">
            <span className="hidden-visually">{t('scope.gone')}</span>
            <code className="break">− {line}</code>
          </li>
        ))}
        {added.map((line) => (
          <li key={`+ ${line}`} className="added">
            <span className="hidden-visually">{t('scope.added')}</span>
            <code className="break">+ {line}</code>
          </li>
        ))}
      </ul>
    </div>
  )
}

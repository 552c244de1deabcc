import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiProblem } from '../api/problem.ts'
import { ProblemAlert } from './ProblemAlert.tsx'
import './ui.css'

/** Grey lines in the place of what comes. */
export function Loading({ lines = 5 }: { lines?: number }): ReactNode {
  const { t } = useTranslation()
  return (
    <div className="loading" role="status" aria-label={t('state.loading')}>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className={`loading-line w${line % 4}`} />
      ))}
    </div>
  )
}

/** The three faces of something read from the server: coming, refused, here. Earlier data stay while it is read again. */
export function Loaded<T>({
  query,
  lines,
  children,
}: {
  query: UseQueryResult<T, ApiProblem>
  lines?: number
  children: (data: T) => ReactNode
}): ReactNode {
  if (query.data !== undefined && !query.isPlaceholderData) return children(query.data)
  if (query.error) return <ProblemAlert problem={query.error} onRetry={() => void query.refetch()} />
  if (query.data !== undefined) return <div className="stale">{children(query.data)}</div>
  return <Loading {...(lines === undefined ? {} : { lines })} />
}

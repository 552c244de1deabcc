import { type UseQueryResult, useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiProblem } from '../../api/problem.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded, Loading } from '../../ui/Loaded.tsx'

/** From then on a reading says how long it takes, and can be given up (seconds). */
const longAfter = 2

/**
 * What is read from the record. Segments that rest in a store far away are fetched whole before the first byte comes, so the first
 * reading of one may take a while: it says so, counts, and lets go.
 */
export function ReadRecord<T>({
  query,
  queryKey,
  children,
}: {
  query: UseQueryResult<T, ApiProblem>
  queryKey: readonly unknown[]
  children: (data: T) => ReactNode
}): ReactNode {
  const { t } = useTranslation()
  const queries = useQueryClient()
  if (query.data !== undefined || query.error) return <Loaded query={query}>{children}</Loaded>
  if (query.fetchStatus !== 'fetching')
    return (
      <EmptyState
        icon="traffic"
        title={t('traffic.read.stopped')}
        why={t('traffic.read.stoppedWhy')}
        action={<Button onClick={() => void query.refetch()}>{t('action.retry')}</Button>}
      />
    )
  return (
    <>
      <LongReading onStop={() => void queries.cancelQueries({ queryKey, exact: true })} />
      <Loading lines={8} />
    </>
  )
}

function LongReading({ onStop }: { onStop: () => void }): ReactNode {
  const { t } = useTranslation()
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    const began = performance.now()
    const timer = setInterval(() => setSeconds(Math.floor((performance.now() - began) / 1000)), 1000)
    return () => clearInterval(timer)
  }, [])
  if (seconds < longAfter) return null
  return (
    <div className="long-reading">
      <p>
        <span role="status">{t('traffic.read.long')}</span>{' '}
        <span className="muted" aria-hidden>
          {t('traffic.read.waited', { count: seconds })}
        </span>
      </p>
      <Button size="small" onClick={onStop}>
        {t('action.cancel')}
      </Button>
    </div>
  )
}

import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Moment } from './Moment.tsx'

/** From when to when, or that it is not set. `lines` puts each on its own line. */
export function TimeWindow({
  opens,
  closes,
  lines = false,
}: {
  opens: string | null
  closes: string | null
  lines?: boolean
}): ReactNode {
  const { t } = useTranslation()
  if (opens === null || closes === null) return <span className="muted">{t('time.none')}</span>
  return (
    <span className={lines ? 'time-lines' : ''}>
      <Moment at={opens} /> {t('time.until')}
      {lines ? <br /> : ' '}
      <Moment at={closes} />
    </span>
  )
}

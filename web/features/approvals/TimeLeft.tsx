import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Moment } from '../../ui/Moment.tsx'

const minute = 60_000

/** How long something still holds, in hours and minutes, with the moment at which it ends. */
export function TimeLeft({ until }: { until: string }): ReactNode {
  const { t } = useTranslation()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), minute)
    return () => clearInterval(timer)
  }, [])
  const left = Math.max(0, Math.ceil((Date.parse(until) - now) / minute))
  return (
    <span>
      {t('approvals.left', { hours: Math.floor(left / 60), minutes: left % 60 })} (<Moment at={until} />)
    </span>
  )
}

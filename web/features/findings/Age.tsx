import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../i18n/index.ts'
import { momentText, utcText } from '../../ui/moment-text.ts'
import { ageOf } from './age.ts'

/** How old something is; the exact time appears on hover. */
export function Age({ at }: { at: string }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000)
    return () => clearInterval(timer)
  }, [])
  const { unit, count } = ageOf(at, now)
  return (
    <time dateTime={at} title={`${momentText(at, language, 'full')}\n${utcText(at)}`} className="nowrap">
      {t(`findings.age.${unit}`, { count })}
    </time>
  )
}

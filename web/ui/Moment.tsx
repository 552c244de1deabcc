import type { ReactNode } from 'react'
import { useLanguage } from '../i18n/index.ts'
import { momentText, utcText } from './moment-text.ts'

/** A point in time in the viewer's zone; the zone and UTC appear on hover. `day` leaves the clock out. */
export function Moment({
  at,
  seconds = false,
  day = false,
}: {
  at: string
  seconds?: boolean
  day?: boolean
}): ReactNode {
  const { language } = useLanguage()
  return (
    <time dateTime={at} title={`${momentText(at, language, 'full')}\n${utcText(at)}`} className="nowrap">
      {momentText(at, language, day ? 'day' : seconds ? 'seconds' : 'minutes')}
    </time>
  )
}

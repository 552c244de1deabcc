import { DatePicker } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import './ui.css'

/** First and last day of a list, as `YYYY-MM-DD`, both included. */
export function DaySpan({
  from,
  to,
  onChange,
}: {
  from: string | undefined
  to: string | undefined
  onChange: (change: { readonly from?: string | undefined; readonly to?: string | undefined }) => void
}): ReactNode {
  const { t } = useTranslation()
  const days = { from, to }
  return (['from', 'to'] as const).map((name) => (
    <label key={name} className="filter-day">
      <span>{t(`list.${name}`)}</span>
      <DatePicker
        value={days[name] === undefined ? null : dayjs(days[name])}
        onChange={(day: Dayjs | null) => onChange({ [name]: day?.format('YYYY-MM-DD') })}
      />
    </label>
  ))
}

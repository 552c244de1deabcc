import { Input } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

/** How long a reason is, in characters, unless an act says otherwise. */
export const reasonLength = { min: 10, max: 2000 } as const

/** Whether a reason may be sent. */
export const isReason = (reason: string, { min, max }: { min: number; max: number } = reasonLength): boolean =>
  reason.trim().length >= min && reason.length <= max

/** The reason of an act, with how long it must be and how much is missing. */
export function ReasonField({
  value,
  onChange,
  min = reasonLength.min,
  max = reasonLength.max,
  rows = 4,
  autoFocus = false,
}: {
  value: string
  onChange: (reason: string) => void
  min?: number
  max?: number
  rows?: number
  autoFocus?: boolean
}): ReactNode {
  const { t } = useTranslation()
  const length = value.trim().length
  return (
    <>
      <label className="stack-tight">
        <span>{t('reason.label')}</span>
        <Input.TextArea
          rows={rows}
          maxLength={max}
          value={value}
          autoFocus={autoFocus}
          onChange={(event) => onChange(event.target.value)}
        />
      </label>
      <p className="muted" aria-live="polite">
        {t('reason.limit', { min, max })}
        {length > 0 && length < min ? ` · ${t('reason.short', { left: min - length })}` : ''}
      </p>
    </>
  )
}

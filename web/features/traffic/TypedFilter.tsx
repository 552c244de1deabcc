import { Input } from 'antd'
import { type ReactNode, useEffect, useEffectEvent, useState } from 'react'

/** A text filter that waits until typing stops. */
export function TypedFilter({
  label,
  value = '',
  className = '',
  onChange,
}: {
  label: string
  value?: string | undefined
  className?: string
  onChange: (value: string | undefined) => void
}): ReactNode {
  const [typed, setTyped] = useState(value)
  const [sent, setSent] = useState(value)
  // The address changed by other means (a link, the clear button): show what it says.
  if (value !== sent && typed === sent) {
    setSent(value)
    setTyped(value)
  }
  const send = useEffectEvent((text: string) => {
    setSent(text)
    onChange(text === '' ? undefined : text)
  })
  useEffect(() => {
    if (typed === sent) return undefined
    const timer = setTimeout(() => send(typed), 300)
    return () => clearTimeout(timer)
  }, [typed, sent])
  return (
    <Input
      className={`typed-filter ${className}`}
      aria-label={label}
      placeholder={label}
      allowClear
      maxLength={200}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  )
}

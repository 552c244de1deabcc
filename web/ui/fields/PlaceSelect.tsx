import { jurisdictions } from '@zhongheng/contracts/http/jurisdictions.ts'
import { Select } from 'antd'
import { type ReactNode, useMemo } from 'react'
import { useLanguage } from '../../i18n/index.ts'
import { placeName } from './place-name.ts'

/** Chooses a country or region; it is found by its name in the reader's language and by its code. */
export function PlaceSelect({
  value,
  onChange,
  placeholder,
  clearable = false,
  id,
}: {
  value?: string | null
  onChange?: (code: string | null) => void
  placeholder?: string
  clearable?: boolean
  id?: string
}): ReactNode {
  const { language } = useLanguage()
  const options = useMemo(
    () => jurisdictions.map((code) => ({ value: code, label: `${placeName(code, language)} (${code})` })),
    [language],
  )
  return (
    <Select
      {...(id === undefined ? {} : { id })}
      showSearch={{ optionFilterProp: 'label' }}
      value={value ?? null}
      onChange={(code) => onChange?.(code ?? null)}
      options={options}
      allowClear={clearable}
      style={{ width: '100%' }}
      {...(placeholder === undefined ? {} : { placeholder })}
    />
  )
}

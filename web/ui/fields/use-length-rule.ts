import type { FormRule } from 'antd'
import { useTranslation } from 'react-i18next'

/** The rule of a field that must be filled in, by its label and its length in characters. */
export function useLengthRule(): (label: string, min: number, max: number) => FormRule[] {
  const { t } = useTranslation()
  return (label, min, max) => [
    {
      required: true,
      min,
      max,
      // As the server counts: without the blanks around it.
      transform: (value: unknown) => (typeof value === 'string' ? value.trim() : value),
      message: `${t('form.required', { label })} (${t('form.length', { min, max })})`,
    },
  ]
}

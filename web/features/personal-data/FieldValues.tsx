import type { OwnData } from '@zhongheng/contracts/http/personal-data.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../i18n/index.ts'
import { valueInWords } from './value-words.ts'

const shown = 4

/** The values of one field, or why none is shown. */
export function FieldValues({
  one,
  organisation,
}: {
  one: OwnData['fields'][number]
  organisation: string
}): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  if (one.form === 'digest') return <span className="muted">{t('personalData.digest')}</span>
  if (one.form === 'sealed') return <span className="muted">{t('personalData.sealed')}</span>
  if (one.values.length === 0) return <span className="muted">{t('personalData.empty')}</span>
  const values = [...new Set(one.values.map((value) => valueInWords(one.column, value, { t, language, organisation })))]
  const more = values.length - shown
  return (
    <span className="break">
      {values.slice(0, shown).join(language === 'en' ? '; ' : '；')}
      {more > 0 ? <span className="muted"> {t('personalData.more', { count: more })}</span> : null}
    </span>
  )
}

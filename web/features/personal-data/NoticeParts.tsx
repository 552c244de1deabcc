import type { PrivacyNotice } from '@zhongheng/contracts/http/privacy.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { type Language, useLanguage } from '../../i18n/index.ts'
import './personal-data.css'

type Part = PrivacyNotice['parts'][number]
export const joined = (texts: readonly string[], language: Language): string =>
  texts.join(language === 'en' ? '; ' : '；')

/** The privacy notice, purpose by purpose; beside what rests on consent stands what `consentOf` gives. Needs no login. */
export function NoticeParts({
  parts,
  consentOf = () => null,
}: {
  parts: readonly Part[]
  consentOf?: (part: Part) => ReactNode
}): ReactNode {
  const { t } = useTranslation()
  const { say, language } = useLanguage()
  const list = (texts: Part['kept']): string => joined(texts.map(say), language)
  return (
    <ul className="notice-parts">
      {parts.map((part) => (
        <li key={part.purpose}>
          <div className="notice-part-head">
            <h3 className="sentence">{say(part.what)}</h3>
            {part.consent ? <span className="tag">{t('privacy.byConsent')}</span> : null}
          </div>
          <dl className="notice-part-facts">
            <dt>{t('personalData.basis')}</dt>
            <dd className="sentence">{list(part.bases)}</dd>
            <dt>{t('personalData.kept')}</dt>
            <dd className="sentence">{list(part.kept)}</dd>
            <dt>{t('privacy.givenTo')}</dt>
            <dd className="sentence">{say(part.givenTo)}</dd>
          </dl>
          <details>
            <summary>{t('privacy.held', { count: part.items.length })}</summary>
            <ul>
              {part.items.map((item) => (
                <li key={item.what.en}>
                  <span className="sentence">{say(item.what)}</span>{' '}
                  <span className="muted">
                    {say(item.form)}
                    {item.needed ? '' : ` · ${t('personalData.optional')}`}
                  </span>
                </li>
              ))}
            </ul>
          </details>
          {consentOf(part)}
        </li>
      ))}
    </ul>
  )
}

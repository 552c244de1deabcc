import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import mark from '../../app/mark.svg'
import { setLanguage, useLanguage } from '../../i18n/index.ts'
import { usePageTitle } from '../use-page-title.ts'
import '../plain.css'

/** The frame of pages that need no login. */
export function PlainPage({
  title,
  wide,
  foot,
  children,
}: {
  title: string
  wide?: boolean
  foot?: ReactNode
  children: ReactNode
}): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  usePageTitle(title)
  return (
    <div className="plain">
      <header className="plain-top">
        <span className="brand">
          <img src={mark} alt="" />
          {t('product')}
        </span>
        <button
          type="button"
          className="plain-switch"
          lang={language === 'en' ? 'zh-CN' : 'en'}
          onClick={() => void setLanguage(language === 'en' ? 'zh-CN' : 'en')}
        >
          {t('frame.otherLanguage')}
        </button>
      </header>
      <main className="plain-main">
        <div className={wide ? 'plain-card wide' : 'plain-card'}>
          <h1>{title}</h1>
          {children}
        </div>
        {foot === undefined ? null : <p className="plain-foot">{foot}</p>}
      </main>
    </div>
  )
}

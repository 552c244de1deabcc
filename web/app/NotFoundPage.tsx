import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { usePageTitle } from '../ui/use-page-title.ts'
import './shell.css'

export function NotFoundPage(): ReactNode {
  const { t } = useTranslation()
  usePageTitle(t('missing.title'))
  return (
    <div className="centre-note">
      <p className="centre-number mono">404</p>
      <h1>{t('missing.title')}</h1>
      <p className="quiet">{t('missing.text')}</p>
      <p>
        <Link to="/">{t('action.backHome')}</Link>
      </p>
    </div>
  )
}

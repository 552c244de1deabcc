import { Link, useLocation } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../app/session.ts'
import { Notice } from '../../ui/Notice.tsx'

/** On every page of who has yet to read the privacy notice, or its new version. */
export function NoticeBanner(): ReactNode {
  const { t } = useTranslation()
  const { noticeDue } = useMe()
  const { pathname } = useLocation()
  if (noticeDue === null || pathname === '/account/privacy') return null
  return (
    <div className="fault-banner">
      <Notice action={<Link to="/account/privacy">{t('privacy.open')}</Link>}>
        <p>{t(`privacy.due.${noticeDue}`)}</p>
      </Notice>
    </div>
  )
}

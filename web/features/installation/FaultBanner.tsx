import { Link, useLocation } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { Notice } from '../../ui/Notice.tsx'

/** On every page of who runs the platform: that something of it is broken. Nobody else is told, or asks. */
export function FaultBanner(): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const { pathname } = useLocation()
  const here = pathname.startsWith('/installation')
  const { data } = useApi(
    'GET /api/installation',
    {},
    { enabled: me.may.includes('installation.read') && !here, every: 30_000 },
  )
  if (here || data?.level !== 'fault') return null
  const parts = data.parts
    .filter(({ level }) => level === 'fault')
    .map(({ part }) => t(`installation.parts.${part}`))
    .join(' · ')
  return (
    <div className="fault-banner">
      <Notice tone="bad" action={<Link to="/installation">{t('installation.open')}</Link>}>
        <p>{t('installation.banner', { parts })}</p>
      </Notice>
    </div>
  )
}

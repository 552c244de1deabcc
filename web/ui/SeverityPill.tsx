import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from './Icon.tsx'
import type { Severity } from './states.ts'
import './ui.css'

const icons: Record<Severity, IconName> = {
  critical: 'stop',
  high: 'warning',
  medium: 'flag',
  low: 'down',
  info: 'info',
}

/** Severity as text, colour and icon; `about` (a CVSS vector, say) appears on hover. */
export function SeverityPill({ severity, about }: { severity: Severity; about?: string | null }): ReactNode {
  const { t } = useTranslation()
  return (
    <span className={`chip severity-${severity}`} {...(about ? { title: about } : {})}>
      <Icon name={icons[severity]} size={13} />
      {t(`severity.${severity}`)}
    </span>
  )
}

import type { ReactNode } from 'react'
import { Icon, type IconName } from './Icon.tsx'
import './ui.css'

/** Says why nothing is here and offers the one next step. */
export function EmptyState({
  icon = 'inbox',
  title,
  why,
  action,
}: {
  icon?: IconName
  title: string
  why: string
  action?: ReactNode
}): ReactNode {
  return (
    <div className="empty">
      <Icon name={icon} size={26} />
      <strong>{title}</strong>
      <p className="quiet">{why}</p>
      {action === undefined ? null : <div>{action}</div>}
    </div>
  )
}

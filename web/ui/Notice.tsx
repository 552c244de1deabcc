import type { ReactNode } from 'react'
import { Icon, type IconName } from './Icon.tsx'
import './ui.css'

const icons: Record<'info' | 'warn' | 'bad' | 'ok', IconName> = {
  info: 'info',
  warn: 'warning',
  bad: 'stop',
  ok: 'checkCircle',
}

/** A remark that belongs to the page (a refusal is a ProblemAlert). */
export function Notice({
  tone = 'info',
  title,
  children,
  action,
}: {
  tone?: keyof typeof icons
  title?: string
  children?: ReactNode
  action?: ReactNode
}): ReactNode {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'bad' ? 'alert' : 'note'}>
      <Icon name={icons[tone]} />
      <div>
        {title === undefined ? null : <p className="notice-title">{title}</p>}
        {children}
      </div>
      {action === undefined ? null : <div className="notice-action">{action}</div>}
    </div>
  )
}

import type { ReactNode } from 'react'
import { usePageTitle } from './use-page-title.ts'
import './ui.css'

/** Title of a page (also of the browser's tab), a line below it and the page's own buttons. */
export function PageHeader({
  title,
  about,
  actions,
}: {
  title: string
  about?: ReactNode
  actions?: ReactNode
}): ReactNode {
  usePageTitle(title)
  return (
    <header className="page-header">
      <div>
        <h1>{title}</h1>
        {about === undefined ? null : <div className="page-about">{about}</div>}
      </div>
      {actions === undefined ? null : <div className="page-actions">{actions}</div>}
    </header>
  )
}

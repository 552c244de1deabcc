import { Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Pages } from '../api/use-pages.ts'
import { Loading } from './Loaded.tsx'
import { ProblemAlert } from './ProblemAlert.tsx'
import './ui.css'

/** The faces of a list that comes a page at a time: coming, refused, here, and more to be had. */
export function Paged<Page, Item>({
  found,
  lines = 8,
  children,
}: {
  found: Pages<Page, Item>
  lines?: number
  children: (items: readonly Item[]) => ReactNode
}): ReactNode {
  return (
    <>
      {found.error ? (
        <div className="paged-waits">
          <ProblemAlert problem={found.error} onRetry={found.retry} />
        </div>
      ) : null}
      {found.items === undefined && !found.error ? (
        <div className="paged-waits">
          <Loading lines={lines} />
        </div>
      ) : null}
      {found.items === undefined ? null : children(found.items)}
      <More more={found.more} />
    </>
  )
}

/** Reads the next page; nothing where there is none. */
export function More({ more }: { more: Pages<unknown, unknown>['more'] }): ReactNode {
  const { t } = useTranslation()
  if (more === undefined) return null
  return (
    <div className="more">
      <Button loading={more.loading} onClick={more.load}>
        {t('action.more')}
      </Button>
    </div>
  )
}

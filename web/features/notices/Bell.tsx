import { Link } from '@tanstack/react-router'
import { type ReactNode, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Loading } from '../../ui/Loaded.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { NoticeItems } from './NoticeItems.tsx'
import { useBell } from './use-bell.ts'
import { useNoticesAgain, useRead } from './use-read.ts'
import './notices.css'

const shown = 8

/** The bell in the top bar: how many are unread, and the newest of them. */
export function Bell(): ReactNode {
  const { t } = useTranslation()
  const panel = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  const counted = useApi('GET /api/notices/unread')
  const newest = useApi('GET /api/notices', { query: { limit: shown } }, { enabled: open })
  const read = useRead()
  useBell(useNoticesAgain())

  const { unread = 0, more = false } = counted.data ?? {}
  const label = unread === 0 ? t('notices.bellNone') : t(more ? 'notices.bellMore' : 'notices.bell', { count: unread })
  const notices = newest.data?.notices
  const close = (): void => panel.current?.hidePopover()
  return (
    <>
      <button type="button" className="icon-button bell" popoverTarget="bell-panel" aria-label={label} title={label}>
        <Icon name="bell" size={20} />
        {unread === 0 ? null : (
          <span className="bell-count" aria-hidden="true">
            {more ? `${unread}+` : unread}
          </span>
        )}
      </button>
      <div
        id="bell-panel"
        ref={panel}
        popover="auto"
        className="bell-panel"
        role="dialog"
        aria-label={t('notices.title')}
        onToggle={(event) => setOpen(event.newState === 'open')}
      >
        <div className="bell-head">
          <strong>{t('notices.title')}</strong>
          {unread > 0 && notices?.[0] ? (
            <button
              type="button"
              className="text-button"
              disabled={read.pending}
              onClick={() => read.upTo(notices[0]?.at ?? '')}
            >
              {t('notices.readAll')}
            </button>
          ) : null}
        </div>
        <div className="bell-list">
          <ProblemAlert problem={newest.error} onRetry={() => void newest.refetch()} />
          {notices === undefined && !newest.error ? (
            <div className="bell-waits">
              <Loading lines={4} />
            </div>
          ) : null}
          {notices?.length === 0 ? (
            <EmptyState icon="bell" title={t('notices.empty')} why={t('notices.emptyWhy')} />
          ) : null}
          {notices === undefined ? null : <NoticeItems notices={notices} onFollow={close} />}
        </div>
        <Link to="/notices" className="bell-all" onClick={close}>
          {t('notices.all')}
        </Link>
      </div>
    </>
  )
}

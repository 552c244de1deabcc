import { Link } from '@tanstack/react-router'
import type { NoticeView } from '@zhongheng/contracts/http/notices.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../i18n/index.ts'
import { Icon } from '../../ui/Icon.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { useRead } from './use-read.ts'
import './notices.css'

/** Notices in one column; following one reads it. */
export function NoticeItems({
  notices,
  onFollow,
}: {
  notices: readonly NoticeView[]
  onFollow?: () => void
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const read = useRead()
  return (
    <ul className="told-list">
      {notices.map((one) => (
        <li key={one.noticeId} className={one.read ? 'told' : 'told told-unread'}>
          <Link
            to={one.href}
            className="told-link"
            onClick={() => {
              if (!one.read) read.one(one.noticeId)
              onFollow?.()
            }}
          >
            <span className="told-text">
              {one.read ? null : <span className="hidden-visually">{t('notices.unread')} </span>}
              {one.urgent ? <Icon name="warning" size={15} label={t('notices.urgent')} /> : null}
              {say(one.text)}
              {one.times > 1 ? <span className="told-times">{t('notices.times', { count: one.times })}</span> : null}
            </span>
            <span className="told-about muted">
              {one.engagementTitle === null ? null : <span className="told-title">{one.engagementTitle}</span>}
              <Moment at={one.at} />
            </span>
          </Link>
          {one.read ? null : (
            <button
              type="button"
              className="icon-button told-read"
              aria-label={`${t('notices.markRead')}: ${say(one.text)}`}
              title={t('notices.markRead')}
              onClick={() => read.one(one.noticeId)}
            >
              <Icon name="check" size={16} />
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

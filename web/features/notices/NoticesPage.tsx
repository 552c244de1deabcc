import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Button, Segmented } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import { usePages } from '../../api/use-pages.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Paged } from '../../ui/Paged.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { MailPanel } from './MailPanel.tsx'
import { NoticeItems } from './NoticeItems.tsx'
import { useRead } from './use-read.ts'
import './notices.css'

const key = 'GET /api/notices'
const route = getRouteApi('/shell/notices')

/** Everything that this person was told and may still know of. */
export default function NoticesPage(): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { unread = false } = route.useSearch()
  const read = useRead()
  const found = usePages(
    [key, { pages: true, unread }],
    (after, options) => callWith(key, { query: { ...(unread ? { unread: 'true' as const } : {}), ...after } }, options),
    (page) => page.notices,
  )
  const notices = found.items
  const newest = notices?.[0]
  return (
    <>
      <PageHeader title={t('notices.title')} about={t('notices.about')} />
      <div className="stack">
        <Panel
          flush
          title={t(unread ? 'notices.show.unread' : 'notices.show.all')}
          extra={
            <div className="button-row">
              <Segmented
                aria-label={t('notices.show.label')}
                value={unread ? 'unread' : 'all'}
                onChange={(value) =>
                  void navigate({ to: '/notices', search: value === 'unread' ? { unread: true } : {}, replace: true })
                }
                options={(['all', 'unread'] as const).map((value) => ({ value, label: t(`notices.show.${value}`) }))}
              />
              {notices?.some((one) => !one.read) ? (
                <Button loading={read.pending} onClick={() => read.upTo(newest?.at ?? '')}>
                  {t('notices.readAll')}
                </Button>
              ) : null}
            </div>
          }
        >
          <Paged found={found}>
            {(shown) =>
              shown.length === 0 ? (
                <EmptyState
                  icon="bell"
                  title={t(unread ? 'notices.emptyUnread' : 'notices.empty')}
                  why={t(unread ? 'notices.emptyUnreadWhy' : 'notices.emptyWhy')}
                />
              ) : (
                <NoticeItems notices={shown} />
              )
            }
          </Paged>
        </Panel>
        <MailPanel />
      </div>
    </>
  )
}

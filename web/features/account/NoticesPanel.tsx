import type { SecurityPage } from '@zhongheng/contracts/http/account.ts'
import { Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Device } from './Device.tsx'

export function NoticesPanel({ page }: { page: SecurityPage }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const seen = useAct('POST /api/account/notices/seen')
  if (page.notices.length === 0) return null
  const unseen = page.notices.filter((one) => !one.seen).length
  return (
    <Panel
      title={t('account.notices.title')}
      extra={
        unseen > 0 ? (
          <Button loading={seen.isPending} onClick={() => seen.mutate({})}>
            {t('account.notices.seen')}
          </Button>
        ) : undefined
      }
    >
      <ul className="notice-list">
        {page.notices.slice(0, 8).map((one) => (
          <li key={one.noticeId} className={one.seen ? '' : 'unseen'}>
            <span>{say(one.text)}</span>
            <span className="muted">
              {one.agent === null ? null : (
                <>
                  <Device agent={one.agent} /> · {one.network} ·{' '}
                </>
              )}
              <Moment at={one.at} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

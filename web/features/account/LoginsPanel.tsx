import type { SecurityPage } from '@zhongheng/contracts/http/account.ts'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { DataList } from '../../ui/DataList.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { ConfirmModal } from './ConfirmModal.tsx'
import { Device } from './Device.tsx'

const methods = ['password', 'passkey', 'oidc', 'invitation'] as const
const isMethod = (text: string): text is (typeof methods)[number] => (methods as readonly string[]).includes(text)

export function LoginsPanel({ page }: { page: SecurityPage }): ReactNode {
  const { t } = useTranslation()
  const [asked, setAsked] = useState(false)
  const end = useAct('DELETE /api/account/logins/:loginId')
  const endOthers = useAct('POST /api/account/logins/others-ended')
  return (
    <Panel
      title={t('account.logins.title')}
      about={t('account.logins.about')}
      flush
      extra={
        page.logins.length > 1 || page.tokens.length > 0 ? (
          <Button danger onClick={() => setAsked(true)}>
            {t('account.logins.endOthers')}
          </Button>
        ) : undefined
      }
    >
      <DataList
        label={t('account.logins.title')}
        rows={page.logins}
        rowKey={(row) => row.loginId}
        empty={null}
        columns={[
          {
            key: 'device',
            label: t('account.logins.device'),
            role: 'lead',
            cell: (row) => (
              <>
                <strong>
                  <Device agent={row.agent} />
                </strong>{' '}
                {row.current ? <span className="tag ok">{t('account.logins.current')}</span> : null}
              </>
            ),
          },
          {
            key: 'network',
            label: t('account.logins.network'),
            cell: (row) => <span className="mono">{row.network}</span>,
          },
          {
            key: 'method',
            label: t('account.logins.method'),
            wide: true,
            cell: (row) => (isMethod(row.method) ? t(`account.methods.${row.method}`) : row.method),
          },
          { key: 'began', label: t('account.logins.began'), cell: (row) => <Moment at={row.createdAt} /> },
          { key: 'seen', label: t('account.logins.seen'), cell: (row) => <Moment at={row.seenAt} /> },
          {
            key: 'act',
            label: '',
            role: 'end',
            cell: (row) =>
              row.current ? null : (
                <div className="button-row row-buttons">
                  <Button size="small" danger onClick={() => end.mutate({ params: { loginId: row.loginId } })}>
                    {t('account.logins.end')}
                  </Button>
                </div>
              ),
          },
        ]}
      />
      <ProblemAlert problem={end.error} />
      {asked ? (
        <ConfirmModal
          title={t('account.logins.endOthers')}
          about={t('account.logins.endOthersText')}
          confirm={t('account.logins.endOthers')}
          pending={endOthers.isPending}
          problem={endOthers.error}
          onCancel={() => setAsked(false)}
          onConfirm={() => endOthers.mutate({}, { onSuccess: () => setAsked(false) })}
        />
      ) : null}
    </Panel>
  )
}

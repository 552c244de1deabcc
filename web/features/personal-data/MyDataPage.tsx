import type { OwnData } from '@zhongheng/contracts/http/personal-data.ts'
import { Button, Input, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { FieldGroups } from './FieldGroups.tsx'
import { OwnCorrections } from './OwnCorrections.tsx'
import { OwnAnswers } from './OwnAnswers.tsx'

/** What is held about the reader, for what, and who was given it; to take along, and to end. */
export default function MyDataPage(): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const found = useApi('GET /api/account/data')
  const [closing, setClosing] = useState(false)
  return (
    <>
      <PageHeader title={t('personalData.title')} about={t('personalData.about')} actions={<TakeAlong />} />
      <Loaded query={found}>
        {(data) => (
          <div className="stack">
            <Panel title={t('personalData.fields')} about={t('personalData.fieldsAbout')} flush>
              <FieldGroups data={data} />
            </Panel>
            <OwnCorrections />
            <OwnAnswers answers={data.answers} />
            <Panel title={t('personalData.givenTo')} about={t('personalData.givenToAbout')} flush>
              <DataList
                label={t('personalData.givenTo')}
                rows={data.givenTo}
                rowKey={(row) => `${row.engagement?.engagementId ?? ''} ${row.role}`}
                empty={
                  <EmptyState icon="people" title={t('personalData.nobody')} why={t('personalData.givenToAbout')} />
                }
                columns={[
                  {
                    key: 'who',
                    label: t('personalData.who'),
                    role: 'lead',
                    cell: (row) => (
                      <>
                        <strong>{row.organisation}</strong> <span className="tag">{t(`role.${row.role}`)}</span>
                      </>
                    ),
                  },
                  {
                    key: 'what',
                    label: t('personalData.what'),
                    cell: (row) => <span className="sentence">{say(row.what)}</span>,
                  },
                  {
                    key: 'by',
                    label: t('personalData.by'),
                    cell: (row) => (
                      <span className="sentence">
                        {say(row.by)}
                        {row.engagement === null ? '' : ` · ${row.engagement.number}`}
                      </span>
                    ),
                  },
                  { key: 'since', label: t('personalData.since'), cell: (row) => <Moment at={row.since} day /> },
                ]}
              />
            </Panel>
            <Panel
              title={t('personalData.close')}
              about={t('personalData.closeAbout')}
              extra={
                <Button danger onClick={() => setClosing(true)}>
                  {t('personalData.close')}
                </Button>
              }
            >
              <Held data={data} />
            </Panel>
          </div>
        )}
      </Loaded>
      {closing ? <CloseAccount onClose={() => setClosing(false)} /> : null}
    </>
  )
}

function Held({ data }: { data: OwnData }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  return (
    <ul>
      {data.held.map((one) => (
        <li key={one.what}>
          {say(one.why)}{' '}
          <span className="muted">
            {one.until === null ? null : (
              <>
                {t('personalData.until')} <Moment at={one.until} day />
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}

/** Asks for the file, and gives it once it came. */
function TakeAlong(): ReactNode {
  const { t } = useTranslation()
  const act = useAct('POST /api/account/data/export', { quiet: true })
  const text = act.data ? JSON.stringify(act.data, null, 2) : null
  return (
    <div className="button-row">
      <ProblemAlert problem={act.error} />
      {text === null ? (
        <Button loading={act.isPending} onClick={() => act.mutate({})}>
          {t('personalData.export')}
        </Button>
      ) : (
        <Button
          type="primary"
          href={`data:application/json;charset=utf-8,${encodeURIComponent(text)}`}
          download="my-data.json"
        >
          {t('personalData.save')}
        </Button>
      )}
    </div>
  )
}

function CloseAccount({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const [login, setLogin] = useState('')
  const act = useAct('POST /api/account/closure', { quiet: true })
  return (
    <Modal
      open
      title={t('personalData.closeTitle')}
      okText={t('personalData.close')}
      cancelText={t('action.cancel')}
      okButtonProps={{ danger: true, disabled: login.trim().toLowerCase() !== me.login }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() =>
        act.mutate({ body: { login: login.trim().toLowerCase() } }, { onSuccess: () => location.assign('/sign-in') })
      }
    >
      <div className="stack">
        <Notice tone="warn">{t('personalData.closeText')}</Notice>
        <label className="stack-tight">
          <span>{t('personalData.typeLogin', { login: me.login })}</span>
          <Input value={login} maxLength={64} spellCheck={false} onChange={(event) => setLogin(event.target.value)} />
        </label>
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}

import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { Button, Form, Input, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { momentText } from '../../ui/moment-text.ts'

type Release = Reply<'GET /api/recoveries'>['factors'][number]
type Asked = { what: 'link'; login: string } | { what: 'release' } | null

/** Members who cannot get in: lost passwords, which one administrator answers, and lost second factors, which two do. */
export function Recoveries(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/recoveries')
  const [asked, setAsked] = useState<Asked>(null)
  const close = (): void => setAsked(null)
  return (
    <Loaded query={found}>
      {({ passwords, factors }) => (
        <>
          <Panel
            title={t('account.rules.lostPasswords')}
            about={t('account.rules.lostPasswordsAbout')}
            flush
            extra={
              <Button onClick={() => setAsked({ what: 'link', login: '' })}>{t('account.rules.forSomebody')}</Button>
            }
          >
            <DataList
              label={t('account.rules.lostPasswords')}
              rows={passwords}
              rowKey={(row) => row.login}
              empty={
                <EmptyState
                  icon="key"
                  title={t('account.rules.noLostPasswords')}
                  why={t('account.rules.lostPasswordsAbout')}
                />
              }
              columns={[
                { key: 'who', label: t('people.members.name'), role: 'lead', cell: (row) => <Who {...row} /> },
                { key: 'org', label: t('account.rules.organisation'), cell: (row) => row.organisation },
                { key: 'asked', label: t('account.rules.askedAt'), cell: (row) => <Moment at={row.askedAt} /> },
                {
                  key: 'act',
                  label: '',
                  role: 'end',
                  cell: (row) => (
                    <div className="button-row row-buttons">
                      <Button size="small" onClick={() => setAsked({ what: 'link', login: row.login })}>
                        {t('account.rules.makeLink')}
                      </Button>
                    </div>
                  ),
                },
              ]}
            />
          </Panel>
          <Panel
            title={t('account.rules.lostFactors')}
            about={t('account.rules.lostFactorsAbout')}
            flush
            extra={<Button onClick={() => setAsked({ what: 'release' })}>{t('account.rules.askRelease')}</Button>}
          >
            <DataList
              label={t('account.rules.lostFactors')}
              rows={factors}
              rowKey={(row) => row.factorReleaseId}
              empty={
                <EmptyState
                  icon="shield"
                  title={t('account.rules.noLostFactors')}
                  why={t('account.rules.lostFactorsAbout')}
                />
              }
              columns={[
                { key: 'who', label: t('people.members.name'), role: 'lead', cell: (row) => <Who {...row} /> },
                { key: 'org', label: t('account.rules.organisation'), wide: true, cell: (row) => row.organisation },
                { key: 'reason', label: t('account.rules.reason'), cell: (row) => row.reason },
                { key: 'by', label: t('account.rules.askedBy'), cell: (row) => row.askedBy },
                {
                  key: 'asked',
                  label: t('account.rules.askedAt'),
                  wide: true,
                  cell: (row) => <Moment at={row.askedAt} />,
                },
                { key: 'act', label: '', role: 'end', cell: (row) => <Decide release={row} /> },
              ]}
            />
          </Panel>
          {asked?.what === 'link' ? <MakeLink login={asked.login} onClose={close} /> : null}
          {asked?.what === 'release' ? <AskRelease onClose={close} /> : null}
        </>
      )}
    </Loaded>
  )
}

const Who = ({ name, login }: { name: string; login: string }): ReactNode => (
  <>
    <strong>{name}</strong>
    <div className="muted mono">{login}</div>
  </>
)

function Decide({ release }: { release: Release }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('POST /api/factor-releases/:factorReleaseId/decision')
  const params = { factorReleaseId: release.factorReleaseId }
  if (!release.mayDecide) return <span className="muted">{t('account.rules.ownRequest')}</span>
  return (
    <div className="button-row row-buttons">
      <Button
        size="small"
        danger
        loading={act.isPending}
        onClick={() => act.mutate({ params, body: { decision: 'release' } })}
      >
        {t('account.rules.release')}
      </Button>
      <Button size="small" loading={act.isPending} onClick={() => act.mutate({ params, body: { decision: 'refuse' } })}>
        {t('account.rules.refuse')}
      </Button>
      <ProblemAlert problem={act.error} />
    </div>
  )
}

function MakeLink({ login: given, onClose }: { login: string; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const [login, setLogin] = useState(given)
  const act = useAct('POST /api/password-links')
  return (
    <Modal
      open
      title={t('account.rules.makeLink')}
      okText={act.data ? t('action.close') : t('account.rules.makeLink')}
      cancelText={t('action.cancel')}
      {...(act.data ? { cancelButtonProps: { style: { display: 'none' } } } : {})}
      mask={{ closable: !act.data }}
      okButtonProps={{ disabled: login.trim() === '' }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => (act.data ? onClose() : act.mutate({ body: { login: login.trim() } }))}
    >
      {act.data ? (
        <div className="stack">
          <Notice tone="warn" title={t('account.rules.linkTitle', { login })}>
            {t('account.rules.linkText', { expires: momentText(act.data.expiresAt, language, 'minutes') })}
          </Notice>
          <div className="secret-box">
            <code>{act.data.link}</code>
            <CopyButton text={act.data.link} />
          </div>
        </div>
      ) : (
        <Form layout="vertical" requiredMark={false}>
          <Form.Item label={t('people.signIn.login')} htmlFor="link-login">
            <Input id="link-login" value={login} autoFocus onChange={(event) => setLogin(event.target.value)} />
          </Form.Item>
          <ProblemAlert problem={act.error} />
        </Form>
      )}
    </Modal>
  )
}

function AskRelease({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const [login, setLogin] = useState('')
  const [reason, setReason] = useState('')
  const act = useAct('POST /api/factor-releases')
  return (
    <Modal
      open
      title={t('account.rules.askRelease')}
      okText={t('account.rules.askRelease')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: login.trim() === '' || reason.trim().length < 10 }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => act.mutate({ body: { login: login.trim(), reason: reason.trim() } }, { onSuccess: onClose })}
    >
      <Form layout="vertical" requiredMark={false}>
        <Form.Item label={t('people.signIn.login')} htmlFor="release-login">
          <Input id="release-login" value={login} autoFocus onChange={(event) => setLogin(event.target.value)} />
        </Form.Item>
        <Form.Item
          label={t('account.rules.reason')}
          htmlFor="release-reason"
          extra={t('form.length', { min: 10, max: 500 })}
        >
          <Input.TextArea
            id="release-reason"
            rows={3}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </Form.Item>
        <ProblemAlert problem={act.error} />
      </Form>
    </Modal>
  )
}

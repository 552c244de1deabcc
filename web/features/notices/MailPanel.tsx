import type { OwnMail } from '@zhongheng/contracts/http/mail.ts'
import { Button, Checkbox, Form, Input } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { WithConsent } from '../personal-data/ConsentSwitch.tsx'
import './notices.css'

const mailGroups: readonly OwnMail['without'][number][] = [
  'approvals',
  'engagement',
  'access',
  'findings',
  'rewards',
  'reports',
  'account',
]

/** What comes by mail, and where. */
export function MailPanel(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/account/mail')
  return (
    <Panel title={t('notices.mail.title')} about={t('notices.mail.about')}>
      <Loaded query={found} lines={3}>
        {(mail) =>
          mail.offered ? (
            <WithConsent purpose="mail">
              <Own key={mail.address ?? ''} mail={mail} />
            </WithConsent>
          ) : (
            <p>{t('notices.mail.off')}</p>
          )
        }
      </Loaded>
    </Panel>
  )
}

function Own({ mail }: { mail: OwnMail }): ReactNode {
  const { t } = useTranslation()
  const [changing, setChanging] = useState(mail.address === null)
  const drop = useAct('DELETE /api/account/mail')
  return (
    <div className="stack">
      {mail.address === null ? null : (
        <div className="button-row">
          <strong>{mail.address}</strong>
          <span className="muted">
            {mail.verifiedAt === null ? t('notices.mail.waits') : t('notices.mail.verified')}{' '}
            {mail.verifiedAt === null ? null : <Moment at={mail.verifiedAt} day />}
          </span>
          {changing ? null : <Button onClick={() => setChanging(true)}>{t('notices.mail.change')}</Button>}
          <Button danger loading={drop.isPending} onClick={() => drop.mutate({})}>
            {t('notices.mail.remove')}
          </Button>
        </div>
      )}
      <ProblemAlert problem={drop.error} />
      {mail.codeUntil === null ? null : <Code until={mail.codeUntil} />}
      {changing ? <Address onDone={() => setChanging(false)} /> : null}
      {mail.verifiedAt === null ? null : <Choices mail={mail} />}
    </div>
  )
}

function Address({ onDone }: { onDone: () => void }): ReactNode {
  const { t } = useTranslation()
  const give = useAct('PUT /api/account/mail')
  const [address, setAddress] = useState('')
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      onFinish={() => give.mutate({ body: { address } }, { onSuccess: onDone })}
    >
      <Form.Item label={t('notices.mail.address')} htmlFor="mail-address" extra={t('notices.mail.addressAbout')}>
        <Input
          id="mail-address"
          type="email"
          autoComplete="email"
          maxLength={254}
          value={address}
          onChange={(event) => setAddress(event.target.value)}
          placeholder="name@example.com"
        />
      </Form.Item>
      <ProblemAlert problem={give.error} />
      <Button type="primary" htmlType="submit" loading={give.isPending} disabled={address.trim().length < 3}>
        {t('notices.mail.send')}
      </Button>
    </Form>
  )
}

function Code({ until }: { until: string }): ReactNode {
  const { t } = useTranslation()
  const confirm = useAct('POST /api/account/mail/confirmation')
  const [code, setCode] = useState('')
  return (
    <Form layout="vertical" requiredMark={false} onFinish={() => confirm.mutate({ body: { code } })}>
      <Form.Item
        label={t('notices.mail.code')}
        htmlFor="mail-code"
        extra={
          <>
            {t('notices.mail.until')} <Moment at={until} />
          </>
        }
      >
        <Input
          id="mail-code"
          autoComplete="one-time-code"
          maxLength={20}
          value={code}
          onChange={(event) => setCode(event.target.value)}
        />
      </Form.Item>
      <ProblemAlert problem={confirm.error} />
      <Button type="primary" htmlType="submit" loading={confirm.isPending} disabled={code.trim().length < 6}>
        {t('notices.mail.confirm')}
      </Button>
    </Form>
  )
}

function Choices({ mail }: { mail: OwnMail }): ReactNode {
  const { t } = useTranslation()
  const choose = useAct('PUT /api/account/mail/choices')
  return (
    <fieldset className="mail-choices">
      <legend>{t('notices.mail.which')}</legend>
      {mailGroups.map((group) => (
        <Checkbox
          key={group}
          checked={!mail.without.includes(group)}
          disabled={choose.isPending}
          onChange={({ target }) =>
            choose.mutate({
              body: {
                without: target.checked ? mail.without.filter((one) => one !== group) : [...mail.without, group],
              },
            })
          }
        >
          {t(`notices.mail.groups.${group}`)}
        </Checkbox>
      ))}
      <ProblemAlert problem={choose.error} />
    </fieldset>
  )
}

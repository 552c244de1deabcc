import type { OutgoingView, TargetCertificateView } from '@zhongheng/contracts/http/outgoing.ts'
import { Button, Checkbox, Input, Popconfirm } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useEngagement } from './engagement-context.ts'

/** How the gateway reaches this engagement's objects: source addresses, verification, client certificates. */
export function Outgoing(): ReactNode {
  const page = useEngagement()
  const found = useApi('GET /api/engagements/:engagementId/outgoing', { params: { engagementId: page.engagementId } })
  return (
    <Loaded query={found}>
      {(view) => (
        <>
          <Certificates view={view} mayManage={page.may.includes('target_certificate.manage')} />
          <Ways
            key={`${view.egressAddresses.join()} ${view.verifiedTargetsOnly}`}
            view={view}
            mayChoose={page.may.includes('outgoing.choose')}
          />
        </>
      )}
    </Loaded>
  )
}

function Certificates({ view, mayManage }: { view: OutgoingView; mayManage: boolean }): ReactNode {
  const { t } = useTranslation()
  const [host, setHost] = useState<string | null>(null)
  return (
    <Panel
      title={t('engagement.outgoing.certificates')}
      about={t('engagement.outgoing.certificatesAbout')}
      extra={
        mayManage && host === null ? (
          <Button size="small" onClick={() => setHost('')}>
            {t('engagement.outgoing.give')}
          </Button>
        ) : null
      }
      flush
    >
      {view.certificates.length === 0 && host === null ? (
        <EmptyState icon="shield" title={t('engagement.outgoing.none')} why={t('engagement.outgoing.noneWhy')} />
      ) : null}
      {view.certificates.map((one) => (
        <Certificate key={one.certificateId} one={one} mayManage={mayManage} onReplace={() => setHost(one.host)} />
      ))}
      {host === null ? null : <GiveCertificate key={host} host={host} onDone={() => setHost(null)} />}
    </Panel>
  )
}

function Certificate({
  one,
  mayManage,
  onReplace,
}: {
  one: TargetCertificateView
  mayManage: boolean
  onReplace: () => void
}): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const act = useAct('DELETE /api/engagements/:engagementId/target-certificates/:certificateId')
  return (
    <div className="record">
      <div className="record-head">
        <div className="tags">
          <code className="break">{one.host}</code>
          <span className="quiet break">{one.subject}</span>
        </div>
        {mayManage ? (
          <div className="button-row">
            <Button size="small" onClick={onReplace}>
              {t('engagement.outgoing.replace')}
            </Button>
            <Popconfirm
              title={t('engagement.outgoing.removeSure')}
              okText={t('engagement.outgoing.remove')}
              cancelText={t('action.cancel')}
              onConfirm={() => act.mutate({ params: { engagementId, certificateId: one.certificateId } })}
            >
              <Button size="small" danger loading={act.isPending}>
                {t('engagement.outgoing.remove')}
              </Button>
            </Popconfirm>
          </div>
        ) : null}
      </div>
      <p className="record-meta">
        {t('engagement.outgoing.expires')} <Moment at={one.expiresAt} /> · {t('engagement.outgoing.given')}{' '}
        {one.givenBy} <Moment at={one.givenAt} />
      </p>
      <p className="record-meta">
        SHA-256 <code className="break">{one.fingerprint}</code>
      </p>
      <ProblemAlert problem={act.error} />
    </div>
  )
}

function GiveCertificate({ host: known, onDone }: { host: string; onDone: () => void }): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const [host, setHost] = useState(known)
  const [certificate, setCertificate] = useState('')
  const [key, setKey] = useState('')
  const act = useAct('PUT /api/engagements/:engagementId/target-certificates')
  return (
    <div className="record-form stack">
      <label className="stack-tight">
        <span>{t('engagement.outgoing.host')}</span>
        <Input value={host} onChange={(event) => setHost(event.target.value)} placeholder="api.example.com" />
      </label>
      <label className="stack-tight">
        <span>{t('engagement.outgoing.certificate')}</span>
        <Input.TextArea
          value={certificate}
          onChange={(event) => setCertificate(event.target.value)}
          rows={5}
          spellCheck={false}
          placeholder="-----BEGIN CERTIFICATE-----"
        />
      </label>
      <label className="stack-tight">
        <span>{t('engagement.outgoing.key')}</span>
        <Input.TextArea
          value={key}
          onChange={(event) => setKey(event.target.value)}
          rows={5}
          spellCheck={false}
          autoComplete="off"
          placeholder="-----BEGIN PRIVATE KEY-----"
        />
      </label>
      <p className="quiet">{t('engagement.outgoing.keyHint')}</p>
      <ProblemAlert problem={act.error} />
      <div className="button-row">
        <Button
          color="primary"
          variant="solid"
          loading={act.isPending}
          disabled={host === '' || certificate === '' || key === ''}
          onClick={() =>
            act.mutate({ params: { engagementId }, body: { host, certificate, key } }, { onSuccess: onDone })
          }
        >
          {t('engagement.outgoing.save')}
        </Button>
        <Button onClick={onDone}>{t('action.cancel')}</Button>
      </div>
    </div>
  )
}

function Ways({ view, mayChoose }: { view: OutgoingView; mayChoose: boolean }): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const [chosen, setChosen] = useState<string[]>(view.egressAddresses)
  const [verified, setVerified] = useState(view.verifiedTargetsOnly)
  const act = useAct('PUT /api/engagements/:engagementId/outgoing')
  const options = [...new Set([...view.offered, ...view.egressAddresses])]
  const changed = chosen.join() !== view.egressAddresses.join() || verified !== view.verifiedTargetsOnly
  return (
    <Panel title={t('engagement.outgoing.ways')} about={t('engagement.outgoing.waysAbout')}>
      <div className="stack">
        {options.length === 0 ? (
          <p className="quiet">{t('engagement.outgoing.noAddresses')}</p>
        ) : (
          <Checkbox.Group
            options={options}
            value={chosen}
            disabled={!mayChoose}
            onChange={(values) => setChosen(values)}
          />
        )}
        <Checkbox checked={verified} disabled={!mayChoose} onChange={(event) => setVerified(event.target.checked)}>
          {t('engagement.outgoing.verifiedOnly')}
        </Checkbox>
        <ProblemAlert problem={act.error} />
        {mayChoose && changed ? (
          <div>
            <Button
              color="primary"
              variant="solid"
              loading={act.isPending}
              onClick={() =>
                act.mutate({
                  params: { engagementId },
                  body: { egressAddresses: chosen, verifiedTargetsOnly: verified },
                })
              }
            >
              {t('engagement.outgoing.save')}
            </Button>
          </div>
        ) : null}
      </div>
    </Panel>
  )
}

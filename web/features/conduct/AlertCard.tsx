import type { AlertView } from '@zhongheng/contracts/http/alerts.ts'
import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import { Link } from '@tanstack/react-router'
import { Button, Input, Modal, Radio } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { Icon } from '../../ui/Icon.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { ReasonModal } from '../../ui/ReasonModal.tsx'

const outcomes = ['violation', 'permitted', 'false_alarm'] as const
const severityTone = { high: 'bad', medium: 'warn', low: '' } as const
const stateTone = { open: 'bad', acknowledged: 'warn', settled: 'ok' } as const

/** One alert: what was seen, where, what followed, and what may be done about it. */
export function AlertCard({
  alert,
  page,
  mayHandle,
}: {
  alert: AlertView
  page: EngagementPage
  mayHandle: boolean
}): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const said = (text: { zh: string; en: string }): string => (language === 'en' ? text.en : text.zh)
  return (
    <article className="record" aria-label={said(alert.title)}>
      <div className="record-head">
        <div className="tags">
          <span className={`tag ${severityTone[alert.severity]}`}>
            <Icon name="warning" size={13} /> {t(`conduct.alerts.severities.${alert.severity}`)}
          </span>
          <strong>{said(alert.title)}</strong>
          <span className={`tag ${stateTone[alert.state]}`}>{t(`conduct.alerts.states.${alert.state}`)}</span>
          {alert.outcome ? <span className="tag">{t(`conduct.alerts.outcomes.${alert.outcome}`)}</span> : null}
        </div>
        {mayHandle ? <Acts alert={alert} page={page} /> : null}
      </div>
      <p>
        <strong>{alert.testerName}</strong> · <code className="break">{alert.host}</code> ·{' '}
        {t('conduct.alerts.seen', { exchanges: alert.exchanges, most: alert.most })}
      </p>
      <p className="quiet">{said(alert.about)}</p>
      <ul className="alert-hits">
        {alert.hits.map((hit) => (
          <li key={`${hit.exchangeId} ${hit.side}`}>
            <Link
              to="/engagements/$engagementId/traffic/$exchangeId"
              params={{ engagementId: page.engagementId, exchangeId: hit.exchangeId }}
            >
              {t('conduct.alerts.hit', {
                side: t(`conduct.alerts.sides.${hit.side}`),
                count: hit.count,
                position: hit.position.toLocaleString(language),
              })}
            </Link>{' '}
            <code className="muted" title={`${t('conduct.alerts.digest')} ${hit.digest}`}>
              {hit.digest.slice(0, 12)}
            </code>
          </li>
        ))}
      </ul>
      <p className="record-meta">
        {t('conduct.alerts.first')} <Moment at={alert.firstAt} /> · {t('conduct.alerts.last')}{' '}
        <Moment at={alert.lastAt} /> · {t(`conduct.alerts.responded.${alert.response}`)} ·{' '}
        {t(`conduct.alerts.leaseStates.${alert.leaseState}`)}
        {alert.slowedTo === null ? null : ` · ${t('conduct.alerts.paced', { rate: alert.slowedTo })}`} ·{' '}
        {t('conduct.alerts.clauses')} {alert.clauses.join(', ')}
      </p>
      {alert.reason === null ? null : (
        <p className="record-meta break">
          {t('conduct.alerts.handled', { name: alert.handledBy ?? '', reason: alert.reason })}
          {alert.handledAt === null ? null : (
            <>
              {' · '}
              <Moment at={alert.handledAt} />
            </>
          )}
        </p>
      )}
    </article>
  )
}

function Acts({ alert, page }: { alert: AlertView; page: EngagementPage }): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = page
  const [asked, setAsked] = useState<'acknowledge' | 'settle' | 'stop' | null>(null)
  const [outcome, setOutcome] = useState<(typeof outcomes)[number] | null>(null)
  const [reason, setReason] = useState('')
  const decide = useAct('POST /api/engagements/:engagementId/alerts/:alertId/decision')
  const stop = useAct('POST /api/engagements/:engagementId/leases/:leaseId/state')
  const close = (): void => {
    setAsked(null)
    setReason('')
    decide.reset()
    stop.reset()
  }
  const fits = reason.trim().length >= 5 && (asked !== 'settle' || outcome !== null)
  return (
    <div className="button-row">
      {alert.state === 'open' ? (
        <Button size="small" onClick={() => setAsked('acknowledge')}>
          {t('conduct.alerts.acknowledge')}
        </Button>
      ) : null}
      {alert.state === 'settled' ? null : (
        <Button size="small" onClick={() => setAsked('settle')}>
          {t('conduct.alerts.settle')}
        </Button>
      )}
      {alert.leaseState === 'active' && page.may.includes('lease.revoke') ? (
        <Button size="small" danger onClick={() => setAsked('stop')}>
          {t('conduct.alerts.stopTester')}
        </Button>
      ) : null}
      {asked === 'stop' ? (
        <ReasonModal
          title={t('conduct.alerts.stopTester')}
          about={t('conduct.alerts.stopTesterSure')}
          confirm={t('conduct.alerts.stopTester')}
          danger
          pending={stop.isPending}
          problem={stop.error}
          onCancel={close}
          onConfirm={(given) =>
            stop.mutate(
              { params: { engagementId, leaseId: alert.leaseId }, body: { state: 'suspended', reason: given } },
              { onSuccess: close },
            )
          }
        />
      ) : null}
      {asked === 'acknowledge' || asked === 'settle' ? (
        <Modal
          open
          title={t(`conduct.alerts.${asked}`)}
          okText={t(`conduct.alerts.${asked}`)}
          cancelText={t('action.cancel')}
          okButtonProps={{ disabled: !fits }}
          confirmLoading={decide.isPending}
          onCancel={close}
          onOk={() =>
            decide.mutate(
              {
                params: { engagementId, alertId: alert.alertId },
                body: { act: asked, reason, ...(asked === 'settle' && outcome !== null ? { outcome } : {}) },
              },
              { onSuccess: close },
            )
          }
        >
          <div className="stack">
            {asked === 'settle' ? (
              <>
                <Radio.Group
                  aria-label={t('conduct.alerts.outcome')}
                  value={outcome}
                  options={outcomes.map((value) => ({ value, label: t(`conduct.alerts.outcomes.${value}`) }))}
                  onChange={(event) => setOutcome(event.target.value as (typeof outcomes)[number])}
                />
                <p className="quiet">{t('conduct.alerts.settleHint')}</p>
              </>
            ) : null}
            <label className="stack-tight">
              <span>{t('conduct.alerts.reason')}</span>
              <Input.TextArea
                rows={3}
                maxLength={1000}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
            </label>
            <ProblemAlert problem={decide.error} />
          </div>
        </Modal>
      ) : null}
    </div>
  )
}

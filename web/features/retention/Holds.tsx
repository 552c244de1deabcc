import { Link } from '@tanstack/react-router'
import type { HoldView } from '@zhongheng/contracts/http/retention.ts'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { ReasonModal } from '../../ui/ReasonModal.tsx'
import './retention.css'

type Verdict = 'ask' | 'confirm' | 'keep'

/** Legal holds with their words, and what the reader may say of each. */
export function Holds({ holds }: { holds: readonly HoldView[] }): ReactNode {
  const { t } = useTranslation()
  const [asking, setAsking] = useState<{ hold: HoldView; verdict: Verdict } | null>(null)
  if (holds.length === 0)
    return <EmptyState icon="shield" title={t('retention.holds.empty')} why={t('retention.holds.emptyWhy')} />
  return (
    <>
      <ul className="holds">
        {holds.map((hold) => (
          <li key={hold.holdId} className={hold.lifted ? 'hold lifted' : 'hold'}>
            <div className="hold-head">
              <span className={`chip ${hold.lifted ? 'state-twin' : hold.liftAsked ? 'state-pending' : 'state-ask'}`}>
                {t(
                  hold.lifted
                    ? 'retention.holds.lifted'
                    : hold.liftAsked
                      ? 'retention.holds.asked'
                      : 'retention.holds.stands',
                )}
              </span>
              <strong className="hold-reference">{hold.reference}</strong>
            </div>
            <p className="hold-reason">{hold.reason}</p>
            <p className="muted">
              {hold.engagement ? (
                <Link to="/engagements/$engagementId/retention" params={{ engagementId: hold.engagement.engagementId }}>
                  {hold.engagement.title}
                </Link>
              ) : (
                t('retention.holds.house', { name: hold.orgName })
              )}
              {' · '}
              {t('retention.holds.placed', { org: hold.orgName, name: hold.placedBy })} <Moment at={hold.placedAt} />
            </p>
            {hold.liftAsked ? (
              <p className="muted">
                {t('retention.holds.askedBy', { name: hold.liftAsked.by })} <Moment at={hold.liftAsked.at} />
              </p>
            ) : null}
            {hold.lifted ? (
              <p className="muted">
                {t('retention.holds.liftedBy', { name: hold.lifted.by })} <Moment at={hold.lifted.at} />
              </p>
            ) : null}
            {hold.mayAsk || hold.mayConfirm || hold.mayKeep ? (
              <div className="button-row">
                {hold.mayAsk ? (
                  <Button size="small" onClick={() => setAsking({ hold, verdict: 'ask' })}>
                    {t('retention.holds.ask')}
                  </Button>
                ) : null}
                {hold.mayConfirm ? (
                  <Button size="small" danger onClick={() => setAsking({ hold, verdict: 'confirm' })}>
                    {t('retention.holds.confirm')}
                  </Button>
                ) : null}
                {hold.mayKeep ? (
                  <Button size="small" onClick={() => setAsking({ hold, verdict: 'keep' })}>
                    {t('retention.holds.keep')}
                  </Button>
                ) : null}
                {hold.mayKeep && !hold.mayConfirm ? (
                  <span className="muted">{t('retention.holds.another')}</span>
                ) : null}
              </div>
            ) : null}
          </li>
        ))}
      </ul>
      {asking ? <Lift {...asking} onClose={() => setAsking(null)} /> : null}
    </>
  )
}

function Lift({ hold, verdict, onClose }: { hold: HoldView; verdict: Verdict; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('POST /api/holds/:holdId/lift')
  return (
    <ReasonModal
      title={`${t(`retention.holds.${verdict}`)} · ${hold.reference}`}
      about={t(`retention.holds.${verdict}About`)}
      confirm={t(`retention.holds.${verdict}`)}
      danger={verdict === 'confirm'}
      pending={act.isPending}
      problem={act.error}
      onCancel={onClose}
      onConfirm={(reason) =>
        act.mutate({ params: { holdId: hold.holdId }, body: { verdict, reason } }, { onSuccess: onClose })
      }
    />
  )
}

import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../ui/Icon.tsx'
import type { Feed } from './rows.ts'

/** Whether the wire behind this list is in order: gateway, recorder, policy and how far the list is behind. */
export function TrafficStatus({ feed: { gateway, lagSeconds } }: { feed: Feed }): ReactNode {
  const { t } = useTranslation()
  const line = (good: boolean, yes: string, no: string): ReactNode => (
    <span className={good ? 'tag ok' : 'tag bad'}>
      <Icon name={good ? 'check' : 'warning'} size={13} />
      {good ? yes : no}
    </span>
  )
  return (
    <div className="traffic-status" role="status">
      {line(gateway.up, t('traffic.gateway.up'), t('traffic.gateway.down'))}
      {gateway.up ? line(gateway.recorder, t('traffic.gateway.recorder'), t('traffic.gateway.recorderDown')) : null}
      {gateway.up ? (
        gateway.policySequence === null ? (
          <span className="tag warn">{t('traffic.gateway.noPolicy')}</span>
        ) : (
          <span className="tag mono">{t('traffic.gateway.policy', { sequence: gateway.policySequence })}</span>
        )
      ) : null}
      {lagSeconds > 2 ? (
        <span className="tag warn">
          <Icon name="clock" size={13} />
          {t('traffic.gateway.lag', { seconds: Math.round(lagSeconds) })}
        </span>
      ) : null}
    </div>
  )
}

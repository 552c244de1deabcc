import { Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { LinkButton } from '../../app/LinkButton.tsx'
import { useMe } from '../../app/session.ts'
import { useEngagement } from '../engagements/engagement-context.ts'
import { maySubmit } from '../findings/may-submit.ts'
import { basketLimit, setBasket, useBasket } from './basket.ts'
import { ExportMenu } from './ExportMenu.tsx'
import type { Marked } from './marked.ts'

/** What can be done with the marked exchanges: export, compare two, cite one's own. */
export function MarkedBar({
  engagementId,
  marked,
  onClear,
}: {
  engagementId: string
  marked: Marked
  onClear: () => void
}): ReactNode {
  const { t } = useTranslation()
  const engagement = useEngagement()
  const { may } = engagement
  const me = useMe()
  const basket = useBasket(engagementId)
  if (marked.size === 0) return null
  const rows = [...marked.values()]
  const [one, other] = rows
  const citable = maySubmit(engagement)
    ? rows.filter(
        (row) =>
          row.testerId === me.personId &&
          row.refusal === null &&
          !basket.some(({ exchangeId }) => exchangeId === row.exchangeId),
      )
    : []
  return (
    <div className="marked-bar" role="toolbar" aria-label={t('traffic.marked', { count: marked.size })}>
      <strong>{t('traffic.marked', { count: marked.size })}</strong>
      {may.includes('captures.read') ? (
        <ExportMenu
          engagementId={engagementId}
          only={rows.map(({ sequence }) => sequence)}
          label={t('traffic.export.chosen', { count: marked.size })}
        />
      ) : null}
      {marked.size === 2 && one !== undefined && other !== undefined ? (
        <LinkButton
          size="small"
          to="/engagements/$engagementId/traffic-compare"
          params={{ engagementId }}
          search={{ a: one.exchangeId, b: other.exchangeId }}
        >
          {t('traffic.compare.title')}
        </LinkButton>
      ) : null}
      {citable.length > 0 ? (
        <Button
          size="small"
          onClick={() =>
            setBasket(
              engagementId,
              [
                ...basket,
                ...citable.map(({ exchangeId, method, host, path, status, startedAt }) => ({
                  exchangeId,
                  method,
                  host,
                  path,
                  status,
                  startedAt,
                })),
              ].slice(0, basketLimit),
            )
          }
        >
          {t('traffic.view.cite')}
        </Button>
      ) : null}
      <Button size="small" type="text" onClick={onClear}>
        {t('traffic.unmark')}
      </Button>
    </div>
  )
}

import { Button } from 'antd'
import type { RetentionPage } from '@zhongheng/contracts/http/retention.ts'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'
import { Holds } from './Holds.tsx'
import { OrderDisposal } from './OrderDisposal.tsx'
import { PlaceHold } from './PlaceHold.tsx'
import { SetTerm } from './SetTerm.tsx'

type What = 'traffic' | 'file'

/** Until when an engagement's data is kept, which holds stand over it, and how it is destroyed. */
export default function RetentionTab(): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const found = useApi('GET /api/engagements/:engagementId/retention', { params: { engagementId } })
  const [placing, setPlacing] = useState(false)
  const [setting, setSetting] = useState(false)
  const [ordering, setOrdering] = useState<What | null>(null)
  return (
    <Loaded query={found}>
      {(page) => (
        <div className="stack">
          <Panel
            title={t('retention.holds.title')}
            about={t('retention.holds.about')}
            extra={
              page.mayPlace ? <Button onClick={() => setPlacing(true)}>{t('retention.place.place')}</Button> : undefined
            }
          >
            <Holds holds={page.holds} />
          </Panel>
          <div className="terms">
            {(['traffic', 'file'] as const).map((what) => (
              <Term
                key={what}
                what={what}
                term={page[what]}
                about={t(`retention.${what}.about`, page.trafficDays)}
                onSet={what === 'traffic' && page.mayKeepFrom !== null ? () => setSetting(true) : undefined}
                onOrder={page.mayDispose && page[what].refused === null ? () => setOrdering(what) : undefined}
              />
            ))}
          </div>
          {placing ? <PlaceHold engagementId={engagementId} onClose={() => setPlacing(false)} /> : null}
          {setting && page.mayKeepFrom !== null ? (
            <SetTerm
              engagementId={engagementId}
              days={page.trafficDays.days}
              least={page.mayKeepFrom}
              most={page.trafficDays.most}
              onClose={() => setSetting(false)}
            />
          ) : null}
          {ordering ? (
            <OrderDisposal engagementId={engagementId} what={ordering} onClose={() => setOrdering(null)} />
          ) : null}
        </div>
      )}
    </Loaded>
  )
}

function Term({
  what,
  term,
  about,
  onSet,
  onOrder,
}: {
  what: What
  term: RetentionPage['traffic']
  about: string
  onSet: (() => void) | undefined
  onOrder: (() => void) | undefined
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { ordered, doneAt, refused, keptUntil } = term
  return (
    <Panel title={t(`retention.${what}.title`)} about={about}>
      <div className="stack">
        <Facts
          rows={[
            [
              t('retention.keptUntil'),
              keptUntil === null ? t(`retention.${what}.nothing`) : <Moment key="until" at={keptUntil} />,
            ],
            ...(ordered
              ? ([
                  [
                    t('retention.ordered'),
                    <span key="ordered">
                      {ordered.by} <Moment at={ordered.at} />
                    </span>,
                  ],
                  ...(ordered.second === null ? [] : [[t('retention.second'), ordered.second] as const]),
                  [t('retention.basis'), ordered.basis],
                  [t('retention.witness'), ordered.witness],
                  [t('retention.done'), doneAt === null ? t('retention.underWay') : <Moment key="done" at={doneAt} />],
                ] as const)
              : []),
          ]}
        />
        {ordered === null && refused !== null ? <p className="muted">{say(refused.why)}</p> : null}
        {onSet || onOrder ? (
          <div className="button-row">
            {onSet ? <Button onClick={onSet}>{t('retention.term.set')}</Button> : null}
            {onOrder ? (
              <Button danger onClick={onOrder}>
                {t('retention.order.order')}
              </Button>
            ) : null}
          </div>
        ) : null}
      </div>
    </Panel>
  )
}

import type { TimelineEvent } from '@zhongheng/contracts/http/engagements.ts'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import { usePages } from '../../api/use-pages.ts'
import { useLanguage } from '../../i18n/index.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { LedgerTag } from '../../ui/LedgerTag.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Paged } from '../../ui/Paged.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { useEngagement } from './engagement-context.ts'
import { roleWord } from './role-word.ts'

const key = 'GET /api/engagements/:engagementId/timeline'

/** The check comes with it, so it loads when somebody asks for a receipt. */
const ReceiptDialog = lazy(() =>
  import('../receipts/ReceiptDialog.tsx').then((module) => ({ default: module.ReceiptDialog })),
)

/** Every event with actor, role, exact time and ledger position. */
export default function TimelineTab(): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const [receipt, setReceipt] = useState<string>()
  const found = usePages(
    [key, { engagementId }],
    (after, options) => callWith(key, { params: { engagementId }, query: { limit: 50, ...after } }, options),
    (page) => page.events,
  )
  return (
    <Panel title={t('engagement.timeline.title')} about={t('engagement.timeline.about')} flush>
      <Paged found={found}>
        {(events) =>
          events.length === 0 ? (
            <EmptyState icon="clock" title={t('engagement.timeline.empty')} why={t('engagement.timeline.emptyWhy')} />
          ) : (
            <ol className="timeline">
              {events.map((event) => (
                <EventRow key={event.eventId} event={event} onReceipt={() => setReceipt(event.eventId)} />
              ))}
            </ol>
          )
        }
      </Paged>
      {receipt === undefined ? null : (
        <Suspense fallback={null}>
          <ReceiptDialog eventId={receipt} onClose={() => setReceipt(undefined)} />
        </Suspense>
      )}
    </Panel>
  )
}

function EventRow({ event, onReceipt }: { event: TimelineEvent; onReceipt: () => void }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  return (
    <li className={/denied|refused/.test(event.kind) ? 'denied' : ''}>
      <span className="event-time">
        <Moment at={event.at} seconds />
      </span>
      <div>
        <div className="break">{say(event.text)}</div>
        <div className="event-who">
          {event.role === 'system' ? null : `${event.actorName} · `}
          {roleWord(event.role, t)}
        </div>
      </div>
      <span>
        {event.ledgerIndex === null ? (
          <LedgerTag index={null} />
        ) : (
          <span className="event-proof">
            <LedgerTag index={event.ledgerIndex} text={t('engagement.timeline.entry', { index: event.ledgerIndex })} />
            <button type="button" className="tag" onClick={onReceipt}>
              {t('receipts.show')}
            </button>
          </span>
        )}
      </span>
    </li>
  )
}

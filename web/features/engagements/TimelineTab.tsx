import { Link } from '@tanstack/react-router'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { TimelineEvent } from '@zhongheng/contracts/http/engagements.ts'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { Button } from 'antd'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { useLanguage } from '../../i18n/index.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loading } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useEngagement } from './engagement-context.ts'
import { roleWord } from './role-word.ts'

/** The check comes with it, so it loads when somebody asks for a receipt. */
const ReceiptDialog = lazy(() =>
  import('../receipts/ReceiptDialog.tsx').then((module) => ({ default: module.ReceiptDialog })),
)

/** Every event with actor, role, exact time and ledger position. */
export default function TimelineTab(): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const [receipt, setReceipt] = useState<string>()
  const found = useInfiniteQuery<
    Reply<'GET /api/engagements/:engagementId/timeline'>,
    ApiProblem,
    TimelineEvent[],
    readonly unknown[],
    string | undefined
  >({
    queryKey: ['GET /api/engagements/:engagementId/timeline', { engagementId }],
    queryFn: ({ pageParam, signal }) =>
      callWith(
        'GET /api/engagements/:engagementId/timeline',
        { params: { engagementId }, query: { limit: 50, ...(pageParam ? { after: pageParam } : {}) } },
        { signal },
      ),
    initialPageParam: undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    select: ({ pages }) => pages.flatMap((page) => page.events),
  })
  return (
    <Panel title={t('engagement.timeline.title')} about={t('engagement.timeline.about')} flush>
      <ProblemAlert problem={found.error} onRetry={() => void found.refetch()} />
      {found.data === undefined && !found.error ? <Loading lines={8} /> : null}
      {found.data?.length === 0 ? (
        <EmptyState icon="clock" title={t('engagement.timeline.empty')} why={t('engagement.timeline.emptyWhy')} />
      ) : null}
      <ol className="timeline">
        {found.data?.map((event) => (
          <EventRow key={event.eventId} event={event} onReceipt={() => setReceipt(event.eventId)} />
        ))}
      </ol>
      {found.hasNextPage ? (
        <div className="more">
          <Button loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t('action.more')}
          </Button>
        </div>
      ) : null}
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
          {event.actorName} · {roleWord(event.role, t)}
        </div>
      </div>
      <span>
        {event.ledgerIndex === null ? (
          <span className="tag warn">{t('engagement.timeline.pending')}</span>
        ) : (
          <span className="event-proof">
            <Link to="/ledger" search={{ entry: String(event.ledgerIndex) }} className="tag mono">
              {t('engagement.timeline.entry', { index: event.ledgerIndex })}
            </Link>
            <button type="button" className="tag" onClick={onReceipt}>
              {t('receipts.show')}
            </button>
          </span>
        )}
      </span>
    </li>
  )
}

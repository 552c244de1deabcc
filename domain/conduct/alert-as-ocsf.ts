import type { AlertNews } from './alert-news.ts'
import { signalFacts } from './signals.ts'

export const ocsfVersion = '1.5.0'

const activities = {
  test: [1, 'Create'],
  raised: [1, 'Create'],
  acknowledged: [2, 'Update'],
  settled: [3, 'Close'],
} as const
const severities = { low: [2, 'Low'], medium: [3, 'Medium'], high: [4, 'High'] } as const
const classUid = 2004

/** The news as an event of the class Detection Finding of the Open Cybersecurity Schema Framework; times in milliseconds since 1970. */
export function alertAsOcsf(news: AlertNews): object {
  const { alert } = news
  const [activity, activityName] = activities[news.what]
  const [severity, severityName] = alert ? severities[alert.severity] : ([1, 'Informational'] as const)
  const [status, statusName] = statusOf(news)
  const facts = alert ? signalFacts[alert.kind] : null
  return {
    metadata: {
      version: ocsfVersion,
      uid: news.id,
      correlation_uid: news.engagementId,
      event_code: `alert.${news.what}`,
      logged_time: news.at.getTime(),
      product: { name: 'Zhongheng', vendor_name: 'Zhongheng' },
    },
    time: news.at.getTime(),
    category_uid: 2,
    category_name: 'Findings',
    class_uid: classUid,
    class_name: 'Detection Finding',
    activity_id: activity,
    activity_name: activityName,
    type_uid: classUid * 100 + activity,
    type_name: `Detection Finding: ${activityName}`,
    severity_id: severity,
    severity: severityName,
    status_id: status,
    status: statusName,
    // A test rings nobody, and what was dealt with no longer does.
    is_alert: news.what === 'raised',
    message: facts?.title.en ?? 'Test message: this way works',
    finding_info: {
      uid: alert?.id ?? news.id,
      title: facts?.title.en ?? 'Test message',
      src_url: news.page,
      ...(alert === undefined || facts === null
        ? { types: ['test'] }
        : {
            types: [alert.kind],
            desc: facts.about.en,
            first_seen_time: alert.firstAt.getTime(),
            last_seen_time: alert.lastAt.getTime(),
            related_events_count: alert.exchanges,
            analytic: { uid: alert.kind, name: facts.title.en, type_id: 1, type: 'Rule' },
          }),
    },
    ...(alert === undefined
      ? {}
      : {
          count: alert.exchanges,
          start_time: alert.firstAt.getTime(),
          end_time: alert.lastAt.getTime(),
          resources: [{ uid: alert.hostDigest, type: 'host, keyed digest of its name' }],
          evidences: alert.seen.map((one) => ({
            uid: one.exchangeId,
            name: 'exchange',
            actor: { user: { uid: alert.testerId }, session: { uid: alert.leaseId } },
            data: { count: one.count, digest: one.digest },
          })),
          unmapped: {
            response: alert.response,
            ...(alert.outcome === null ? {} : { outcome: alert.outcome }),
            most: alert.most,
            clauses: facts?.clauses ?? [],
          },
        }),
  }
}

function statusOf({ what, alert }: AlertNews): readonly [number, string] {
  if (what === 'acknowledged') return [2, 'In Progress']
  if (what !== 'settled') return [1, 'New']
  return alert?.outcome === 'violation' ? [4, 'Resolved'] : [3, 'Suppressed']
}

import type { AlertNews } from './alert-news.ts'
import { signalFacts } from './signals.ts'

/**
 * The version of our reading. The field table of the alert part was not before us: the fields are those that the plan of the
 * standard names (STD2023-04: id, name, type, level, time, source, target, evidence, disposition, reporter) under our own spelling.
 */
export const gbt44886Form = 'zhongheng-gbt44886-alert/1'

/** 1 to 5, 5 the gravest; also this order is our reading. */
const levels = { low: 2, medium: 3, high: 4 } as const
const dispositions = { raised: '未处置', acknowledged: '处置中', settled: '已处置', test: '测试' } as const
const outcomes = { violation: '违规', permitted: '许可的测试', false_alarm: '误报' } as const
const responses = { alarm: '告警', slow: '限速', stop: '暂停接入' } as const

/** The news in the alert form of GB/T 44886 as far as it is known (STD2023-04); times in ISO 8601, UTC. */
export function alertAsGbt44886(news: AlertNews): object {
  const { alert } = news
  const reporter = { product: '众衡', vendor: 'Zhongheng', page: news.page }
  const common = {
    form: gbt44886Form,
    messageId: news.id,
    projectId: news.engagementId,
    detectedAt: news.at.toISOString(),
  }
  if (alert === undefined)
    return {
      ...common,
      id: news.id,
      name: '测试消息',
      type: 'test',
      level: 1,
      disposition: dispositions.test,
      reporter,
    }
  return {
    ...common,
    id: alert.id,
    name: signalFacts[alert.kind].title.zh,
    type: alert.kind,
    level: levels[alert.severity],
    occurredAt: alert.firstAt.toISOString(),
    lastOccurredAt: alert.lastAt.toISOString(),
    source: { leaseId: alert.leaseId, testerId: alert.testerId },
    target: { hostDigest: alert.hostDigest },
    rule: { id: alert.kind, clauses: [...signalFacts[alert.kind].clauses] },
    evidence: alert.seen.map((one) => ({ ref: one.exchangeId, count: one.count, digest: one.digest })),
    count: alert.exchanges,
    response: responses[alert.response],
    disposition: dispositions[news.what],
    ...(alert.outcome === null ? {} : { conclusion: outcomes[alert.outcome] }),
    reporter,
  }
}

import { say, type Text } from '../shared/problem.ts'
import { type SignalKind, signalFacts } from './signals.ts'
import type { Limits, Response, TestRules } from './test-rules.ts'

const both = (parts: readonly Text[], zhMark: string, enMark: string): Text =>
  say(parts.map(({ zh }) => zh).join(zhMark), parts.map(({ en }) => en).join(enMark))

/** Bytes as people read them, in units of 1024. */
function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const place = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${Math.round((bytes / 1024 ** place) * 100) / 100} ${units[place]}`
}

function limitsText(limits: Limits): Text | null {
  const { requestsPerSecond, concurrency, sentPerMinute, receivedPerMinute } = limits
  const parts: Text[] = []
  if (requestsPerSecond !== undefined)
    parts.push(say(`每秒 ${requestsPerSecond} 次请求`, `${requestsPerSecond} requests a second`))
  if (concurrency !== undefined) parts.push(say(`同时 ${concurrency} 个请求`, `${concurrency} requests at a time`))
  if (sentPerMinute !== undefined)
    parts.push(say(`每分钟发送 ${bytesText(sentPerMinute)}`, `${bytesText(sentPerMinute)} sent a minute`))
  if (receivedPerMinute !== undefined)
    parts.push(say(`每分钟接收 ${bytesText(receivedPerMinute)}`, `${bytesText(receivedPerMinute)} received a minute`))
  return parts.length === 0 ? null : both(parts, '，', ', ')
}

export const responseNames: { readonly [response in Response]: Text } = {
  alarm: say('告警', 'raises an alert'),
  slow: say('告警并限速', 'raises an alert and slows the tester down'),
  stop: say('告警并暂停接入', 'raises an alert and suspends the lease'),
}

/** The rules as sentences, for the letter of authorisation and the page; none where nothing is limited. */
export function describeRules(rules: TestRules): readonly Text[] {
  const lines: Text[] = []
  const limited = (whoZh: string, whoEn: string, limits: Limits): void => {
    const text = limitsText(limits)
    if (text !== null) lines.push(say(`${whoZh}：${text.zh}`, `${whoEn}: ${text.en}`))
  }
  limited('每名测试者', 'Each tester', rules.lease)
  limited('整个项目', 'The engagement as a whole', rules.engagement)
  limited('每个测试对象', 'Each target', rules.target)
  for (const { host, limits } of rules.targets) limited(`对象 ${host}`, `Target ${host}`, limits)
  if (rules.quietHours.length > 0) {
    const hours = rules.quietHours.map(({ from, to }) => `${from}–${to}`)
    lines.push(
      say(
        `静默时段（${rules.zone}）：每日 ${hours.join('、')}，不得测试`,
        `Quiet hours (${rules.zone}): no testing ${hours.join(', ')}, every day`,
      ),
    )
  }
  if (rules.forbiddenMethods.length > 0)
    lines.push(
      say(
        `禁止的方法：${rules.forbiddenMethods.join('、')}`,
        `Forbidden methods: ${rules.forbiddenMethods.join(', ')}`,
      ),
    )
  if (rules.forbiddenPayloads.length > 0) {
    const names = both(
      rules.forbiddenPayloads.map((kind) => signalFacts[kind].title),
      '、',
      '; ',
    )
    lines.push(say(`禁止的内容：${names.zh}`, `Forbidden content: ${names.en}`))
  }
  for (const [kind, response] of Object.entries(rules.responses)) {
    if (response === 'alarm') continue
    const { title } = signalFacts[kind as SignalKind]
    lines.push(say(`${title.zh}：${responseNames[response].zh}`, `${title.en}: ${responseNames[response].en}`))
  }
  return lines
}

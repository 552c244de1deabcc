import { minutes } from '../../shared/clock.ts'
import { say, type Text } from '../../shared/problem.ts'
import type { InstallationFacts, JobName } from '../facts.ts'
import { type Judged, type Part, ok, text, warning } from '../part.ts'

/** A job's fault is told for so long after it happened last. */
const jobFaultFresh = minutes(15)

const jobWords: { readonly [job in JobName]: Text } = {
  sequencer: say('写入账本', 'Entering into the ledger'),
  policy: say('下发策略', 'Policy for the gateway'),
  traffic: say('流量索引', 'Index of traffic'),
  words: say('流量搜索词', 'Search words of traffic'),
  conduct: say('行为检测', 'Detectors of conduct'),
  alerts: say('告警投递', 'Delivery of alerts'),
  mail: say('通知邮件', 'Mail of notices'),
  clock: say('窗口到期', 'Ends of windows'),
  packs: say('证据包', 'Evidence packs'),
  sweep: say('清理过期数据', 'Clearing what expired'),
  scrub: say('账本通读核对', 'Reading the ledger through'),
  disposals: say('数据处置', 'Disposals'),
  rotations: say('密钥轮换', 'Rotation of keys'),
  witnesses: say('见证', 'Witnesses'),
  time_stamps: say('时间戳', 'Time stamps'),
  condition: say('系统状态', 'This page'),
  other: say('其他', 'Other'),
}

export function jobs({ jobs: failed }: InstallationFacts, at: number): Judged {
  const fresh = failed.filter((one) => at - Date.parse(one.at) < jobFaultFresh)
  if (fresh.length === 0) return ok(say('最近 15 分钟没有失败', 'None failed in the last 15 minutes'))
  return warning(
    say(
      `最近 15 分钟有失败：${fresh.map(({ job }) => jobWords[job].zh).join('、')}`,
      `Failed in the last 15 minutes: ${fresh.map(({ job }) => jobWords[job].en).join(', ')}`,
    ),
    say(
      '会自动重试；持续时查看 logs/server.log。',
      'It is tried again by itself; if it stays, look at logs/server.log.',
    ),
  )
}

const jobShown = ({ what, times, at }: InstallationFacts['jobs'][number]): Text =>
  say(`${what.zh} · 共 ${times} 次 · 最近 ${clock(at)}`, `${what.en} · ${times} times · last ${clock(at)}`)

/** UTC to the second: the reader compares it with the log. */
const clock = (at: string): string => `${at.slice(0, 19).replace('T', ' ')} UTC`

export const jobFacts = ({ jobs: failed }: InstallationFacts): Part['facts'] =>
  failed.map((one) => ({ name: jobWords[one.job], value: text(jobShown(one)) }))

import { say } from '../../shared/problem.ts'
import type { InstallationFacts } from '../facts.ts'
import { type Judged, type Part, code, fault, moment, number, ok } from '../part.ts'

/** So many tries of one mail may fail before somebody is told: a server that restarts is no fault. */
const patience = 3

export function mail({ mail: found }: InstallationFacts): Judged {
  if (found === null) return ok(say('未启用：通知仅在平台内显示', 'Off: notices are shown in the product only'))
  if (found.failing !== null && found.failing.tries >= patience)
    return fault(
      say('邮件发不出去', 'Mail does not leave'),
      say(
        '检查 ZH_SMTP_… 设置、外联清单和邮件服务器；队列会自动重试。',
        'Check the ZH_SMTP_… settings, the list of outgoing destinations and the mail server; the queue goes on by itself.',
      ),
      found.failing.since,
    )
  return ok(say('邮件正常', 'Mail leaves'))
}

export const mailFacts = ({ mail: found }: InstallationFacts): Part['facts'] =>
  found === null
    ? []
    : [
        { name: say('等待发送', 'Waiting'), value: number(found.waiting) },
        { name: say('最近发出', 'Last sent'), value: moment(found.sentAt) },
        ...(found.failing === null
          ? []
          : [{ name: say('最近的失败', 'Last failure'), value: code(found.failing.what) }]),
      ]

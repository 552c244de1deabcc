import type { TestRulesBody } from '@zhongheng/contracts/http/test-rules.ts'
import { readHost } from '@zhongheng/domain/authorizations/target.ts'
import { isZone } from '@zhongheng/domain/conduct/quiet-hours.ts'
import type { TestRules } from '@zhongheng/domain/conduct/test-rules.ts'
import { badField, say } from '@zhongheng/domain/shared/problem.ts'

/** Reads what somebody wrote into rules of one spelling. @throws Problem malformed naming the field, its limit and the fix */
export function readRules(written: TestRulesBody): TestRules {
  if (!isZone(written.zone))
    throw badField(
      'body.rules.zone',
      say('不是已知的时区', 'is not a known time zone'),
      say('例如 Asia/Shanghai', 'write one such as Asia/Shanghai'),
    )
  const empty = written.quietHours.findIndex(({ from, to }) => from === to)
  if (empty >= 0)
    throw badField(
      `body.rules.quietHours.${empty}`,
      say('开始与结束相同', 'begins and ends at the same time'),
      say('改动其一；全天静默请写两段', 'change one of them; for a whole day write two lines'),
    )
  const targets = written.targets.map(({ host, limits }, at) => {
    const read = readHost(host)
    if (!read.ok)
      throw badField(
        `body.rules.targets.${at}.host`,
        read.text,
        say('写出主机名或 IP 地址', 'write a host name or an address'),
      )
    return { host: read.host, limits }
  })
  const doubled = targets.findIndex(({ host }, at) => targets.some((other, place) => place < at && other.host === host))
  if (doubled >= 0)
    throw badField(
      `body.rules.targets.${doubled}.host`,
      say('每个主机只能出现一次', 'each host once'),
      say('合并重复的行', 'merge the doubled lines'),
    )
  return {
    ...written,
    targets,
    forbiddenMethods: [...new Set(written.forbiddenMethods.map((one) => one.toUpperCase()))].sort(),
    forbiddenPayloads: [...new Set(written.forbiddenPayloads)].sort(),
  }
}

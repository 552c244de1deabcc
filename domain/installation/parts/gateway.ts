import { say } from '../../shared/problem.ts'
import type { InstallationFacts } from '../facts.ts'
import {
  type Judged,
  type Part,
  code,
  fault,
  milliseconds,
  moment,
  number,
  ok,
  warning,
  clocksDiffer,
} from '../part.ts'

export function gateway({ gateway: found }: InstallationFacts, at: number): Judged {
  if (found === null)
    return fault(
      say('网关没有应答，流量不通过', 'The gateway does not answer; nothing passes'),
      say('查看 logs/gateway.log；它会自动重启。', 'Look at logs/gateway.log; it is started again by itself.'),
    )
  if (found.policySequence === null || found.policyExpiresAt === null || Date.parse(found.policyExpiresAt) <= at)
    return fault(
      say('网关没有有效策略，流量不通过', 'The gateway has no policy in force; nothing passes'),
      say(
        '策略每 10 秒更新；查看 logs/server.log 与时钟。',
        'It is renewed every 10 s: look at logs/server.log and the clock.',
      ),
    )
  if (found.recorder === 'absent')
    return fault(
      say('网关连不上录制器，流量不通过', 'The gateway does not reach the recorder; nothing passes'),
      say('查看 logs/recorder.log；它会自动重启。', 'Look at logs/recorder.log; it is started again by itself.'),
    )
  if (found.clockMs !== null && Math.abs(found.clockMs) > clocksDiffer)
    return warning(
      say('网关与服务器的时钟不一致', 'The clocks of gateway and server differ'),
      say('用 NTP 校准时钟。', 'Set the clocks by NTP.'),
    )
  return ok(say('已连接，策略有效', 'Connected, with a policy in force'))
}

export const gatewayFacts = ({ gateway: found }: InstallationFacts): Part['facts'] =>
  found === null
    ? []
    : [
        { name: say('策略版本', 'Policy'), value: code(String(found.policySequence ?? '–')) },
        { name: say('策略有效至', 'Policy until'), value: moment(found.policyExpiresAt) },
        { name: say('时钟差', 'Clock difference'), value: milliseconds(found.clockMs) },
        { name: say('当前连接', 'Connections'), value: number(found.openConnections) },
      ]

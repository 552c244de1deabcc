import { say } from '../../shared/problem.ts'
import type { InstallationFacts } from '../facts.ts'
import { type Judged, type Part, code, fault, milliseconds, moment, ok, warning, clocksDiffer } from '../part.ts'

export function database({ database: found, databaseAway }: InstallationFacts): Judged {
  if (found === null)
    return fault(
      say('数据库没有应答', 'The database does not answer'),
      say(
        '内置数据库会自动重启；自备的请检查其服务与网络。',
        'The embedded one is started again by itself; look at the service and the network of your own.',
      ),
      databaseAway?.from,
    )
  if (found.unknown > 0)
    return warning(
      say('数据库结构来自更新的版本', 'The database has the form of a newer version'),
      say('换上更新的版本再启动。', 'Put the newer version in place and start it.'),
    )
  if (found.waiting > 0)
    return warning(
      say(`有 ${found.waiting} 步结构升级未执行`, `${found.waiting} steps of its form were not taken`),
      say('停止平台，执行 heng upgrade。', 'Stop the platform and run heng upgrade.'),
    )
  if (Math.abs(found.clockMs) > clocksDiffer)
    return warning(
      say('数据库与服务器的时钟不一致', 'The clocks of database and server differ'),
      say('用 NTP 校准两台机器的时钟。', 'Set both clocks by NTP.'),
    )
  return ok(say('正常', 'In order'))
}

export const databaseFacts = ({ database: found, databaseAway }: InstallationFacts): Part['facts'] => [
  ...(found === null
    ? []
    : [
        { name: say('结构版本', 'Form'), value: code(found.step) },
        { name: say('时钟差', 'Clock difference'), value: milliseconds(found.clockMs) },
      ]),
  ...(databaseAway === null
    ? []
    : [
        { name: say('最近一次中断', 'Last away at'), value: moment(databaseAway.from) },
        { name: say('恢复于', 'Back at'), value: moment(databaseAway.to) },
      ]),
]

import { days } from '../../shared/clock.ts'
import { say } from '../../shared/problem.ts'
import type { InstallationFacts } from '../facts.ts'
import { type Judged, type Part, moment, ok, warning } from '../part.ts'

/** A backup is made every day; one that is older than this was left out. */
const backupEvery = days(2)

export function backup({ backup: last }: InstallationFacts, at: number): Judged {
  const todo = say(
    '执行 heng backup，并用 heng restore --check 通读核对；建议每天一次。',
    'Run heng backup and read it back with heng restore --check; best every day.',
  )
  if (last === null) return warning(say('没有备份记录', 'No backup is on record'), todo)
  const age = at - Date.parse(last.madeAt)
  if (age > backupEvery)
    return warning(
      say(
        `最近一次备份已有 ${Math.floor(age / days(1))} 天`,
        `The last backup is ${Math.floor(age / days(1))} days old`,
      ),
      todo,
      last.madeAt,
    )
  return ok(
    last.checkedAt === null
      ? say('有近期备份，未在本机核对', 'There is a fresh backup; it was not read back on this machine')
      : say('有近期备份，已核对', 'There is a fresh backup, and it was read back'),
  )
}

export const backupFacts = ({ backup: last }: InstallationFacts): Part['facts'] =>
  last === null
    ? []
    : [
        { name: say('制作于', 'Made at'), value: moment(last.madeAt) },
        { name: say('大小', 'Size'), value: { kind: 'bytes', bytes: last.bytes } },
        { name: say('核对于', 'Read back at'), value: moment(last.checkedAt) },
      ]

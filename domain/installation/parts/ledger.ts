import { days, minutes, seconds } from '../../shared/clock.ts'
import { say } from '../../shared/problem.ts'
import type { InstallationFacts } from '../facts.ts'
import { type Judged, type Part, code, fault, moment, number, ok, text, warning } from '../part.ts'

/** Entries wait a second at most while the ledger works. */
const ledgerLate = seconds(15)
const ledgerStands = minutes(1)
/** The whole ledger is read each day. */
const scrubEvery = days(2)

export function ledger({ ledger: found }: InstallationFacts, at: number): Judged {
  if (found === null)
    return fault(
      say('账本状态无法读取', 'The state of the ledger cannot be read'),
      say('先恢复数据库。', 'Bring the database back first.'),
    )
  if (found.fault !== null)
    return fault(
      say(`账本停止：${found.fault.zh}`, `The ledger stands still: ${found.fault.en}`),
      say('按恢复账本的步骤处理，见指南。', 'Follow the procedure for restoring the ledger.'),
    )
  if (found.damage !== null)
    return fault(
      say(`核对发现损坏：${found.damage.what.zh}`, `A scrub found damage: ${found.damage.what.en}`),
      say(
        '保留磁盘，执行 heng fsck，从备份或镜像放回文件。',
        'Keep the disk, run heng fsck, put the file back from a backup or a mirror.',
      ),
      found.scrubbedAt,
    )
  const waits = found.waitingSince === null ? 0 : at - Date.parse(found.waitingSince)
  if (waits > ledgerLate) {
    const how = waits > ledgerStands ? fault : warning
    return how(
      say('有条目等待进入账本', 'Entries wait to be put into the ledger'),
      say('查看 logs/server.log 与磁盘。', 'Look at logs/server.log and the disk.'),
      found.waitingSince,
    )
  }
  if (found.scrubbedAt !== null && at - Date.parse(found.scrubbedAt) > scrubEvery)
    return warning(
      say('已超过两天未通读核对', 'It was not read through for more than two days'),
      say('查看 logs/server.log；可执行 heng fsck。', 'Look at logs/server.log; heng fsck does it by hand.'),
      found.scrubbedAt,
    )
  return ok(say('正常写入', 'In order'))
}

export const ledgerFacts = ({ ledger: found }: InstallationFacts): Part['facts'] =>
  found === null
    ? []
    : [
        { name: say('条目', 'Entries'), value: number(found.size) },
        { name: say('最近检查点', 'Last checkpoint'), value: moment(found.checkpointAt) },
        {
          name: say('最早的待入账条目', 'Oldest entry that waits'),
          value: found.waitingSince === null ? text(say('无', 'none')) : moment(found.waitingSince),
        },
        { name: say('最近通读核对', 'Last read through'), value: moment(found.scrubbedAt) },
        ...(found.damage === null ? [] : [{ name: say('损坏的文件', 'Damaged file'), value: code(found.damage.file) }]),
      ]

import { say, type Text } from '../../shared/problem.ts'
import type { DiskFacts, InstallationFacts, Place } from '../facts.ts'
import { type Judged, type Part, type Shown, fault, ok, text, warning } from '../part.ts'

/** Below so many free bytes a disk is a fault: where the recorder stops. Below the other somebody should act. */
const fullBelow = 256 * 2 ** 20
const scarceBelow = 2 * 2 ** 30

const placeWords: { readonly [place in Place]: Text } = {
  data: say('数据文件夹', 'Data folder'),
  database: say('数据库', 'Database'),
  recordings: say('流量录制', 'Recordings'),
  ledger: say('账本', 'Ledger'),
  attachments: say('附件', 'Attachments'),
  packs: say('证据包', 'Evidence packs'),
  logs: say('日志', 'Logs'),
  temporary: say('临时文件', 'Temporary files'),
}

export function disks({ disks: all }: InstallationFacts): Judged {
  const lookAtIt = say(
    '检查磁盘与挂载（mount、dmesg）；恢复后自动继续。',
    'Look at the disk and its mount (mount, dmesg); it goes on by itself once that is mended.',
  )
  if (all === null) return fault(say('磁盘没有应答', 'The disks do not answer'), lookAtIt)
  const unread = all.filter(({ room }) => room === null)
  if (unread.length > 0)
    return fault(say(`无法读取：${names(unread).zh}`, `Cannot be read: ${names(unread).en}`), lookAtIt)
  const locked = all.filter(({ room }) => room?.writable === false)
  if (locked.length > 0) return fault(say(`不可写：${names(locked).zh}`, `Not writable: ${names(locked).en}`), lookAtIt)
  const todo = say('腾出空间；有空间后自动恢复。', 'Make room; what stopped goes on by itself.')
  const below = (bytes: number): DiskFacts[] => all.filter(({ room }) => room !== null && room.freeBytes < bytes)
  const full = below(fullBelow)
  if (full.length > 0) return fault(say(`空间已满：${names(full).zh}`, `Full: ${names(full).en}`), todo)
  const scarce = below(scarceBelow)
  if (scarce.length > 0) return warning(say(`空间不足：${names(scarce).zh}`, `Nearly full: ${names(scarce).en}`), todo)
  return ok(say('空间充足，均可写', 'There is room, and all can be written'))
}

const names = (some: readonly DiskFacts[]): Text =>
  say(
    some.map(({ place }) => placeWords[place].zh).join('、'),
    some.map(({ place }) => placeWords[place].en).join(', '),
  )

export const diskFacts = ({ disks: all }: InstallationFacts): Part['facts'] =>
  (all ?? []).map((disk) => ({ name: placeWords[disk.place], value: shown(disk) }))

function shown({ path, room }: DiskFacts): Shown {
  if (room === null) return text(say(`无法读取 · ${path}`, `cannot be read · ${path}`))
  const [free, total] = [size(room.freeBytes), size(room.totalBytes)]
  const lock = room.writable ? say('', '') : say('，只读', ', read-only')
  return text(say(`剩余 ${free} / ${total}${lock.zh} · ${path}`, `${free} of ${total} free${lock.en} · ${path}`))
}

const size = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(0)} MiB`

import { say } from '../../shared/problem.ts'
import type { InstallationFacts, StoreFacts } from '../facts.ts'
import { minutes } from '../../shared/clock.ts'
import { type Judged, type Part, code, fault, moment, number, ok, warning } from '../part.ts'

/** So many exchanges the index may be behind while it works. */
const lagLong = 5000

/** A store may be away so long before somebody is told: until then it is tried again by itself. */
const storePatience = minutes(5)

export function recorder({ recorder: found }: InstallationFacts, now: number): Judged {
  if (found === null)
    return fault(
      say('录制器没有应答，流量不通过', 'The recorder does not answer; nothing passes'),
      say('查看 logs/recorder.log；它会自动重启。', 'Look at logs/recorder.log; it is started again by itself.'),
    )
  if (found.state === 'full')
    return fault(
      say('录制器没有空间，流量不通过', 'The recorder has no room; nothing passes'),
      say('腾出空间；录制会自动恢复。', 'Make room; recording goes on by itself.'),
    )
  if (found.state !== 'recording')
    return fault(
      say('录制器无法写入，流量不通过', 'The recorder cannot write; nothing passes'),
      say(
        '检查磁盘与挂载；可写后录制自动恢复。',
        'Look at the disk and its mount; recording goes on by itself when it can be written.',
      ),
    )
  if (found.damaged > 0)
    return fault(
      say(`有 ${found.damaged} 个录制文件损坏`, `${found.damaged} files of the record are damaged`),
      say('保留磁盘，从备份或镜像放回原文件。', 'Keep the disk, and put the files back from a backup or a mirror.'),
    )
  const { store } = found
  if (store !== null && store.stuck > 0)
    return fault(
      say(
        `有 ${store.stuck} 个流量分段无法存入分段存储`,
        `${store.stuck} segments cannot be brought to the segment store`,
      ),
      say(
        '本机或存储中的内容与封存时不符；两处都保留，查看 logs/recorder.log。',
        'What lies here or there is not what was sealed: keep both, and look at logs/recorder.log.',
      ),
    )
  if (store?.failing && now - Date.parse(store.failing.since) >= storePatience)
    return warning(
      say(`分段存储没有收下 ${store.waiting} 个分段`, `The segment store does not take ${store.waiting} segments`),
      say(
        '分段留在本机，存储恢复后按顺序补传；检查存储、网络与凭据，留意剩余空间。',
        'They stay here and are brought there in order once it takes them: look at the store, the network and the credentials, and keep an eye on the room left here.',
      ),
      store.failing.since,
    )
  if (found.lag > lagLong)
    return warning(
      say(`索引落后 ${found.lag} 条交互`, `The index is ${found.lag} exchanges behind`),
      say('通常自行赶上；不减少时查看 logs/server.log。', 'It catches up by itself; if not, look at logs/server.log.'),
    )
  return ok(say('正在录制', 'Recording'))
}

export const recorderFacts = ({ recorder: found, recorderRefused }: InstallationFacts): Part['facts'] => [
  ...(found === null
    ? []
    : [
        { name: say('剩余空间', 'Free'), value: { kind: 'bytes', bytes: found.freeBytes } as const },
        { name: say('保留空间', 'Kept in reserve'), value: { kind: 'bytes', bytes: found.reserveBytes } as const },
        { name: say('待索引', 'Not indexed yet'), value: number(found.lag) },
        { name: say('未持密钥的项目', 'Engagements without key'), value: number(found.withoutKey) },
        ...storeFacts(found.store),
        ...(found.why === null ? [] : [{ name: say('原因', 'Why'), value: code(found.why) }]),
      ]),
  ...(recorderRefused === null
    ? []
    : [{ name: say('最近一次拒绝写入', 'Last refused at'), value: moment(recorderRefused.at) }]),
]

const storeFacts = (store: StoreFacts | null): Part['facts'] =>
  store === null
    ? []
    : [
        { name: say('分段存储', 'Segment store'), value: code(store.place) },
        { name: say('待存入的分段', 'Segments not there yet'), value: number(store.waiting) },
        ...(store.waitingSince === null
          ? []
          : [{ name: say('其中最早封存于', 'The oldest of them sealed at'), value: moment(store.waitingSince) }]),
        ...(store.failing === null
          ? []
          : [{ name: say('存储最近的失败', 'Last failure of the store'), value: code(store.failing.why) }]),
      ]

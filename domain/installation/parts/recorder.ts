import { say } from '../../shared/problem.ts'
import type { BusFacts, InstallationFacts, StoreFacts } from '../facts.ts'
import { minutes } from '../../shared/clock.ts'
import { type Judged, type Part, code, fault, moment, number, ok, warning } from '../part.ts'

/** So many exchanges the index may be behind while it works. */
const lagLong = 5000

/** Store and bus may be away so long before somebody is told: until then they are tried again by themselves. */
const outsidePatience = minutes(5)

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
  if (store?.failing && now - Date.parse(store.failing.since) >= outsidePatience)
    return warning(
      say(`分段存储没有收下 ${store.waiting} 个分段`, `The segment store does not take ${store.waiting} segments`),
      say(
        '分段留在本机，存储恢复后按顺序补传；检查存储、网络与凭据，留意剩余空间。',
        'They stay here and are brought there in order once it takes them: look at the store, the network and the credentials, and keep an eye on the room left here.',
      ),
      store.failing.since,
    )
  const { bus } = found
  if (bus !== null && bus.refused > 0)
    return fault(
      say(
        `总线上有 ${bus.refused} 条不是录制器发出的消息，已拒收`,
        `${bus.refused} messages on the bus are not the recorder’s; none was taken`,
      ),
      say(
        '核对两处的 ZH_BUS_KEY_FILE 是否相同；相同则有人能写入总线，请检查其账号。',
        'Compare ZH_BUS_KEY_FILE on both sides; where they are the same, somebody else can write to the bus: look at its accounts.',
      ),
    )
  if (bus?.failing && now - Date.parse(bus.failing.since) >= outsidePatience)
    return warning(
      say('总线没有应答，索引直接向录制器取数', 'The bus does not answer; the index asks the recorder instead'),
      say(
        '录制与索引照常；检查总线、网络与凭据，恢复后自动继续。',
        'Recording and index go on; look at the bus, the network and the credentials. It is taken up again by itself.',
      ),
      bus.failing.since,
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
        ...busFacts(found.bus),
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

const busFacts = (bus: BusFacts | null): Part['facts'] =>
  bus === null
    ? []
    : [
        { name: say('总线', 'Bus'), value: code(bus.place) },
        { name: say('待发往总线', 'Not on the bus yet'), value: number(bus.waiting) },
        ...(bus.failing === null
          ? []
          : [{ name: say('总线最近的失败', 'Last failure of the bus'), value: code(bus.failing.why) }]),
      ]

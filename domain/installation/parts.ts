import { days, minutes, seconds } from '../shared/clock.ts'
import { say, type Text } from '../shared/problem.ts'
import type { DiskFacts, InstallationFacts, JobName, Place } from './facts.ts'

export const levels = ['ok', 'warning', 'fault'] as const
export type Level = (typeof levels)[number]

export const partNames = [
  'keys',
  'backup',
  'disks',
  'database',
  'gateway',
  'recorder',
  'ledger',
  'jobs',
  'versions',
] as const
export type PartName = (typeof partNames)[number]

/** One value as it is to be shown: `code` as it stands, `bytes` with a unit, `moment` in the reader's zone. */
export type Shown =
  | { readonly kind: 'text'; readonly text: Text }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'moment'; readonly at: string }

export type Part = {
  readonly part: PartName
  readonly level: Level
  /** How it stands, in one line. */
  readonly what: Text
  /** What to do; null where nothing is. */
  readonly todo: Text | null
  /** Since when, where the facts themselves tell; else whoever watches knows. */
  readonly since: string | null
  readonly facts: readonly { readonly name: Text; readonly value: Shown }[]
}

type Judged = Pick<Part, 'level' | 'what' | 'todo'> & { readonly since?: string | null }

/** Below so many free bytes a disk is a fault: where the recorder stops. Below the other somebody should act. */
const fullBelow = 256 * 2 ** 20
const scarceBelow = 2 * 2 ** 30
/** A backup is made every day; one that is older than this was left out. */
const backupEvery = days(2)
/** Clocks of one machine agree; the gateway stops by itself at a jump. */
const clocksDiffer = seconds(2)
/** Entries wait a second at most while the ledger works. */
const ledgerLate = seconds(15)
const ledgerStands = minutes(1)
/** The whole ledger is read each day. */
const scrubEvery = days(2)
const lagLong = 5000
/** A job's fault is told for so long after it happened last. */
const jobFaultFresh = minutes(15)

const ok = (what: Text): Judged => ({ level: 'ok', what, todo: null })
const warning = (what: Text, todo: Text, since?: string | null): Judged => ({
  level: 'warning',
  what,
  todo,
  since: since ?? null,
})
const fault = (what: Text, todo: Text, since?: string | null): Judged => ({
  level: 'fault',
  what,
  todo,
  since: since ?? null,
})

const text = (value: Text): Shown => ({ kind: 'text', text: value })
const code = (value: string): Shown => ({ kind: 'code', code: value })
const number = (value: number): Shown => ({ kind: 'number', number: value })
const moment = (at: string | null): Shown => (at === null ? text(say('尚无', 'none yet')) : { kind: 'moment', at })
const milliseconds = (ms: number | null): Shown => (ms === null ? text(say('未知', 'unknown')) : code(`${ms} ms`))

/** Judges every part of the installation: how it stands and what to do. One part of each name, in the order of `partNames`. */
export function judgeInstallation(facts: InstallationFacts, now: Date): Part[] {
  const at = now.getTime()
  const parts: { readonly [name in PartName]: readonly [Judged, Part['facts']] } = {
    keys: [keys(facts), keyFacts(facts)],
    backup: [backup(facts, at), backupFacts(facts)],
    disks: [disks(facts), facts.disks.map((disk) => ({ name: placeWords[disk.place], value: diskShown(disk) }))],
    database: [database(facts), databaseFacts(facts)],
    gateway: [gateway(facts, at), gatewayFacts(facts)],
    recorder: [recorder(facts), recorderFacts(facts)],
    ledger: [ledger(facts, at), ledgerFacts(facts)],
    jobs: [jobs(facts, at), facts.jobs.map((one) => ({ name: jobWords[one.job], value: text(jobShown(one)) }))],
    versions: [ok(say('运行中的版本', 'The versions that run')), versionFacts(facts)],
  }
  return partNames.map((part) => {
    const [judged, shown] = parts[part]
    return { part, facts: shown, ...judged, since: judged.since ?? null }
  })
}

/** The worst of some levels. */
export const worst = (found: readonly Level[]): Level =>
  levels[Math.max(0, ...found.map((level) => levels.indexOf(level)))] ?? 'ok'

function keys({ keys: { keeper, rotationFault } }: InstallationFacts): Judged {
  if (rotationFault !== null)
    return fault(
      say(`密钥轮换受阻：${rotationFault.zh}`, `A rotation of keys does not come on: ${rotationFault.en}`),
      say('排除原因后会自动继续。', 'Mend the cause; it goes on by itself.'),
    )
  if (keeper.kind === 'file')
    return warning(
      say('已解封；密钥以明文存放', 'Unsealed; the key lies in the clear'),
      say(
        '正式使用前执行 npm run keys -- move，改为口令、份额或令牌保管。',
        'Before real work: npm run keys -- move, to a passphrase, shares or a token.',
      ),
    )
  return ok(say('已解封', 'Unsealed'))
}

function keyFacts({ keys: { keeper, suite, version } }: InstallationFacts): Part['facts'] {
  const keepers: { readonly [kind in typeof keeper.kind]: Text } = {
    file: say('明文文件', 'a file in the clear'),
    passphrase: say('文件加口令', 'a file and a passphrase'),
    token: say('PKCS#11 令牌', 'a PKCS#11 token'),
    shares:
      keeper.kind === 'shares'
        ? say(`${keeper.of} 份份额中任意 ${keeper.needed} 份`, `any ${keeper.needed} of ${keeper.of} shares`)
        : say('份额', 'shares'),
  }
  return [
    { name: say('解锁方式', 'Unlocked by'), value: text(keepers[keeper.kind]) },
    { name: say('加密套件', 'Suite'), value: code(suite) },
    { name: say('密钥版本', 'Version of the key'), value: number(version) },
  ]
}

function backup({ backup: last }: InstallationFacts, at: number): Judged {
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

const backupFacts = ({ backup: last }: InstallationFacts): Part['facts'] =>
  last === null
    ? []
    : [
        { name: say('制作于', 'Made at'), value: moment(last.madeAt) },
        { name: say('大小', 'Size'), value: { kind: 'bytes', bytes: last.bytes } },
        { name: say('核对于', 'Read back at'), value: moment(last.checkedAt) },
      ]

const placeWords: { readonly [place in Place]: Text } = {
  data: say('数据文件夹', 'Data folder'),
  database: say('数据库', 'Database'),
  recordings: say('流量录制', 'Recordings'),
  ledger: say('账本', 'Ledger'),
  logs: say('日志', 'Logs'),
  temporary: say('临时文件', 'Temporary files'),
}

function disks({ disks: all }: InstallationFacts): Judged {
  const names = (some: readonly DiskFacts[]): Text =>
    say(
      some.map(({ place }) => placeWords[place].zh).join('、'),
      some.map(({ place }) => placeWords[place].en).join(', '),
    )
  const locked = all.filter(({ writable }) => !writable)
  if (locked.length > 0)
    return fault(
      say(`不可写：${names(locked).zh}`, `Not writable: ${names(locked).en}`),
      say(
        '检查磁盘与挂载（mount、dmesg）；可写后自动恢复。',
        'Look at the disk and its mount (mount, dmesg); it goes on by itself when it can be written.',
      ),
    )
  const todo = say('腾出空间；有空间后自动恢复。', 'Make room; what stopped goes on by itself.')
  const full = all.filter(({ freeBytes }) => freeBytes < fullBelow)
  if (full.length > 0) return fault(say(`空间已满：${names(full).zh}`, `Full: ${names(full).en}`), todo)
  const scarce = all.filter(({ freeBytes }) => freeBytes < scarceBelow)
  if (scarce.length > 0) return warning(say(`空间不足：${names(scarce).zh}`, `Nearly full: ${names(scarce).en}`), todo)
  return ok(say('空间充足，均可写', 'There is room, and all can be written'))
}

function diskShown({ path, freeBytes, totalBytes, writable }: DiskFacts): Shown {
  const lock = writable ? say('', '') : say('，只读', ', read-only')
  return text(
    say(
      `剩余 ${size(freeBytes)} / ${size(totalBytes)}${lock.zh} · ${path}`,
      `${size(freeBytes)} of ${size(totalBytes)} free${lock.en} · ${path}`,
    ),
  )
}

const size = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(0)} MiB`

function database({ database: found, databaseAway }: InstallationFacts): Judged {
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

const databaseFacts = ({ database: found, databaseAway }: InstallationFacts): Part['facts'] => [
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

function gateway({ gateway: found }: InstallationFacts, at: number): Judged {
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

const gatewayFacts = ({ gateway: found }: InstallationFacts): Part['facts'] =>
  found === null
    ? []
    : [
        { name: say('策略版本', 'Policy'), value: code(String(found.policySequence ?? '–')) },
        { name: say('策略有效至', 'Policy until'), value: moment(found.policyExpiresAt) },
        { name: say('时钟差', 'Clock difference'), value: milliseconds(found.clockMs) },
        { name: say('当前连接', 'Connections'), value: number(found.openConnections) },
      ]

function recorder({ recorder: found }: InstallationFacts): Judged {
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
  if (found.lag > lagLong)
    return warning(
      say(`索引落后 ${found.lag} 条交互`, `The index is ${found.lag} exchanges behind`),
      say('通常自行赶上；不减少时查看 logs/server.log。', 'It catches up by itself; if not, look at logs/server.log.'),
    )
  return ok(say('正在录制', 'Recording'))
}

const recorderFacts = ({ recorder: found, recorderRefused }: InstallationFacts): Part['facts'] => [
  ...(found === null
    ? []
    : [
        { name: say('剩余空间', 'Free'), value: { kind: 'bytes', bytes: found.freeBytes } as const },
        { name: say('保留空间', 'Kept in reserve'), value: { kind: 'bytes', bytes: found.reserveBytes } as const },
        { name: say('待索引', 'Not indexed yet'), value: number(found.lag) },
        { name: say('未持密钥的项目', 'Engagements without key'), value: number(found.withoutKey) },
        ...(found.why === null ? [] : [{ name: say('原因', 'Why'), value: code(found.why) }]),
      ]),
  ...(recorderRefused === null
    ? []
    : [{ name: say('最近一次拒绝写入', 'Last refused at'), value: moment(recorderRefused.at) }]),
]

function ledger({ ledger: found }: InstallationFacts, at: number): Judged {
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

const ledgerFacts = ({ ledger: found }: InstallationFacts): Part['facts'] =>
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

const jobWords: { readonly [job in JobName]: Text } = {
  sequencer: say('写入账本', 'Entering into the ledger'),
  policy: say('下发策略', 'Policy for the gateway'),
  traffic: say('流量索引', 'Index of traffic'),
  words: say('流量搜索词', 'Search words of traffic'),
  conduct: say('行为检测', 'Detectors of conduct'),
  alerts: say('告警投递', 'Delivery of alerts'),
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

function jobs({ jobs: failed }: InstallationFacts, at: number): Judged {
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

const versionFacts = ({ versions, database: found }: InstallationFacts): Part['facts'] => [
  { name: say('众衡', 'Zhongheng'), value: code(versions.product) },
  { name: say('Node.js', 'Node.js'), value: code(versions.node) },
  { name: say('PostgreSQL', 'PostgreSQL'), value: code(found?.version ?? '–') },
  { name: say('服务器启动于', 'Server began at'), value: moment(versions.startedAt) },
]

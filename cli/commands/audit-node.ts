import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { endAlarm, raiseAlarm, standingAlarm } from '@zhongheng/ledger/witness/alarms.ts'
import { beginWitness, registrationOf } from '@zhongheng/ledger/witness/begin.ts'
import { believedKeys, openFolder, readFolder, type WitnessFolder } from '@zhongheng/ledger/witness/folder.ts'
import { lookOnce } from '@zhongheng/ledger/witness/look.ts'
import { WitnessError } from '@zhongheng/ledger/witness/witness-error.ts'
import type { Source } from '../audit-node/fetch-segments.ts'
import { mirrorRound } from '../audit-node/mirror.ts'
import type { LeaseReport } from '../audit-node/leases.ts'
import { type Completeness, checkShelf, listShelves } from '../audit-node/shelf.ts'
import { type Command, type Exit, exits, type Terminal, UsageError } from './command.ts'
import { fingerprintOf } from './keys.ts'
import { tokenIn } from './token-file.ts'
import { parseWords, secondsOf } from './words.ts'

const options = {
  dir: { type: 'string' },
  log: { type: 'string' },
  key: { type: 'string', multiple: true },
  name: { type: 'string' },
  'token-file': { type: 'string' },
  interval: { type: 'string' },
  json: { type: 'boolean' },
} as const
type Values = ReturnType<typeof parseWords<typeof options>>['values']

/** Seconds without news of the log that an audit node does not mind: it is a copy first, a witness second. */
const silence = 7 * 86_400

/** `heng audit-node`: the auditor's own copy of the sealed traffic, with its own witness and its own check of completeness. */
export const auditNode: Command = {
  usage:
    'audit-node init --dir D --log URL --key FINGERPRINT|FILE --token-file F [--name NAME]\n' +
    '  heng audit-node run|once --dir D [--interval S]\n' +
    '  heng audit-node status --dir D [--json]\n' +
    '  heng audit-node token --dir D --token-file F',
  summary: {
    zh: '审计方自有的流量留存：镜像封存分段，核对编号、散列链与账本条目；缺失即报（退出码 1）',
    en: "the auditor's own copy of sealed traffic: mirrors segments, checks numbers, hash chain and ledger entries; says what is missing (exit 1)",
  },
  async run(words, terminal) {
    const [name = '', ...rest] = words
    const { values } = parseWords(rest, options)
    const act = Object.hasOwn(acts, name) ? acts[name as keyof typeof acts] : undefined
    if (act === undefined)
      throw new UsageError(`请选择：${Object.keys(acts).join('、')}`, `say one of: ${Object.keys(acts).join(', ')}`)
    try {
      return await act(values, terminal)
    } catch (error) {
      if (!(error instanceof WitnessError)) throw error
      terminal.warn(`heng audit-node: ${error.text[terminal.language]}`)
      return error.code === 'memory' ? exits.bad : exits.usage
    }
  },
}

const acts = { init, once, run, status, token } as const

async function init(values: Values, terminal: Terminal): Promise<Exit> {
  const dir = folderIn(values)
  if (values.log === undefined || values.key === undefined)
    throw new UsageError(
      '请用 --log 和 --key 给出账本地址与密钥指纹',
      "give the log's address and key with --log and --key",
    )
  const secret = await tokenIn(values['token-file'])
  const trusted: string[] = []
  for (const word of values.key) trusted.push(await fingerprintOf(word))
  await beginWitness(dir, values.log, trusted, values.name, new Date())
  await keepToken(dir, secret)
  const zh = terminal.language === 'zh'
  terminal.say(
    zh
      ? '审计节点已建立。它同时是见证人，请由管理员登记以下两行：'
      : 'the audit node was set up. It is a witness too; your administrator registers these two lines:',
  )
  for (const line of (await registrationOf(dir)).trimEnd().split('\n')) terminal.say(line)
  return exits.ok
}

async function token(values: Values): Promise<Exit> {
  const dir = folderIn(values)
  await readFolder(dir)
  await keepToken(dir, await tokenIn(values['token-file']))
  return exits.ok
}

async function once(values: Values, terminal: Terminal): Promise<Exit> {
  const folder = await openFolder(folderIn(values))
  try {
    const reached = await round(folder, terminal)
    const complete = await tellAll(folder, terminal, false)
    return reached && complete ? exits.ok : exits.bad
  } finally {
    await folder.release()
  }
}

async function run(values: Values, terminal: Terminal): Promise<Exit> {
  const interval = secondsOf(values.interval, '--interval', 30, 1, 86_400)
  const folder = await openFolder(folderIn(values))
  const ending = new AbortController()
  const end = (): void => ending.abort()
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  try {
    while (!ending.signal.aborted) {
      await round(folder, terminal, ending.signal)
      await wait(interval * 1000, undefined, { signal: ending.signal }).catch(() => undefined)
    }
    return exits.ok
  } finally {
    process.off('SIGTERM', end)
    process.off('SIGINT', end)
    await folder.release()
  }
}

async function status(values: Values, terminal: Terminal): Promise<Exit> {
  const folder = await readFolder(folderIn(values))
  const alarm = await standingAlarm(folder.path)
  const complete = await tellAll(folder, terminal, values.json === true)
  if (alarm !== undefined)
    terminal.warn(`${terminal.language === 'zh' ? '警报' : 'ALARM'} ${alarm.kind}: ${alarm.text[terminal.language]}`)
  // That nobody answers says nothing against what is here.
  return complete && (alarm === undefined || alarm.kind === 'unreachable') ? exits.ok : exits.bad
}

/** Looks at the log, then copies. Neither keeps the other from its work. @returns whether both went well */
async function round(folder: WitnessFolder, terminal: Terminal, signal?: AbortSignal): Promise<boolean> {
  const zh = terminal.language === 'zh'
  const look = await lookOnce(folder, { silence, now: () => new Date(), ...(signal === undefined ? {} : { signal }) })
  if (signal?.aborted) return false
  if (look.alarm === undefined) {
    if (await endAlarm(folder.path, {})) terminal.warn(zh ? '警报解除' : 'the alarm is over')
  } else {
    const raised = await raiseAlarm(folder.path, {}, look.alarm)
    if (raised !== undefined)
      terminal.warn(`${zh ? '警报' : 'ALARM'} ${raised.kind}: ${raised.text[terminal.language]}`)
  }
  const source: Source = {
    base: folder.settings.log,
    token: (await readFile(join(folder.path, 'token'), 'utf8')).trim(),
    ...(signal === undefined ? {} : { signal }),
  }
  try {
    const made = await mirrorRound(folder, source)
    if (made.copied > 0) terminal.say(zh ? `新留存 ${made.copied} 个分段` : `${made.copied} segments copied`)
    for (const id of made.refused) terminal.warn(zh ? `未能取得 ${id}` : `${id} was not handed over as it was sealed`)
    for (const id of made.changed)
      terminal.warn(zh ? `服务器改口：${id} 的封条与先前不同` : `the server tells another seal of ${id} than before`)
    return look.alarm === undefined && made.refused.length === 0 && made.changed.length === 0
  } catch (error) {
    if (!(error instanceof WitnessError) || error.code === 'memory' || error.code === 'folder') throw error
    if (!signal?.aborted) terminal.warn(`heng audit-node: ${error.text[terminal.language]}`)
    return false
  }
}

/** Reads every copy again. @returns whether nothing is missing */
async function tellAll(
  folder: Pick<WitnessFolder, 'path' | 'keys'>,
  terminal: Terminal,
  asJson: boolean,
): Promise<boolean> {
  const all: Completeness[] = []
  for (const shelf of await listShelves(folder.path))
    all.push(await checkShelf(folder.path, shelf, believedKeys(folder.keys)))
  const complete = all.every((one) => one.gaps.length === 0)
  if (asJson) {
    terminal.say(JSON.stringify({ complete, engagements: all }))
    return complete
  }
  const zh = terminal.language === 'zh'
  for (const one of all) {
    terminal.say(
      zh
        ? `${one.number}：${one.segments} 个分段，${one.exchanges} 次交互，${one.bytes} 字节，${one.gaps.length === 0 ? '完整' : '有缺失'}`
        : `${one.number}: ${one.segments} segments, ${one.exchanges} exchanges, ${one.bytes} bytes, ${one.gaps.length === 0 ? 'complete' : 'NOT complete'}`,
    )
    for (const lease of one.leases) terminal.say(`  ${leaseLine(lease, zh)}`)
    for (const gap of one.gaps)
      terminal.say(`  ${gap.number === null ? '' : `#${gap.number} `}${gap.segmentId ?? ''}: ${gap.what}`)
  }
  if (all.length === 0) terminal.say(zh ? '还没有可留存的项目' : 'no engagement to keep yet')
  return complete
}

function leaseLine(lease: LeaseReport, zh: boolean): string {
  const { leaseId, exchanges, firstSequence, lastSequence, runs, firstAt, lastAt, counted } = lease
  return zh
    ? `租约 ${leaseId}：${exchanges} 次交互，序号 ${firstSequence}–${lastSequence}，分 ${runs.length} 段，${firstAt} 至 ${lastAt}；服务器计 ${counted ?? '—'} 次`
    : `lease ${leaseId}: ${exchanges} exchanges, sequences ${firstSequence} to ${lastSequence} in ${runs.length} runs, ${firstAt} to ${lastAt}; the server counts ${counted ?? '–'}`
}

async function keepToken(dir: string, secret: string): Promise<void> {
  await writeFile(join(dir, 'token.new'), `${secret}\n`, { mode: 0o600 })
  await rename(join(dir, 'token.new'), join(dir, 'token'))
}

function folderIn(values: Values): string {
  if (values.dir === undefined)
    throw new UsageError('请用 --dir 给出审计节点的文件夹', "give the node's folder with --dir")
  return values.dir
}

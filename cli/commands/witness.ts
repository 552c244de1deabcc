import { isOfNamedKey, judgeContradiction, maxContradiction } from '@zhongheng/ledger/verify/fork.ts'
import { toBase64 } from '@zhongheng/ledger/verify/bytes.ts'
import { fingerprint } from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { type Alarm, type AlarmWays, raiseAlarm, endAlarm, standingAlarm } from '@zhongheng/ledger/witness/alarms.ts'
import { beginWitness, registrationOf } from '@zhongheng/ledger/witness/begin.ts'
import {
  openFolder,
  readEvidence,
  readFolder,
  verifierKeyOf,
  type WitnessFolder,
} from '@zhongheng/ledger/witness/folder.ts'
import { type Look, lookOnce } from '@zhongheng/ledger/witness/look.ts'
import { runWitness, turns } from '@zhongheng/ledger/witness/run.ts'
import { serveWitness } from '@zhongheng/ledger/witness/serve.ts'
import { WitnessError } from '@zhongheng/ledger/witness/witness-error.ts'
import { type Command, type Exit, exits, type Terminal, unreadable, UsageError } from './command.ts'
import { fingerprintOf } from './keys.ts'
import { onePath, parseWords, secondsOf } from './words.ts'

const options = {
  dir: { type: 'string' },
  log: { type: 'string' },
  key: { type: 'string', multiple: true },
  name: { type: 'string' },
  interval: { type: 'string' },
  silence: { type: 'string' },
  'alarm-file': { type: 'string' },
  hook: { type: 'string' },
  listen: { type: 'string' },
  json: { type: 'boolean' },
} as const
type Values = ReturnType<typeof parseWords<typeof options>>['values']

/** `heng witness`: watches a log from elsewhere, vouches for it, and raises the alarm when it does not keep its word. */
export const witness: Command = {
  usage:
    'witness init --dir D --log URL --key FINGERPRINT|FILE [--name NAME]\n' +
    '  heng witness run|once --dir D [--interval S] [--silence S] [--alarm-file F] [--hook PROGRAM] [--listen [HOST:]PORT]\n' +
    '  heng witness status --dir D [--json]\n' +
    '  heng witness register --dir D\n' +
    '  heng witness show-fork FILE [--key FINGERPRINT|FILE] [--json]',
  summary: {
    zh: '在别处盯住账本：核对一致性后副署检查点；分叉、回滚、沉默、换钥、失联时报警（退出码 1）',
    en: 'watch a log from elsewhere: cosign checkpoints after a consistency proof; alarm (exit 1) on fork, rollback, silence, wrong key, no answer',
  },
  async run(words, terminal) {
    const [name = '', ...rest] = words
    const { values, positionals } = parseWords(rest, options)
    const act = Object.hasOwn(acts, name) ? acts[name as keyof typeof acts] : undefined
    if (act === undefined)
      throw new UsageError(`请选择：${Object.keys(acts).join('、')}`, `say one of: ${Object.keys(acts).join(', ')}`)
    try {
      return await act(values, terminal, positionals)
    } catch (error) {
      // A memory that is gone or edited is an alarm; the rest is a call that could not be carried out.
      if (!(error instanceof WitnessError)) throw error
      terminal.warn(`heng witness: ${error.text[terminal.language]}`)
      return error.code === 'memory' ? exits.bad : exits.usage
    }
  },
}

const acts = { init, once, run, status, register, 'show-fork': showFork } as const

async function init(values: Values, terminal: Terminal): Promise<Exit> {
  const dir = folderIn(values)
  if (values.log === undefined)
    throw new UsageError('请用 --log 给出账本地址', 'give the address of the log with --log')
  if (values.key === undefined)
    throw new UsageError(
      '请用 --key 给出账本密钥的指纹（向组织方另行核对）',
      "give the fingerprint of the log's key with --key (compare it with the organizer by another way)",
    )
  const trusted: string[] = []
  for (const word of values.key) trusted.push(await fingerprintOf(word))
  await beginWitness(dir, values.log, trusted, values.name, new Date())
  const folder = await readFolder(dir)
  const zh = terminal.language === 'zh'
  terminal.say(`${zh ? '见证人已建立' : 'a witness was set up'}: ${folder.settings.name}`)
  terminal.say(`  ${zh ? '账本' : 'log'}: ${folder.settings.log} (${folder.settings.logKeys[0]?.name ?? ''})`)
  terminal.say(
    zh
      ? '请由本单位管理员在“账本”页登记以下两行：'
      : 'your administrator registers these two lines on the page “Ledger”:',
  )
  for (const line of (await registrationOf(dir)).trimEnd().split('\n')) terminal.say(line)
  return exits.ok
}

async function register(values: Values, terminal: Terminal): Promise<Exit> {
  for (const line of (await registrationOf(folderIn(values))).trimEnd().split('\n')) terminal.say(line)
  return exits.ok
}

async function once(values: Values, terminal: Terminal): Promise<Exit> {
  return withFolder(values, async (folder) => {
    const ways = waysIn(values)
    const look = await lookOnce(folder, { silence: silenceIn(values), now: () => new Date() })
    tell(look, terminal)
    if (look.alarm === undefined) {
      await endAlarm(folder.path, ways)
      return exits.ok
    }
    await raiseAlarm(folder.path, ways, look.alarm)
    tellAlarm(look.alarm, terminal)
    return exits.bad
  })
}

async function run(values: Values, terminal: Terminal): Promise<Exit> {
  const interval = secondsOf(values.interval, '--interval', 10, 1, 3600)
  const silence = silenceIn(values)
  return withFolder(values, async (folder) => {
    const ending = new AbortController()
    const end = (): void => ending.abort()
    process.once('SIGTERM', end)
    process.once('SIGINT', end)
    const inTurn = turns()
    const server = values.listen === undefined ? undefined : serveWitness(folder, inTurn)
    const zh = terminal.language === 'zh'
    try {
      if (server !== undefined) {
        const { host, port } = addressIn(values.listen ?? '')
        await new Promise<void>((resolve, reject) => {
          server.once('error', (error) =>
            reject(new UsageError(`无法监听 ${host}:${port}`, `cannot listen on ${host}:${port}: ${error.message}`)),
          )
          server.listen(port, host, resolve)
        })
        const bound = server.address()
        terminal.say(
          `${zh ? '接受检查点' : 'takes checkpoints at'} http://${host}:${typeof bound === 'object' && bound ? bound.port : port}/add-checkpoint`,
        )
      }
      let told = -1
      const forked = await runWitness(folder, {
        interval,
        silence,
        ways: waysIn(values),
        now: () => new Date(),
        signal: ending.signal,
        inTurn,
        onLook: (look) => {
          if (look.alarm === undefined && look.size !== told) tell(look, terminal)
          if (look.alarm === undefined) told = look.size
        },
        onAlarm: (alarm) => tellAlarm(alarm, terminal),
        onCalm: () => terminal.warn(zh ? '警报解除' : 'the alarm is over'),
      })
      return forked ? exits.bad : exits.ok
    } finally {
      process.off('SIGTERM', end)
      process.off('SIGINT', end)
      server?.close()
      server?.closeAllConnections()
    }
  })
}

async function status(values: Values, terminal: Terminal): Promise<Exit> {
  const dir = folderIn(values)
  const folder = await readFolder(dir)
  const alarm = await standingAlarm(dir)
  const { memory, settings } = folder
  const at = (seconds: number): string => (seconds === 0 ? '–' : new Date(seconds * 1000).toISOString())
  if (values.json === true)
    terminal.say(
      JSON.stringify({
        name: settings.name,
        verifierKey: verifierKeyOf(folder),
        log: settings.log,
        origin: settings.logKeys[0]?.name ?? null,
        size: memory.size,
        root: memory.size === 0 ? null : toBase64(memory.root),
        cosignedAt: memory.size === 0 ? null : at(memory.cosignedAt),
        handedIn: memory.handedIn,
        alarm: alarm ?? null,
      }),
    )
  else {
    const zh = terminal.language === 'zh'
    terminal.say(`${zh ? '见证人' : 'witness'}: ${settings.name}`)
    terminal.say(`  ${zh ? '账本' : 'log'}: ${settings.log}`)
    terminal.say(`  ${zh ? '已副署' : 'cosigned'}: ${memory.size} (${at(memory.cosignedAt)})`)
    terminal.say(
      `  ${zh ? '已交给账本' : 'taken by the log'}: ${memory.handedIn ? (zh ? '是' : 'yes') : zh ? '否' : 'no'}`,
    )
    if (alarm === undefined) terminal.say(`  ${zh ? '警报：无' : 'alarm: none'}`)
    else tellAlarm(alarm, terminal)
  }
  return alarm === undefined ? exits.ok : exits.bad
}

async function showFork(values: Values, terminal: Terminal, positionals: readonly string[]): Promise<Exit> {
  const path = onePath(positionals, '证据文件', 'an evidence file')
  const trusted: string[] = []
  for (const word of values.key ?? []) trusted.push(await fingerprintOf(word))
  const value = await readEvidence(path, maxContradiction).catch((error: unknown) => {
    throw unreadable(path, error) ?? error
  })
  const verdict = judgeContradiction(nodeCrypto, value)
  const print = verdict.proved === 'nothing' ? undefined : fingerprint(nodeCrypto.sha256, verdict.logKey)
  const agreed =
    verdict.proved === 'nothing' || trusted.length === 0 ? undefined : isOfNamedKey(nodeCrypto, verdict, trusted)
  if (values.json === true)
    terminal.say(
      JSON.stringify(
        verdict.proved === 'nothing'
          ? verdict
          : {
              proved: verdict.proved,
              key: print,
              named: agreed ?? null,
              kept: { size: verdict.kept.size, root: toBase64(verdict.kept.root), at: verdict.kept.signedAt ?? null },
              shown: {
                size: verdict.shown.size,
                root: toBase64(verdict.shown.root),
                at: verdict.shown.signedAt ?? null,
              },
            },
      ),
    )
  else explain(verdict, print, agreed, terminal)
  // What is proved is that the log is bad; evidence that proves nothing is not a good log either.
  if (verdict.proved === 'nothing' && verdict.why === 'form') return exits.usage
  return exits.bad
}

function explain(
  verdict: ReturnType<typeof judgeContradiction>,
  print: string | undefined,
  agreed: boolean | undefined,
  terminal: Terminal,
): void {
  const zh = terminal.language === 'zh'
  if (verdict.proved === 'nothing') {
    const why = {
      form: { zh: '文件不是矛盾证据', en: 'the file is no evidence of a contradiction' },
      signature: {
        zh: '两份检查点并非都由所附密钥签名',
        en: 'the two checkpoints are not both signed by the key given',
      },
      origin: { zh: '检查点属于别的账本', en: 'the checkpoints are of another log' },
      no_contradiction: { zh: '两份检查点并不矛盾', en: 'the two checkpoints do not contradict each other' },
    }[verdict.why]
    terminal.say(`${zh ? '什么也没有证明' : 'nothing is proved'}: ${why[terminal.language]}`)
    return
  }
  const { kept, shown } = verdict
  const line = (head: typeof kept): string =>
    `${head.size}, ${toBase64(head.root)}${head.signedAt === undefined ? '' : `, ${head.signedAt.toISOString()}`}`
  terminal.say(
    verdict.proved === 'fork'
      ? zh
        ? '已证明分叉：同一把密钥为同样的前若干条签过两个不同的根'
        : 'a fork is proved: one key signed two different roots over the same first entries'
      : zh
        ? '已证明回滚：同一把密钥先签了较多的条目，后签了较少的'
        : 'a rollback is proved: one key signed more entries first and fewer later',
  )
  terminal.say(`  ${zh ? '账本' : 'log'}: ${kept.origin}`)
  terminal.say(`  ${zh ? '先前' : 'first'}: ${line(kept)}`)
  terminal.say(`  ${zh ? '之后' : 'later'}: ${line(shown)}`)
  terminal.say(
    `  ${zh ? '密钥指纹' : 'key'}: ${print ?? ''} ${
      agreed === undefined
        ? zh
          ? '（未用 --key 指定，请另行核对）'
          : '(none named with --key: compare it by another way)'
        : agreed
          ? zh
            ? '（与您指定的一致）'
            : '(the one you named)'
          : zh
            ? '（与您指定的不一致！）'
            : '(NOT the one you named!)'
    }`,
  )
  terminal.say(
    zh
      ? '  无需相信见证人：两份检查点和一致性证明都在文件里，任何人可按 RFC 9162 与 C2SP signed-note 自行核对。'
      : '  The witness need not be believed: both checkpoints and the proof are in the file, and anybody can check them by RFC 9162 and C2SP signed-note.',
  )
}

async function withFolder(values: Values, task: (folder: WitnessFolder) => Promise<Exit>): Promise<Exit> {
  const folder = await openFolder(folderIn(values))
  try {
    return await task(folder)
  } finally {
    await folder.release()
  }
}

function tell(look: Look, terminal: Terminal): void {
  const zh = terminal.language === 'zh'
  if (look.alarm === undefined)
    terminal.say(
      look.cosigned
        ? zh
          ? `已副署 ${look.size} 条`
          : `cosigned ${look.size} entries`
        : zh
          ? `没有新的内容，仍为 ${look.size} 条`
          : `nothing new, still ${look.size} entries`,
    )
  if (look.refused !== undefined)
    terminal.warn(
      zh
        ? `账本没有收下副署（${look.refused}）；见证人登记了吗？`
        : `the log did not take the cosignature (${look.refused}); is the witness registered?`,
    )
}

function tellAlarm(alarm: Alarm, terminal: Terminal): void {
  terminal.warn(
    `${terminal.language === 'zh' ? '警报' : 'ALARM'} ${alarm.kind}: ${alarm.text[terminal.language]}${
      alarm.evidence === null ? '' : ` (${alarm.evidence})`
    }`,
  )
}

function folderIn(values: Values): string {
  if (values.dir === undefined)
    throw new UsageError('请用 --dir 给出见证人的文件夹', "give the witness's folder with --dir")
  return values.dir
}

const waysIn = (values: Values): AlarmWays => ({
  ...(values['alarm-file'] === undefined ? {} : { file: values['alarm-file'] }),
  ...(values.hook === undefined ? {} : { hook: values.hook }),
})

const silenceIn = (values: Values): number => secondsOf(values.silence, '--silence', 3600, 1, 365 * 86_400)

function addressIn(text: string): { host: string; port: number } {
  const [, host, port] = /^(?:(\[[0-9a-f:]+\]|[^:[\]]+):)?(\d{1,5})$/i.exec(text) ?? []
  if (port === undefined || Number(port) > 65_535)
    throw new UsageError('--listen 形如 8123 或 127.0.0.1:8123', '--listen looks like 8123 or 127.0.0.1:8123')
  return { host: host?.replace(/^\[|\]$/g, '') ?? '127.0.0.1', port: Number(port) }
}

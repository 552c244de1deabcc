import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, open as openFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { captureFormatNames } from '@zhongheng/contracts/records/capture-formats.ts'
import { follow } from '../traffic/follow.ts'
import { headBlocks } from '../traffic/pcapng-sections.ts'
import { type Narrowing, Refused, type Source, bytesOf, listed, open, sizeOf } from '../traffic/source.ts'
import { type Command, type Exit, exits, type Terminal, unreadable, UsageError } from './command.ts'
import { tokenIn } from './token-file.ts'
import { parseWords, printable } from './words.ts'

const options = {
  url: { type: 'string' },
  engagement: { type: 'string' },
  'token-file': { type: 'string' },
  format: { type: 'string' },
  out: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  host: { type: 'string' },
  method: { type: 'string' },
  status: { type: 'string' },
  tester: { type: 'string' },
  verdict: { type: 'string' },
  search: { type: 'string' },
} as const
type Values = ReturnType<typeof parseWords<typeof options>>['values']

/** `heng traffic`: recorded traffic live at a terminal or in Wireshark, and as a file. */
export const traffic: Command = {
  usage:
    'traffic follow --url URL --engagement ID --token-file F [--format line|json|pcapng] [--since N] [FILTER…]\n' +
    '  heng traffic export --url URL --engagement ID --token-file F --format FORMAT [--out FILE] [--since N] [--until N] [FILTER…]\n' +
    `      FORMAT: ${captureFormatNames.join(', ')}   FILTER: --host H --method M --status N --tester ID --verdict passed|refused --search TEXT\n` +
    '      heng traffic follow … --format pcapng | wireshark -k -i -',
  summary: {
    zh: '实时查看已记录的流量（可接入 Wireshark），或导出为文件',
    en: 'recorded traffic live, also in Wireshark, or as a file',
  },
  async run(words, terminal) {
    const [act = '', ...rest] = words
    const { values, positionals } = parseWords(rest, options)
    if ((act !== 'follow' && act !== 'export') || positionals.length > 0)
      throw new UsageError('请选择：follow、export', 'say one of: follow, export')
    const ending = new AbortController()
    const end = (): void => ending.abort()
    process.once('SIGTERM', end)
    process.once('SIGINT', end)
    // Whoever reads us has gone: there is nobody to go on for.
    process.stdout.once('error', end)
    try {
      const source = await sourceIn(values, ending.signal)
      return await (act === 'follow' ? followed(source, values, terminal) : exported(source, values, terminal))
    } catch (error) {
      if (ending.signal.aborted) return exits.ok
      if (!(error instanceof Refused)) throw error
      terminal.warn(`heng traffic: ${printable(error.text[terminal.language])}`)
      return exits.usage
    } finally {
      process.off('SIGTERM', end)
      process.off('SIGINT', end)
      process.stdout.off('error', end)
    }
  },
}

async function followed(source: Source, values: Values, terminal: Terminal): Promise<Exit> {
  const format = values.format ?? 'line'
  if (format !== 'line' && format !== 'json' && format !== 'pcapng')
    throw new UsageError('--format 只能是 line、json 或 pcapng', '--format is line, json or pcapng')
  if (values.until !== undefined || values.out !== undefined)
    throw new UsageError('--until 与 --out 用于 export', '--until and --out belong to export')
  const narrowing = narrowingIn(values)
  const since = values.since === undefined ? await newest(source) : Number(values.since)
  const folder = await mkdtemp(join(tmpdir(), 'heng-traffic-'))
  let begun = false
  const lost = (reason: unknown): void =>
    terminal.warn(
      `heng traffic: ${terminal.language === 'zh' ? '连接中断，正在重连' : 'the connection was lost; trying again'}: ${printable(reason instanceof Error ? reason.message : '')}`,
    )
  try {
    await follow(
      source,
      narrowing,
      since,
      async (rows, after) => {
        if (format === 'json') for (const row of rows) await say(`${JSON.stringify(row)}\n`)
        else if (format === 'line') for (const row of rows) await say(`${lineOf(row)}\n`)
        else {
          // A page is shown whole or not at all: what broke off in the middle is fetched again, never shown twice.
          const path = join(folder, 'page.pcapng')
          const query = { ...narrowing, format, since: String(after), until: String(rows.at(-1)?.sequence ?? after) }
          await pipeline(bytesOf(await open(source, 'captures', query)), createWriteStream(path))
          const skip = begun ? await headOf(path) : 0
          begun = true
          await pipeline(createReadStream(path, { start: skip }), process.stdout, { end: false })
        }
      },
      lost,
    )
    return exits.ok
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function headOf(path: string): Promise<number> {
  const file = await openFile(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    return headBlocks(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

const newest = async (source: Source): Promise<number> => (await listed(source, { limit: '1' })).rows[0]?.sequence ?? 0

async function say(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

type Row = Awaited<ReturnType<typeof listed>>['rows'][number]
function lineOf(row: Row): string {
  const what = row.refusal === null ? String(row.status || '-') : `refused ${row.refusal.rule}`
  const address = `${row.scheme}://${row.host}:${row.port}${row.path}`
  return printable(
    `${row.startedAt}  #${row.sequence}  ${row.testerName}  ${row.method} ${address.slice(0, 250)}  ${what}  ${row.responseBytes} B  ${row.durationMs} ms`,
  )
}

async function exported(source: Source, values: Values, terminal: Terminal): Promise<Exit> {
  const format = captureFormatNames.find((name) => name === values.format)
  if (format === undefined)
    throw new UsageError(
      `请用 --format 选择：${captureFormatNames.join('、')}`,
      `choose with --format: ${captureFormatNames.join(', ')}`,
    )
  const query = {
    ...narrowingIn(values),
    format,
    ...(values.since === undefined ? {} : { since: values.since }),
    ...(values.until === undefined ? {} : { until: values.until }),
  }
  try {
    const bytes = bytesOf(await open(source, 'captures', query))
    if (values.out === undefined || values.out === '-') await pipeline(bytes, process.stdout, { end: false })
    else {
      // Under its name only when it is whole.
      const half = `${values.out}.part`
      try {
        await pipeline(bytes, createWriteStream(half, { mode: 0o600 }))
        await rename(half, values.out)
      } finally {
        await rm(half, { force: true })
      }
    }
    return exits.ok
  } catch (error) {
    const problem = values.out === undefined ? undefined : unreadable(values.out, error)
    if (problem !== undefined) throw problem
    if (error instanceof Refused && error.rule === 'TWO-1') return await tellTheWay(source, query, error, terminal)
    if (error instanceof Refused || source.signal.aborted) throw error
    terminal.warn(
      terminal.language === 'zh'
        ? `heng traffic: 导出中断，文件不完整：${printable(String(error))}`
        : `heng traffic: the export broke off and is not whole: ${printable(String(error))}`,
    )
    return exits.bad
  }
}

/**
 * Where two persons are wanted for so many exchanges: the way on. A token asks nobody for an approval: that is for the person it
 * belongs to, in front of the screen; what was approved is then done unchanged, also from here.
 */
async function tellTheWay(source: Source, query: Narrowing, refused: Refused, terminal: Terminal): Promise<Exit> {
  const { exchanges, until } = await sizeOf(source, query)
  terminal.warn(`heng traffic: ${printable(refused.text[terminal.language])}`)
  terminal.warn(
    terminal.language === 'zh'
      ? `共 ${exchanges} 条。请登录后在“流量 → 导出”用相同的格式和筛选提出申请；他人批准后，可在审批页面下载，或加上申请中所列的 --until（现为 --until ${until}）再次运行。`
      : `These are ${exchanges} exchanges. Sign in and ask under Traffic → Export with the same form and filters; once another person approved it, download it from the page of approvals, or run this again with the --until that the request names (now --until ${until}).`,
  )
  return exits.usage
}

function narrowingIn(values: Values): Narrowing {
  const found: Record<string, string> = {}
  for (const name of ['host', 'method', 'status', 'verdict', 'search'] as const) {
    const value = values[name]
    if (value !== undefined) found[name] = value
  }
  if (values.tester !== undefined) found['testerId'] = values.tester
  return found
}

async function sourceIn(values: Values, signal: AbortSignal): Promise<Source> {
  const { url, engagement } = values
  if (url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError('请用 --url 给出平台地址', "give the platform's address with --url")
  if (engagement === undefined || !/^eng_[0-9a-z]{26}$/.test(engagement))
    throw new UsageError(
      '请用 --engagement 给出项目标识（eng_…）',
      "give the engagement's id (eng_…) with --engagement",
    )
  for (const name of ['since', 'until'] as const)
    if (values[name] !== undefined && !/^\d{1,15}$/.test(values[name]))
      throw new UsageError(`--${name} 须为序号`, `--${name} is a sequence number`)
  return { base: url, token: await tokenIn(values['token-file']), engagementId: engagement, signal }
}
